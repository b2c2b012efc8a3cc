"""A replay into the database: interrupted, repeated or not, the rows are the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from databases import Database
from wiring_shop import BLUE, CUT, MONDAY_8, RED, SEW, TRAY, Sliding, calibration, frames, gate, order, shop_store

from tracker.domain.events import StockReading
from tracker.domain.frames import Frame, Gap, GapReason
from tracker.domain.orders import OrderId, OrderState, ScheduleEntry
from tracker.domain.rules import CountUnit, RuleId, StockRule, Target, Zone
from tracker.recording import BATCH, ReplayRecorder, record_events
from tracker.replay import Step, steps
from tracker.store import Store

TRAY_ZONE = Zone("tray", ((0.6, 0.1), (0.9, 0.1), (0.9, 0.9), (0.6, 0.9)))
PILE = StockRule(RuleId("pile"), Target((), CountUnit.PIECE, 1, SEW, None), TRAY_ZONE)
BLIND = Gap(TRAY, GapReason.UNREADABLE, MONDAY_8 + timedelta(seconds=13.9), MONDAY_8 + timedelta(seconds=16))


class Source:
    """A video that is a list."""

    def __init__(self, seen: Sequence[Frame | Gap]) -> None:
        self._seen = seen

    def __iter__(self) -> Any:
        return iter(self._seen)


def seen_steps() -> list[Step]:
    """Half a minute of things that slide past, with a damaged stretch in the middle and nothing at the end."""
    seen = [*frames(0, 14), BLIND, *frames(16, 30)]
    detector = Sliding(gone=lambda t_s: t_s >= 24)
    return list(steps(Source(seen), calibration(gate(), PILE), detector, every_frame=True))


STEPS = seen_steps()


def rows(store: Store) -> dict[str, Any]:
    with store.read() as view:
        return {
            "events": [(kept.event, kept.order, kept.reason) for kept in view.events()],
            "stock": view.stock(),
            "gaps": view.gaps(),
            "watermark": view.watermark(TRAY),
            "quarantined": view.quarantined(),
        }


def play(store: Store, some: Sequence[Step], *, to_the_end: bool = True) -> ReplayRecorder:
    recorder = ReplayRecorder(store, TRAY)
    for step in some:
        recorder.take(step)
    if to_the_end:
        recorder.commit()
    return recorder


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with shop_store(tmp_path_factory.mktemp("whole"), order()) as store:
        play(store, STEPS)
        return rows(store)


def test_all_that_was_counted_is_stored(uninterrupted: dict[str, Any]) -> None:
    counted = [event for step in STEPS for event in step.counted.events]
    assert len(counted) == 11  # twelve passed in 24 s; one of them unseen
    assert [event for event, *_ in uninterrupted["events"]] == counted
    assert {assigned_to for _, assigned_to, _ in uninterrupted["events"]} == {RED}
    assert list(uninterrupted["stock"]) == [reading for step in STEPS for reading in step.counted.stock]
    assert uninterrupted["stock"]
    assert uninterrupted["gaps"] == (BLIND,)
    assert uninterrupted["watermark"] == MONDAY_8 + timedelta(seconds=29.9)
    assert uninterrupted["quarantined"] == ()


def test_the_same_replay_again_changes_nothing(database: Database, uninterrupted: dict[str, Any]) -> None:
    with shop_store(database, order()) as store:
        assert play(store, STEPS).orders == play(store, STEPS).orders == {RED}
        assert rows(store) == uninterrupted


def in_batch(number: int) -> int:
    """How many steps come before a commit."""
    ends_at = MONDAY_8 + number * BATCH
    return sum(1 for step in STEPS if isinstance(step.seen, Gap) or step.seen.moment.at < ends_at)


@pytest.mark.parametrize(
    "survived",
    [
        0,  # before anything
        1,  # one frame
        in_batch(1) - 1,  # the last step before the first commit,
        in_batch(1),  # the one that commits,
        in_batch(1) + 1,  # and the one after
        139,  # the gap is not taken yet
        140,  # its step is the last
        141,  # and the first frame after it
        in_batch(2),
        in_batch(2) + 1,
        len(STEPS) - 1,  # all frames, not the end
        len(STEPS),  # everything but the last commit
        *range(9, len(STEPS), 37),
    ],
)
def test_a_killed_replay_repeated_is_an_uninterrupted_one(
    survived: int, database: Database, uninterrupted: dict[str, Any]
) -> None:
    with shop_store(database, order()) as store:
        play(store, STEPS[:survived], to_the_end=False)
        play(store, STEPS)
        assert rows(store) == uninterrupted


def test_a_kill_undoes_no_more_than_a_batch(database: Database) -> None:
    with shop_store(database, order()) as store:
        play(store, STEPS[: in_batch(2) + 5], to_the_end=False)
        with store.read() as view:
            heard = view.watermark(TRAY)
    assert heard is not None
    last = STEPS[in_batch(2) + 4].seen
    assert isinstance(last, Frame)
    assert last.moment.at - heard < BATCH


def test_a_recorder_that_saw_no_frame_writes_nothing(database: Database) -> None:
    with shop_store(database) as store:
        recorder = ReplayRecorder(store, TRAY)
        recorder.commit()
        recorder.take(Step(BLIND, STEPS[0].counted))
        recorder.commit()
        assert rows(store) == {"events": [], "stock": (), "gaps": (), "watermark": None, "quarantined": ()}


def scheduled(order_id: OrderId, start_s: float, end_s: float | None = None) -> ScheduleEntry:
    end = None if end_s is None else MONDAY_8 + timedelta(seconds=end_s)
    return ScheduleEntry(order_id, SEW, None, MONDAY_8 + timedelta(seconds=start_s), end)


TWO = (order(RED), order(BLUE))


@pytest.mark.parametrize(
    ("orders", "schedule", "belongs_to"),
    [
        ((), (), [None, None]),  # nothing is open
        (TWO[:1], (), [RED, RED]),  # the only open order
        (TWO, (), [None, None]),  # nobody can tell
        (TWO, (scheduled(RED, 0, 2), scheduled(BLUE, 2)), [RED, BLUE]),  # the cell turned to the other order between
        ((order(RED, state=OrderState.HELD), TWO[1]), (), [BLUE, BLUE]),  # a held order takes no pieces
        (TWO, (ScheduleEntry(RED, CUT, None, MONDAY_8, None),), [None, None]),  # another step's schedule says nothing
    ],
)
def test_events_go_where_the_schedule_or_the_only_open_order_says(
    orders: tuple, schedule: tuple, belongs_to: list[OrderId | None], database: Database
) -> None:
    events = [event for step in STEPS for event in step.counted.events][:2]
    with shop_store(database, *orders) as store:
        with store.write(MONDAY_8) as unit:
            unit.add_schedule(schedule)
            moved = record_events(unit, TRAY, events=events, stock=(), watermark=events[-1].decided_at)
        with store.read() as view:
            assert [kept.order for kept in view.events()] == belongs_to
            assert view.unassigned(5).total_events == belongs_to.count(None)
    assert moved == set(belongs_to) - {None}


def test_without_events_stock_and_watermark_are_still_recorded(database: Database) -> None:
    reading: StockReading = next(reading for step in STEPS for reading in step.counted.stock)
    with shop_store(database) as store:
        with store.write(MONDAY_8) as unit:
            assert record_events(unit, TRAY, events=(), stock=(reading,), watermark=reading.moment.at) == set()
        kept = rows(store)
    assert (kept["stock"], kept["watermark"]) == ((reading,), reading.moment.at)
