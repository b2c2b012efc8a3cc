"""What the demo counted live against what truly happened, and why they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from tracker.domain.frames import CameraId, Gap
from tracker.sim.workshop import PACKING, TruePieces, Workshop
from tracker.store import Store, StoredEvent

NEAR_S = 4.0
"""A counted event belongs to a true one of the same camera at most this far in time."""


@dataclass(frozen=True, slots=True)
class Row:
    """One order at one step, the live part only.

    Attributes:
        true: Pieces that truly went through.
        counted: Pieces counted and attributed to it.
        dark: True pieces that passed while the camera was out, as the database has it.
        missed: True pieces that passed in view and were not counted.
        extra: Pieces counted that never were.
        elsewhere: True pieces that were counted but belong to another order or to none by the schedule.
    """

    order: str
    step: str
    true: int
    counted: int
    dark: int
    missed: int
    extra: int
    elsewhere: int


def compare(
    store: Store, workshop: Workshop, *, live_from: Mapping[str, float], outage: tuple[float, float]
) -> list[Row]:
    """Match every true event with a counted one of the same camera, nearest first, and add up by order and step."""
    with store.read() as view:
        since = datetime.fromtimestamp(min(live_from.values()), UTC)
        counted, gaps = list(view.events(since=since)), view.gaps(since=since)
    truth = list(workshop.truth())
    passed = {id(true): _passed_at(true, live_from[true.camera], gaps, outage) for true in truth}
    unseen_by_camera = {id(true) for true in truth if _was_out(true.camera, passed[id(true)], gaps)}
    pairs = _match([true for true in truth if id(true) not in unseen_by_camera], counted, passed)
    keys = dict.fromkeys([(true.order, true.step) for true in truth] + [(c.order, c.event.step) for c in counted])
    rows = []
    for order, step in sorted(keys, key=lambda key: (key[0] is None, str(key[0]), str(key[1]))):
        mine = [true for true in truth if (true.order, true.step) == (order, step)]
        got = [c for c in counted if (c.order, c.event.step) == (order, step)]
        dark = [true for true in mine if id(true) in unseen_by_camera]
        unseen = [true for true in mine if id(true) not in pairs and true not in dark]
        moved = [true for true in mine if id(true) in pairs and pairs[id(true)].order != order]
        matched = {c.event.id for c in pairs.values()}
        surplus = [c for c in got if c.event.id not in matched]
        rows.append(
            Row(
                order=order or "nobody's",
                step=step or "-",
                true=sum(true.pieces for true in mine),
                counted=sum(c.event.pieces for c in got),
                dark=sum(true.pieces for true in dark),
                missed=sum(true.pieces for true in unseen),
                extra=sum(c.event.pieces for c in surplus),
                elsewhere=sum(true.pieces for true in moved),
            )
        )
    return rows


def print_comparison(out: Console, rows: list[Row], *, outage_of: CameraId) -> None:
    """The table at the end of the demo."""
    table = Table("order", "step", "true", "counted", "why they differ", title="live part: counted against the truth")
    for row in rows:
        why = [
            f"{row.dark} passed while the {outage_of} camera was out" if row.dark else "",
            f"{row.missed} not seen" if row.missed else "",
            f"{row.extra} counted that never were" if row.extra else "",
            f"{row.elsewhere} attributed elsewhere" if row.elsewhere else "",
            "two orders open at the step, no schedule says which" if row.order == "nobody's" else "",
        ]
        table.add_row(row.order, row.step, str(row.true), str(row.counted), "; ".join(part for part in why if part))
    out.print(table)
    true, counted = sum(row.true for row in rows), sum(row.counted for row in rows)
    dark = sum(row.dark for row in rows)
    out.print(f"in all {counted} of {true} true pieces counted, {dark} of them unseen by a camera that was out")


def _passed_at(true: TruePieces, live_from: float, gaps: Sequence[Gap], outage: tuple[float, float]) -> datetime:
    """When a piece went past the camera. After the accident the clip goes on when Fairloom hears the camera again."""
    planned = datetime.fromtimestamp(live_from + true.t_s, UTC)
    if true.camera != PACKING or true.t_s < outage[1]:
        return planned
    back = datetime.fromtimestamp(live_from + outage[1], UTC)
    heard = [gap.end for gap in gaps if gap.camera == PACKING and gap.end is not None and gap.start < back <= gap.end]
    return planned + (max(heard, default=back) - back)


def _was_out(camera: CameraId, at: datetime, gaps: Sequence[Gap]) -> bool:
    return any(gap.camera == camera and gap.start <= at and (gap.end is None or at < gap.end) for gap in gaps)


def _match(
    truth: list[TruePieces], counted: list[StoredEvent], passed: Mapping[int, datetime]
) -> dict[int, StoredEvent]:
    """True events to the counted ones that saw them, each used once, nearest pairs first."""
    candidates = []
    for true in truth:
        for stored in counted:
            event = stored.event
            late_s = (event.moment.at - passed[id(true)]).total_seconds()
            near = abs(late_s) <= NEAR_S
            if event.camera == true.camera and near and (event.pieces > 0) == (true.pieces > 0):
                candidates.append((abs(late_s), id(true), event.id, stored))
    pairs: dict[int, StoredEvent] = {}
    used: set[object] = set()
    for _, key, event_id, stored in sorted(candidates, key=lambda candidate: candidate[0]):
        if key not in pairs and event_id not in used:
            pairs[key] = stored
            used.add(event_id)
    return pairs
