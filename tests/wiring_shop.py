"""A small shop for the tests of what wires the stages together: orders, a database, things that slide past a gate."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import numpy as np
from databases import Database

from tracker.domain.detections import Detections
from tracker.domain.estimates import ShopCalendar
from tracker.domain.frames import CameraId, Frame, Moment, Picture
from tracker.domain.orders import Order, OrderId, OrderLine, OrderState, OrderUnit, Route, Step, WeightSource
from tracker.domain.rules import Calibration, CountUnit, GateRule, Rule, RuleId, StepId, Target
from tracker.store import Store, open_store

CALENDAR = ShopCalendar(
    timezone="Asia/Shanghai",
    day_starts=time(6),
    shifts=((time(8), time(12)), (time(13), time(18))),
    rest_weekdays=frozenset({6}),
    holidays=frozenset(),
)
MONDAY_8 = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
"""Monday 08:00 in Shanghai: the first shift begins."""

CUT, SEW = StepId("cut"), StepId("sew")
RED, BLUE = OrderId("RED-1"), OrderId("BLUE-2")
TRAY = CameraId("tray")
LABELS = ("garment", "person")
WIDTH, HEIGHT, RATE_HZ = 320, 240, 10
CROSS_S = 2.0
"""A sliding thing enters every so many seconds and is across the gate half of that later."""


def order(order_id: OrderId = RED, *, state: OrderState = OrderState.ACCEPTED) -> Order:
    """A hundred pieces, cut and sewn."""
    steps = (Step(CUT, 1.5, outsourced=False), Step(SEW, 9.0, outsourced=False))
    return Order(
        id=order_id,
        customer="Northwind",
        style="Basic tee",
        style_family="t-shirt",
        unit=OrderUnit.PIECE,
        lines=(OrderLine("navy", "M", 100),),
        requested=date(2026, 3, 9),
        promised=date(2026, 3, 10),
        state=state,
        revision=1,
        over_tolerance=0.0,
        short_tolerance=0.0,
        route=Route(steps, (), WeightSource.STYLE_FAMILY),
    )


@cache
def _empty_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        open_store(path).close()
        return path.read_bytes()


def shop_store(where: Path | Database, *orders: Order, name: str = "shop.db") -> Store:
    """A database with orders accepted: a new file in a folder, built by the migrations once, or one that is there."""
    if isinstance(where, Database):
        store = where.open(busy_timeout_s=0.05)
    else:
        path = where / name
        path.write_bytes(_empty_database())
        store = open_store(path, busy_timeout_s=0.05)
    if orders:
        with store.write(MONDAY_8) as unit:
            unit.add_orders(orders)
    return store


def gate(step: StepId | None = SEW) -> GateRule:
    """Down the middle of the picture; ``in`` is to the right."""
    return GateRule(RuleId("line"), Target((), CountUnit.PIECE, 1, step, None), (0.5, 1.0), (0.5, 0.0))


def calibration(*rules: Rule, camera: CameraId = TRAY) -> Calibration:
    """One camera with these rules, or with the gate."""
    return Calibration(camera, "Counts sewn pieces at the tray", (), rules or (gate(),))


def frame(t_s: float, *, camera: CameraId = TRAY, since: datetime = MONDAY_8) -> Frame:
    """A picture that carries its time in its luma, for ``Sliding`` to read back."""
    luma = np.zeros((HEIGHT, WIDTH), np.uint8)
    luma[0, :4] = list(round(t_s * 1000).to_bytes(4, "big", signed=True))
    half = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    moment = Moment(round(t_s * RATE_HZ), t_s, since + timedelta(seconds=t_s))
    return Frame(camera, moment, Picture(luma, half, half, full_range=True))


def frames(start_s: float, end_s: float, *, camera: CameraId = TRAY) -> list[Frame]:
    """Ten frames a second, from and up to a time."""
    return [frame(i / RATE_HZ, camera=camera) for i in range(round(start_s * RATE_HZ), round(end_s * RATE_HZ))]


class Sliding:
    """A detector that sees a garment slide from left to right, once every ``CROSS_S``.

    Args:
        gone: Times at which there is nothing to see.
    """

    labels = LABELS
    provider = "cpu"

    def __init__(self, gone: Callable[[float], bool] = lambda _: False) -> None:
        self._gone = gone

    def detect(self, picture: Picture) -> Detections:
        t_s = int.from_bytes(picture.y[0, :4].tobytes(), "big", signed=True) / 1000
        share = t_s % CROSS_S / CROSS_S
        if self._gone(t_s) or not 0.05 < share < 0.95:
            return Detections.empty()
        x, y = share * WIDTH, HEIGHT / 2
        boxes = np.array([[x - 20, y - 20, x + 20, y + 20]], np.float32)
        return Detections(boxes, np.array([0.9], np.float32), np.array([0], np.int32))


def crossed_at(numbers: Iterable[int]) -> list[datetime]:
    """When the things so many-th (from 0) pass the gate."""
    return [MONDAY_8 + timedelta(seconds=(number + 0.5) * CROSS_S) for number in numbers]
