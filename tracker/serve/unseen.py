"""Which orders a camera that does not see concerns: their ranges widen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.domain.estimates import Estimate
from tracker.domain.frames import CameraId
from tracker.domain.orders import Order, OrderId, OrderState, ScheduleEntry
from tracker.domain.rules import StepId
from tracker.serve.sight import CameraSight
from tracker.store import CameraRule


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """An order is open at a step, and the camera that counts there does not see it."""

    camera: CameraId
    order: OrderId
    step: StepId


@dataclass(frozen=True, slots=True)
class Sights:
    """What the cameras see, count and should be seeing.

    Attributes:
        now: Aware UTC.
    """

    cameras: Sequence[CameraSight]
    rules: Sequence[CameraRule]
    schedule: Sequence[ScheduleEntry]
    now: datetime


def unseen(orders: Sequence[Order], estimates: Mapping[OrderId, Estimate], known: Sights) -> frozenset[BlindSpot]:
    """Where pieces may pass uncounted.

    Where the schedule says who was at work at a step meanwhile, it decides; else any order open there may have been.
    """
    accepted = [order for order in orders if order.state is OrderState.ACCEPTED]
    return frozenset(
        BlindSpot(one.camera, order, step)
        for one in known.cameras
        if not one.sight.sees
        for step in {rule.step for rule in known.rules if rule.camera == one.camera and rule.step is not None}
        for order in _at_work(
            {order.id for order in accepted if _is_open(order, estimates.get(order.id), step)},
            _planned(known, step, since=one.since),
        )
    )


def _at_work(unfinished: set[OrderId], planned: Collection[OrderId]) -> set[OrderId]:
    return unfinished & set(planned) if planned else unfinished


def _planned(known: Sights, step: StepId, *, since: datetime | None) -> set[OrderId]:
    """Orders that the schedule put to work at a step at any time since."""
    return {
        entry.order
        for entry in known.schedule
        if entry.step == step and entry.start <= known.now and (entry.end is None or since is None or entry.end > since)
    }


def _is_open(order: Order, estimate: Estimate | None, step: StepId) -> bool:
    through = next((one.pieces.p50 for one in estimate.steps if one.step == step), 0.0) if estimate else 0.0
    known = order.route.step(step)
    return known is not None and not known.outsourced and through < order.quantity
