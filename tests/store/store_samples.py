"""One small shop: an order, its events, its calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from tracker.domain.estimates import (
    Assignment,
    Estimate,
    FinishInterval,
    Interval,
    LineShortfall,
    Outlook,
    ShopCalendar,
    StepEstimate,
)
from tracker.domain.events import Direction, Event, Provenance, StockReading, event_id
from tracker.domain.frames import CameraId, Moment
from tracker.domain.orders import (
    Operation,
    Order,
    OrderId,
    OrderLine,
    OrderState,
    OrderUnit,
    Route,
    Step,
    WeightSource,
)
from tracker.domain.releases import Release
from tracker.domain.rules import RuleId, RuleKind, StepId
from tracker.store import CameraState, CameraStatus, Recorded, Store

SHANGHAI = ShopCalendar(
    timezone="Asia/Shanghai",
    day_starts=time(6),
    shifts=((time(8), time(12)), (time(13), time(18))),
    rest_weekdays=frozenset({6}),
    holidays=frozenset(),
)

MONDAY_8 = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
"""Monday 08:00 in Shanghai: the first shift begins."""

PO, OTHER = OrderId("PO-1"), OrderId("PO-2")
TRAY = CameraId("tray")
SEWN = RuleId("sewn")
CUT, SEW, QC = StepId("cut"), StepId("sew"), StepId("qc")


def order(order_id: str = PO, **changes: object) -> Order:
    route = Route(
        steps=(Step(CUT, 1.5, outsourced=False), Step(SEW, 9.0, outsourced=False), Step(QC, 1.0, outsourced=False)),
        operations=(Operation("join shoulder", SEW, 4.0), Operation("set sleeve", SEW, 5.0)),
        weight_source=WeightSource.SMV,
    )
    accepted = Order(
        id=OrderId(order_id),
        customer="Northwind",
        style="Basic tee",
        style_family="t-shirt",
        unit=OrderUnit.PIECE,
        lines=(OrderLine("navy", "M", 60), OrderLine("navy", "L", 40)),
        requested=date(2026, 3, 9),
        promised=date(2026, 3, 10),
        state=OrderState.ACCEPTED,
        revision=1,
        over_tolerance=0.05,
        short_tolerance=0.0,
        route=route,
    )
    return replace(accepted, **changes)


def event(second: float, ordinal: int = 0, **changes: object) -> Event:
    """A piece sewn so many seconds after Monday 08:00, decided half a second later."""
    at = MONDAY_8 + timedelta(seconds=second)
    made = Event(
        id=event_id(TRAY, SEWN, Direction.IN, at, ordinal),
        camera=TRAY,
        rule=SEWN,
        kind=RuleKind.GATE,
        direction=Direction.IN,
        class_name="garment",
        pieces=1,
        moment=Moment(frame=round(second * 10), t_s=second, at=at),
        decided_at=at + timedelta(seconds=0.5),
        step=SEW,
        cell=None,
        provenance=Provenance.CAMERA,
    )
    return replace(made, **changes)


def given(events: Sequence[Event], to: OrderId | None = PO) -> list[tuple[Event, Assignment]]:
    return [(one, Assignment(one.id, to, "the only open order of the step")) for one in events]


def reading(second: float, count: int = 4) -> StockReading:
    at = MONDAY_8 + timedelta(seconds=second)
    return StockReading(TRAY, RuleId("pile"), SEW, None, count, count, Moment(round(second * 10), second, at))


def record(store: Store, events: Sequence[Event], *, until_s: float, to: OrderId | None = PO) -> Recorded:
    watermark = MONDAY_8 + timedelta(seconds=until_s)
    with store.write(watermark) as unit:
        return unit.record(TRAY, events=given(events, to), stock=(), gaps=(), watermark=watermark)


def camera(**changes: object) -> CameraStatus:
    watching = CameraStatus(
        camera=TRAY,
        purpose="counts sewn pieces at the hand-over tray",
        provider="CPUExecutionProvider",
        model="default",
        model_sha256="ab" * 32,
        last_frame_at=None,
        frames=0,
        dropped=0,
        state=CameraState.WATCHING,
    )
    return replace(watching, **changes)


def estimate(**changes: object) -> Estimate:
    made = Estimate(
        order=PO,
        as_of=MONDAY_8,
        deliverable=Interval(0.1, 0.2, 0.3),
        work_content=Interval(0.4, 0.5, 0.6),
        steps=(StepEstimate(SEW, Interval(40.0, 50.0, 60.0)),),
        finish=FinishInterval(*(MONDAY_8 + timedelta(days=days) for days in (3, 4, 6))),
        p_on_time=0.75,
        outlook=Outlook.ON_TRACK,
        none_due_yet=False,
        stale_since=None,
        shortfalls=(LineShortfall(1, 38, 2),),
    )
    return replace(made, **changes)


def release(**changes: object) -> Release:
    made = Release(
        order=PO,
        customer="Northwind",
        epoch=MONDAY_8,
        band_low_pct=20,
        band_high_pct=30,
        milestone="cut",
        finish_earliest=date(2026, 3, 5),
        finish_latest=date(2026, 3, 8),
        outlook=Outlook.ON_TRACK,
        stale=False,
        next_expected_at=MONDAY_8 + timedelta(hours=1),
    )
    return replace(made, **changes)
