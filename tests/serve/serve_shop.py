"""One workshop on one afternoon, as the pages see it: six orders in every mood, three cameras, pieces of nobody.

Run it to look at the pages: ``python tests/serve/serve_shop.py FOLDER [PORT]``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

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
from tracker.domain.events import Direction, Event, Provenance, event_id
from tracker.domain.frames import CameraId, Gap, GapReason, Moment
from tracker.domain.orders import Order, OrderId, OrderLine, OrderState, OrderUnit, Route, Step, WeightSource
from tracker.domain.rules import CountUnit, GateRule, RuleId, RuleKind, StepId, Target
from tracker.release import release
from tracker.serve import create_app, serve
from tracker.store import CameraState, CameraStatus, Store, open_store

SHANGHAI = ShopCalendar(
    timezone="Asia/Shanghai",
    day_starts=time(5),
    shifts=((time(8), time(12)), (time(13), time(18))),
    rest_weekdays=frozenset({6}),
    holidays=frozenset(),
)
SHOP = "宏达制衣 Hongda Garment"
NOTICE = "示例数据 · Made-up data"

NOW = datetime(2026, 3, 12, 6, 32, 10, tzinfo=UTC)
"""Thursday 14:32 in Shanghai."""

BLIND_SINCE = datetime(2026, 3, 12, 2, 42, tzinfo=UTC)
"""10:42 in Shanghai, when the sewing camera went blind."""

LATE, SHORT, GOOD, EARLY, DONE, NEW, HELD = (
    OrderId(name) for name in ("PO-2401", "PO-2402", "PO-2403", "PO-2404", "PO-2399", "PO-2406", "PO-2405")
)
CUTTING, SEWING, PACKING = CameraId("cutting"), CameraId("sewing"), CameraId("packing")


def order(order_id: OrderId = LATE, **changes: object) -> Order:
    """120 T-shirts for Northwind, due today."""
    made = Order(
        id=order_id,
        customer="Northwind",
        style="Basic tee",
        style_family="t-shirt",
        unit=OrderUnit.PIECE,
        lines=(OrderLine("coral", "S", 40), OrderLine("coral", "M", 50), OrderLine("coral", "L", 30)),
        requested=date(2026, 3, 10),
        promised=date(2026, 3, 12),
        state=OrderState.ACCEPTED,
        revision=1,
        over_tolerance=0.05,
        short_tolerance=0.0,
        route=route("cut", "sew", "pack"),
    )
    return replace(made, **changes)


def route(*steps: str) -> Route:
    """Steps by name; one with a star is done elsewhere."""
    weights = {"cut": 0.6, "sew": 6.0, "qc": 0.6, "pack": 0.9}
    made = (Step(StepId(name.rstrip("*")), weights.get(name, 0.0), outsourced=name.endswith("*")) for name in steps)
    return Route(tuple(made), (), WeightSource.STYLE_FAMILY)


def days(p10: float, p50: float, p90: float) -> FinishInterval:
    """A finish so many days from now."""
    return FinishInterval(*(NOW + timedelta(days=each) for each in (p10, p50, p90)))


def estimate(order_id: OrderId = LATE, **changes: object) -> Estimate:
    """Far along, and not far enough."""
    made = Estimate(
        order=order_id,
        as_of=NOW - timedelta(seconds=20),
        deliverable=Interval(0.52, 0.58, 0.66),
        work_content=Interval(0.63, 0.68, 0.75),
        steps=steps(cut=(120, 120, 120), sew=(74, 80, 92), pack=(62, 70, 79)),
        finish=days(0.8, 1.1, 2.9),
        p_on_time=0.03,
        outlook=Outlook.LATE,
        none_due_yet=False,
        stale_since=None,
        shortfalls=(),
    )
    return replace(made, **changes)


def steps(**pieces: tuple[float, float, float]) -> tuple[StepEstimate, ...]:
    """Intervals of pieces by step."""
    return tuple(StepEstimate(StepId(name), Interval(*interval)) for name, interval in pieces.items())


def orders() -> tuple[Order, ...]:
    """Every order of the afternoon."""
    return (
        order(),
        order(
            SHORT,
            customer="上海云裳贸易有限公司",
            style="翻领Polo衫",
            style_family="polo",
            lines=(OrderLine("navy", "M", 40), OrderLine("navy", "L", 40)),
            promised=date(2026, 3, 14),
            route=route("cut", "embroidery*", "sew", "qc", "pack"),
        ),
        order(
            GOOD,
            customer="Contoso",
            style="Oxford shirt",
            lines=(OrderLine("sky", "38", 20), OrderLine("sky", "40", 40)),
            promised=date(2026, 3, 17),
        ),
        order(
            EARLY,
            customer="Fabrikam Outdoor Clothing International",
            style="Heavyweight hoodie with kangaroo pocket",
            lines=(OrderLine("mustard", "L", 90),),
            promised=date(2026, 3, 20),
        ),
        order(DONE, customer="Contoso", lines=(OrderLine("", "", 60),), promised=date(2026, 3, 13)),
        order(NEW, customer="Northwind", style="Tote bag", lines=(OrderLine("", "", 200),), promised=date(2026, 3, 24)),
        order(
            HELD,
            customer="Tailspin",
            style="Pyjama set",
            unit=OrderUnit.SET,
            promised=None,
            requested=None,
            state=OrderState.HELD,
        ),
    )


def estimates() -> tuple[Estimate, ...]:
    """Where they stand; the new and the held one have none."""
    return (
        estimate(),
        estimate(
            SHORT,
            deliverable=Interval(0.7, 0.75, 0.8),
            work_content=Interval(0.78, 0.82, 0.87),
            steps=steps(cut=(80, 80, 80), sew=(64, 68, 74), qc=(60, 64, 70), pack=(56, 60, 64)),
            finish=days(1.0, 1.9, 3.2),
            p_on_time=0.55,
            outlook=Outlook.AT_RISK,
            stale_since=BLIND_SINCE,
            shortfalls=(LineShortfall(0, 36, 4),),
        ),
        estimate(
            GOOD,
            deliverable=Interval(0.3, 0.35, 0.4),
            work_content=Interval(0.51, 0.55, 0.6),
            steps=steps(cut=(60, 60, 60), sew=(30, 33, 37), pack=(18, 21, 24)),
            finish=days(1.9, 2.3, 3.0),
            p_on_time=0.97,
            outlook=Outlook.ON_TRACK,
        ),
        estimate(
            EARLY,
            deliverable=Interval(0.0, 0.0, 0.0),
            work_content=Interval(0.14, 0.18, 0.24),
            steps=steps(cut=(90, 90, 90), sew=(8, 11, 17), pack=(0, 0, 0)),
            finish=days(4.2, 5.1, 7.4),
            p_on_time=0.88,
            outlook=Outlook.ON_TRACK,
            none_due_yet=True,
        ),
        estimate(
            DONE,
            deliverable=Interval(1.0, 1.0, 1.0),
            work_content=Interval(1.0, 1.0, 1.0),
            steps=steps(cut=(63, 63, 63), sew=(61, 61, 61), pack=(60, 60, 60)),
            finish=days(-0.9, -0.9, -0.9),
            p_on_time=1.0,
            outlook=Outlook.DONE,
        ),
    )


def camera(camera_id: CameraId, purpose: str, **changes: object) -> CameraStatus:
    """A camera that watches."""
    watching = CameraStatus(
        camera=camera_id,
        purpose=purpose,
        provider="cpu",
        model="default",
        model_sha256="ab" * 32,
        last_frame_at=NOW - timedelta(seconds=1),
        frames=120_000,
        dropped=240,
        state=CameraState.WATCHING,
    )
    return replace(watching, **changes)


def rule(name: str, step: str) -> GateRule:
    """A line across the table."""
    target = Target((), CountUnit.PIECE, 1, StepId(step), None)
    return GateRule(RuleId(name), target, (0.1, 0.5), (0.9, 0.5))


def piece(minute: float, step: str, pieces: int = 1, *, seen_by: CameraId = CUTTING) -> Event:
    """Something that went past so many minutes before now."""
    at = NOW - timedelta(minutes=minute)
    return Event(
        id=event_id(seen_by, RuleId(step), Direction.IN, at, 0),
        camera=seen_by,
        rule=RuleId(step),
        kind=RuleKind.GATE,
        direction=Direction.IN,
        class_name="garment",
        pieces=pieces,
        moment=Moment(frame=0, t_s=0.0, at=at),
        decided_at=at,
        step=StepId(step),
        cell=None,
        provenance=Provenance.CAMERA,
    )


def unassigned(events: Iterable[Event]) -> list[tuple[Event, Assignment]]:
    """Events that nobody can attribute."""
    return [(event, Assignment(event.id, None, "two open orders at this step")) for event in events]


def furnish(store: Store) -> None:
    """Fill a database with the whole afternoon."""
    known = orders()
    with store.write(NOW - timedelta(days=4)) as unit:
        unit.add_orders(known)
    with store.write(NOW) as unit:
        for made in estimates():
            unit.save_estimate(made)
            mine = next(one for one in known if one.id == made.order)
            unit.save_release(release(mine, made, now=NOW, previous=None, timezone=SHANGHAI.timezone))
        unit.set_camera(camera(CUTTING, "裁床交接处，数裁好的扎 · counts bundles handed over from cutting"))
        unit.set_camera(
            camera(
                SEWING,
                "缝制交接盘 · counts sewn pieces at the hand-over tray",
                state=CameraState.BLIND,
                last_frame_at=BLIND_SINCE,
            )
        )
        unit.set_camera(
            camera(
                PACKING,
                "包装台 · counts packs put into the carton",
                state=CameraState.PAUSED,
                last_frame_at=NOW - timedelta(minutes=12),
            )
        )
        unit.set_camera_rules(CUTTING, (rule("cut", "cut"),))
        unit.set_camera_rules(SEWING, (rule("sewn", "sew"),))
        unit.set_camera_rules(PACKING, (rule("packed", "pack"),))
        unit.open_gap(Gap(SEWING, GapReason.DISCONNECTED, BLIND_SINCE, None))
        unit.open_gap(Gap(PACKING, GapReason.PAUSED, NOW - timedelta(minutes=12), None))
        lost = [piece(55, "cut", 10), piece(41, "sew"), piece(40, "sew")]
        unit.record(CUTTING, events=unassigned(lost), stock=(), gaps=(), watermark=NOW)


def main() -> None:
    """Serve the afternoon."""
    path = Path(sys.argv[1]) / "afternoon.db"
    path.unlink(missing_ok=True)
    with open_store(path) as store:
        furnish(store)
        app = create_app(store, shop_name=SHOP, calendar=SHANGHAI, clock=lambda: NOW, notice=NOTICE, provider="cpu")
        serve(app, port=int(sys.argv[2]) if len(sys.argv) > 2 else 8000)


if __name__ == "__main__":
    main()
