"""A workshop's database for one play of a suite: its orders, its schedule, and what was counted for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from tracker.domain.frames import CameraId
from tracker.domain.orders import (
    Order,
    OrderId,
    OrderLine,
    OrderState,
    OrderUnit,
    Route,
    ScheduleEntry,
    Step,
    WeightSource,
)
from tracker.domain.rules import StepId
from tracker.recording import ReplayRecorder
from tracker.replay import Step as Looked
from tracker.sim.scenes import Scene
from tracker.store import StoredEvent, open_store

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
"""When every clip begins."""


class Books:
    """The database; a context manager that closes it.

    Args:
        path: SQLite file, made anew.
        scenes: The play's tables.
        pieces: Pieces of each order.
    """

    def __init__(self, path: Path, scenes: Sequence[Scene], *, pieces: int) -> None:
        self._store = open_store(path)
        steps = [rule.target.step for scene in scenes for rule in scene.rules if rule.target.step is not None]
        orders = sorted({turn.order for scene in scenes for turn in scene.turns})
        with self._store.write(START) as unit:
            unit.add_orders([_order(order, steps, pieces) for order in orders])
            unit.add_schedule([entry for scene in scenes for entry in _schedule(scene)])
            for scene in scenes:
                unit.set_camera_rules(scene.script.camera, scene.rules)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()

    def record(self, camera: CameraId, looked: Iterable[Looked]) -> tuple[StoredEvent, ...]:
        """Store all that a replay counts; the camera's events with their orders."""
        recorder = ReplayRecorder(self._store, camera)
        for step in looked:
            recorder.take(step)
        recorder.commit()
        with self._store.read() as view:
            return tuple(event for event in view.events() if event.event.camera == camera)


def _order(order: OrderId, steps: Sequence[StepId], pieces: int) -> Order:
    return Order(
        id=order,
        customer="Trial",
        style="as drawn",
        style_family="t-shirt",
        unit=OrderUnit.PIECE,
        lines=(OrderLine("", "", pieces),),
        requested=None,
        promised=START.date() + timedelta(days=7),
        state=OrderState.ACCEPTED,
        revision=1,
        over_tolerance=0.0,
        short_tolerance=0.0,
        route=Route(tuple(Step(step, 1.0, outsourced=False) for step in steps), (), WeightSource.STYLE_FAMILY),
    )


def _schedule(scene: Scene) -> list[ScheduleEntry]:
    """Which order is in work at the scene's rules; nothing to say where there is only one."""
    if len(scene.turns) < 2:
        return []
    ends = [START + timedelta(seconds=turn.from_s) for turn in scene.turns[1:]]
    return [
        ScheduleEntry(turn.order, rule.target.step, None, START + timedelta(seconds=turn.from_s), end)
        for rule in scene.rules
        if rule.target.step is not None
        for turn, end in zip(scene.turns, [*ends, None], strict=True)
    ]
