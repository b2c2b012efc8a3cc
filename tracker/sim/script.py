"""What happens in front of a simulated camera, as values: pieces, arms, moves, and the rule that should count them.

Places are 0..1 of the picture, sizes 0..1 of its width, times seconds from the first frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from tracker.domain.events import Direction
from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.domain.rules import GateRule, RuleId, StepId, TransferRule
from tracker.sim.drawing import Bgr
from tracker.sim.fabric import Fabric
from tracker.sim.hands import Arm, Grip
from tracker.sim.hardship import NO_HARDSHIP, Hardship
from tracker.sim.outlines import GarmentKind
from tracker.sim.sprite import Box
from tracker.sim.surfaces import Surface

LABELS: tuple[str, ...] = ("garment", "bundle", "packed", "hand")
"""Classes that the default model is trained on, in the order of its card."""
EVERY_LABEL: tuple[str, ...] = (*LABELS, "panel", "bin")
"""Classes of everything the simulator labels."""


class Form(StrEnum):
    """How a piece lies there."""

    FLAT = "flat"
    FOLDED = "folded"
    HALF_FOLDED = "half-folded"
    CRUMPLED = "crumpled"
    BUNDLE = "bundle"
    PACK = "pack"
    PANEL = "panel"
    """A single cut part of a garment: a front, a sleeve, a pocket."""
    BIN = "bin"
    """An open crate, carton or tub; itself nothing that counts, and the model's eyes are not trained on it."""
    THING = "thing"
    """No piece at all: a tool or an offcut that somebody moves."""

    @property
    def label(self) -> str:
        """Class the model should call it; empty for what is no piece."""
        return _LABEL_OF.get(self, "garment")


_LABEL_OF = {Form.BUNDLE: "bundle", Form.PACK: "packed", Form.PANEL: "panel", Form.BIN: "bin", Form.THING: ""}


