"""One small workshop seen by three cameras: cut bundles handed over, sewn pieces laid off, packs put into a carton.

::

    cutting                     sewing                        packing
    +-----------+-----------+   +---------+  +-----------+   +-----------+-----------+
    | bundles   |  handed   |   | table   |  | tray      |   | packs     |  carton   |
    | waiting   |->  over   |   |         |->|           |   |           |->         |
    +-----------+-----------+   +---------+  +-----------+   +-----------+-----------+
         gate, unit bundle           transfer, piece              gate, unit pack

The same seed gives the same workshop. Everything that a person sets up by hand in a real one (geometry, schedule) is a
value here, so calibrations and schedules can be written from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.domain.events import Direction
from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.domain.rules import CountUnit, GateRule, RuleId, StepId, Target, TransferRule, Zone
from tracker.sim.fabric import COLOURS, Fabric, Pattern
from tracker.sim.outlines import GarmentKind
from tracker.sim.script import SceneScript
from tracker.sim.shifts import cutting_shift, packing_shift, sewing_shift
from tracker.sim.truth import truth_events

CUTTING, SEWING, PACKING = CameraId("cutting"), CameraId("sewing"), CameraId("packing")
CUT, SEW, PACK = StepId("cut"), StepId("sew"), StepId("pack")

PIECES_PER_BUNDLE = 10


@dataclass(frozen=True, slots=True)
class OrderLook:
    """An order as the cameras see it.

    Attributes:
        id: Its number.
        kind: What is sewn.
        fabric: From what.
        quantity: Pieces ordered.
    """

    id: OrderId
    kind: GarmentKind
    fabric: Fabric
    quantity: int


ORDERS: tuple[OrderLook, ...] = (
    OrderLook(
        OrderId("PO-2401"), GarmentKind.TSHIRT, Fabric(COLOURS["coral"], COLOURS["white"], Pattern.PLAIN, 12), 120
    ),
    OrderLook(OrderId("PO-2402"), GarmentKind.POLO, Fabric(COLOURS["teal"], COLOURS["white"], Pattern.PLAIN, 12), 80),
    OrderLook(OrderId("PO-2403"), GarmentKind.SHIRT, Fabric(COLOURS["sky"], COLOURS["navy"], Pattern.CHECK, 7), 60),
    OrderLook(
        OrderId("PO-2404"), GarmentKind.HOODIE, Fabric(COLOURS["mustard"], COLOURS["black"], Pattern.PLAIN, 12), 90
    ),
)


@dataclass(frozen=True, slots=True)
class ScheduleSpan:
    """What the schedule says: the order is in work at the step from ``start_s`` until before ``end_s`` of the clip."""

    step: StepId
    order: OrderId
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class TruePieces:
    """Pieces that truly went through a step, one line per thing that moved.

    Attributes:
        t_s: Seconds from the first frame.
        camera: Whose rule should have seen it.
        step: Of the route.
        order: ``None`` when nobody can tell, because two orders are open and no schedule says which.
        pieces: Signed.
        direction: Which way.
    """

    t_s: float
    camera: CameraId
    step: StepId
    order: OrderId | None
    pieces: int
    direction: Direction


@dataclass(frozen=True, slots=True)
class Workshop:
    """Three clips of one workshop.

    Attributes:
        scripts: One a camera, with the rule that counts there.
        schedule: Which order is in work at which step; the gap in it at ``cut`` is on purpose.
        orders: Open orders.
    """

    scripts: tuple[SceneScript, ...]
    schedule: tuple[ScheduleSpan, ...]
    orders: tuple[OrderLook, ...]

    def script(self, camera: CameraId) -> SceneScript:
        """The camera's script.

        Raises:
            KeyError: No such camera.
        """
        for script in self.scripts:
            if script.camera == camera:
                return script
        raise KeyError(camera)

    def truth(self) -> tuple[TruePieces, ...]:
        """All that truly happened, in order of time."""
        lines = []
        for script in self.scripts:
            if script.step is None:
                continue
            lines += [
                TruePieces(event.t_s, script.camera, script.step, event.order, event.pieces, event.direction)
                for event in truth_events(script)
            ]
        return tuple(sorted(lines, key=lambda line: (line.t_s, line.camera)))


def make_workshop(
    seed: int, *, width: int = 640, height: int = 360, fps: float = 10.0, orders: tuple[OrderLook, ...] = ORDERS
) -> Workshop:
    """The demo's workshop: two minutes of work at three cameras.

    Two bundles pass while PO-2403 and PO-2404 are both open at ``cut`` and the schedule names neither: nobody can tell
    whose they are.

    Args:
        seed: Decides tables, light, creases, hands and the exact times.
        width: Picture width in pixels, even.
        height: Picture height in pixels, even.
        fps: Frames per second of the clips.
        orders: The four orders, with the numbers of ``ORDERS``; other looks make other clips.
    """
    shirts, polos, checks, hoodies = sorted(orders, key=lambda order: order.id)
    frame = (width, height, fps)
    scripts = (
        cutting_shift(
            [(checks, 4), (None, 2), (hoodies, 5)],
            gate_rule(CUTTING, CUT, CountUnit.BUNDLE, x=0.5),
            frame,
            np.random.default_rng([seed, 11]),
        ),
        sewing_shift([(shirts, 7), (polos, 6)], tray_rule(SEWING, SEW), frame, np.random.default_rng([seed, 12])),
        packing_shift(
            [(polos, 7), (shirts, 7)],
            gate_rule(PACKING, PACK, CountUnit.PACK, x=0.56),
            frame,
            np.random.default_rng([seed, 13]),
        ),
    )
    return Workshop(scripts, _SCHEDULE, orders)


_SCHEDULE = (
    ScheduleSpan(CUT, OrderId("PO-2403"), 0.0, 36.0),
    ScheduleSpan(CUT, OrderId("PO-2404"), 55.0, 120.0),
    ScheduleSpan(SEW, OrderId("PO-2401"), 0.0, 72.0),
    ScheduleSpan(SEW, OrderId("PO-2402"), 72.0, 120.0),
    ScheduleSpan(PACK, OrderId("PO-2402"), 0.0, 65.0),
    ScheduleSpan(PACK, OrderId("PO-2401"), 65.0, 120.0),
)


def gate_rule(camera: CameraId, step: StepId, unit: CountUnit, *, x: float) -> GateRule:
    """A vertical line across the picture; ``in`` is to the right."""
    label = {CountUnit.BUNDLE: "bundle", CountUnit.PACK: "packed"}.get(unit, "garment")
    pieces = PIECES_PER_BUNDLE if unit is CountUnit.BUNDLE else 1
    target = Target((label,), unit, pieces, step, None)
    return GateRule(RuleId(f"{camera}-gate"), target, (x, 1.0), (x, 0.0))


def tray_rule(camera: CameraId, step: StepId) -> TransferRule:
    """From the table on the left to the tray on the right."""
    target = Target(("garment",), CountUnit.PIECE, 1, step, None)
    table = Zone("table", ((0.02, 0.04), (0.42, 0.04), (0.42, 0.96), (0.02, 0.96)))
    tray = Zone("tray", ((0.48, 0.02), (0.99, 0.02), (0.99, 0.98), (0.48, 0.98)))
    return TransferRule(RuleId(f"{camera}-tray"), target, table, tray)