class Carriage(StrEnum):
    """How a piece is moved."""

    HAND = "hand"
    ALONG = "along"
    """In a hand that carries another piece, drawn with that one."""
    THROWN = "thrown"
    """It flies; no hand is near."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing lies: centre in 0..1 of the picture (outside means out of sight), turned clockwise."""

    x: float
    y: float
    angle_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that can be counted.

    Attributes:
        id: Unique in its script.
        form: How it lies there.
        kind: What was sewn (for a bundle: what will be).
        fabric: Its cloth.
        size: Height over the picture's width.
        seed: Decides its creases and play.
        pieces: Pieces it stands for: a bundle's quantity, else 1.
        order: Order it belongs to; ``None`` when nobody can tell.
        home: Where it lies when the clip starts; ``None`` when it comes in later.
        carried: How it looks while it is carried; ``None``: as it lies.
    """

    id: int
    form: Form
    kind: GarmentKind
    fabric: Fabric
    size: float
    seed: int
    pieces: int
    order: OrderId | None
    home: Place | None
    carried: Form | None = None


@dataclass(frozen=True, slots=True)
class ArmPost:
    """Somebody who works at the table: an arm and where it comes from.

    Attributes:
        arm: Skin and sleeve.
        shoulder: x, y in 0..1 of the picture, outside it.
        hand_size: Length of the hand over the picture's width.
    """

    arm: Arm
    shoulder: tuple[float, float]
    hand_size: float


@dataclass(frozen=True, slots=True)
class Move:
    """A hand carries a piece.

    Attributes:
        piece: Which piece.
        arm: Index into the script's arms.
        start_s: When the piece is lifted (or comes into sight).
        lasts_s: Until it is set down, above 0.
        to: Where it is set down; out of sight, it is gone.
        start: Where it comes from when it is not in the picture yet; ``None``: from where it lies.
        grip: What the fingers do.
        via: Places on the way where the hand slows down; equal shares of the time lie between them.
        by: How it is moved.
    """

    piece: int
    arm: int
    start_s: float
    lasts_s: float
    to: Place
    start: Place | None = None
    grip: Grip = Grip.HOLD
    via: tuple[Place, ...] = ()
    by: Carriage = Carriage.HAND

    @property
    def end_s(self) -> float:
        """When the piece is set down."""
        return self.start_s + self.lasts_s


@dataclass(frozen=True, slots=True)
class Gesture:
    """A hand that carries nothing: it smooths, covers, points, reaches over.

    Attributes:
        arm: Index into the script's arms.
        start_s: When it is at the first place.
        lasts_s: Until it withdraws from the last one, above 0.
        way: Where it goes, at least one place; equal shares of the time lie between them.
        grip: What the fingers do.
    """

    arm: int
    start_s: float
    lasts_s: float
    way: tuple[Place, ...]
    grip: Grip = Grip.OPEN

    @property
    def end_s(self) -> float:
        """When it withdraws."""
        return self.start_s + self.lasts_s


@dataclass(frozen=True, slots=True)
class Seated:
    """Somebody who sits in the picture, seen from above: what they wear is no piece.

    Attributes:
        place: Of the shoulders' middle; the head lies above it, turned clockwise with it.
        clothes: What they wear.
        hair: Its colour.
        size: Shoulder width over the picture's width.
        seed: Decides creases and how they sway.
    """

    place: Place
    clothes: Fabric
    hair: Bgr
    size: float
    seed: int


@dataclass(frozen=True, slots=True)
class Scenery:
    """Something that just lies there: clutter by name, or ``tray`` or ``carton``.

    Attributes:
        name: A key of ``clutter.CLUTTER``, ``tray`` or ``carton``.
        place: Where.
        width: Size over the picture's width.
        height: For trays and cartons, over the picture's width; clutter ignores it.
        seed: Decides its looks.
    """

    name: str
    place: Place
    width: float
    height: float
    seed: int


@dataclass(frozen=True, slots=True)
class SceneScript:
    """One camera's clip, complete: the same script renders to the same bytes on the same machine.

    Attributes:
        camera: Which camera.
        width: Pixels, even.
        height: Pixels, even.
        fps: Frames per second, above 0.
        duration_s: Length of the clip.
        seed: Decides table, light and noise.
        surface: Table top.
        pieces: Everything countable.
        arms: Who works there.
        moves: What they do, any order.
        scenery: What lies about.
        rule: The rule that should count here, with its geometry; ``None`` in scenes that only train a model.
        gestures: What hands do that carry nothing.
        seated: Who sits in the picture.
        hardship: What lamps, lens, mount and wire do to the picture.
    """

    camera: CameraId
    width: int
    height: int
    fps: float
    duration_s: float
    seed: int
    surface: Surface
    pieces: tuple[Piece, ...]
    arms: tuple[ArmPost, ...]
    moves: tuple[Move, ...]
    scenery: tuple[Scenery, ...]
    rule: GateRule | TransferRule | None
    gestures: tuple[Gesture, ...] = ()
    seated: tuple[Seated, ...] = ()
    hardship: Hardship = NO_HARDSHIP

    def __post_init__(self) -> None:
        if self.width % 2 or self.height % 2 or min(self.width, self.height) < 64:
            msg = f"picture must have even sides of at least 64 pixels, got {self.width}x{self.height}"
            raise ValueError(msg)
        if self.fps <= 0 or self.duration_s <= 0:
            msg = f"fps and duration must be above 0, got {self.fps} and {self.duration_s}"
            raise ValueError(msg)
        known = {piece.id for piece in self.pieces}
        if len(known) != len(self.pieces):
            msg = "piece ids must be unique in a script"
            raise ValueError(msg)
        for move in self.moves:
            if move.piece not in known or not 0 <= move.arm < len(self.arms) or move.lasts_s <= 0:
                msg = f"move needs a known piece, a known arm and a length above 0, got {move}"
                raise ValueError(msg)
        for gesture in self.gestures:
            if not 0 <= gesture.arm < len(self.arms) or gesture.lasts_s <= 0 or not gesture.way:
                msg = f"gesture needs a known arm, a length above 0 and a place, got {gesture}"
                raise ValueError(msg)
        self._check_one_hand_at_a_time()

    def _check_one_hand_at_a_time(self) -> None:
        busy: list[tuple[int, Move | Gesture]] = [(move.arm, move) for move in self.moves if move.by is Carriage.HAND]
        busy += [(gesture.arm, gesture) for gesture in self.gestures]
        _refuse_overlaps("arm", busy)
        _refuse_overlaps("piece", [(move.piece, move) for move in self.moves])

    @property
    def frames(self) -> int:
        """Number of frames in the clip."""
        return round(self.duration_s * self.fps)

    @property
    def step(self) -> StepId | None:
        """Step of the route that the rule counts for."""
        return self.rule.target.step if self.rule is not None else None


def _refuse_overlaps(what: str, doings: list[tuple[int, Move | Gesture]]) -> None:
    ordered = sorted(doings, key=lambda doing: (doing[0], doing[1].start_s))
    for (first, earlier), (second, later) in pairwise(ordered):
        if first == second and later.start_s < earlier.end_s:
            msg = f"one {what} in two moves at once: {earlier} and {later}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class TruthBox:
    """Where a thing really is in one frame.

    Attributes:
        piece: Its id; hands count down from -1 (-1 - arm).
        label: Class, one of ``EVERY_LABEL``; empty for what is no piece.
        xyxy: Whole extent in pixels, also where something covers it; not cut at the picture's edge.
        held: A hand carries it at this moment.
    """

    piece: int
    label: str
    xyxy: Box
    held: bool

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box, pixels."""
        return (self.xyxy[0] + self.xyxy[2]) / 2, (self.xyxy[1] + self.xyxy[3]) / 2


@dataclass(frozen=True, slots=True)
class FrameTruth:
    """Everything labelled in one frame, bottom to top."""

    frame: int
    t_s: float
    boxes: tuple[TruthBox, ...]


@dataclass(frozen=True, slots=True)
class TruthEvent:
    """What a perfect counter would report.

    Attributes:
        t_s: When the box centre crossed the line (between frames too), or when the piece came to rest or left.
        rule: The script's rule.
        piece: Which piece.
        direction: ``in`` and ``out`` at a gate, ``moved`` and ``returned`` at a transfer.
        pieces: Signed pieces.
        order: ``None`` when nobody can tell.
    """

    t_s: float
    rule: RuleId
    piece: int
    direction: Direction
    pieces: int
    order: OrderId | None
