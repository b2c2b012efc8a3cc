"""What a perfect counter would report for a script, and when."""

from __future__ import annotations

from tracker.domain.events import Direction
from tracker.domain.rules import GateRule, Point, TransferRule, Zone
from tracker.sim.script import Piece, SceneScript, TruthBox, TruthEvent
from tracker.sim.wardrobe import TruthPlayer, Wardrobe


def truth_events(script: SceneScript) -> tuple[TruthEvent, ...]:
    """All crossings and transfers of the script's rule, in order of time.

    A gate is crossed when the centre of a piece's box crosses the line; the time is interpolated between frames. A
    transfer is ``moved`` when a piece that was in the source is set down in the destination, ``returned`` when its
    centre leaves again.

    Raises:
        ValueError: The script has no rule.
    """
    if script.rule is None:
        msg = f"the script of camera {script.camera} has no rule to count with"
        raise ValueError(msg)
    watch = _Gate(script, script.rule) if isinstance(script.rule, GateRule) else _Transfer(script, script.rule)
    player = TruthPlayer(Wardrobe(script))
    for frame in range(script.frames):
        truth = player.frame(frame)
        watch.update(truth.t_s, {box.piece: box for box in truth.boxes if box.piece >= 0})
    return tuple(sorted(watch.events, key=lambda event: (event.t_s, event.piece)))


class _Gate:
    """Remembers on which side of the line each piece in sight was; a piece out of sight is forgotten."""

    def __init__(self, script: SceneScript, rule: GateRule) -> None:
        self._script, self._rule = script, rule
        self._pieces = {piece.id: piece for piece in script.pieces}
        self._before: dict[int, tuple[float, float]] = {}
        self.events: list[TruthEvent] = []

    def update(self, t_s: float, boxes: dict[int, TruthBox]) -> None:
        now = {piece: (t_s, self._side(box)) for piece, box in boxes.items()}
        for piece, (_, side) in now.items():
            if piece not in self._before:
                continue
            then_s, then = self._before[piece]
            if (then < 0) != (side < 0):
                crossed_s = then_s + (t_s - then_s) * abs(then) / (abs(then) + abs(side))
                self._report(self._pieces[piece], crossed_s, Direction.IN if side >= 0 else Direction.OUT)
        self._before = now

    def _side(self, box: TruthBox) -> float:
        """Signed distance, positive on the ``in`` side."""
        (x0, y0), (x1, y1) = self._rule.start, self._rule.end
        x, y = box.centre[0] / self._script.width, box.centre[1] / self._script.height
        return (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)

    def _report(self, piece: Piece, t_s: float, direction: Direction) -> None:
        pieces = piece.pieces if direction is Direction.IN else -piece.pieces
        self.events.append(TruthEvent(t_s, self._rule.id, piece.id, direction, pieces, piece.order))


class _Transfer:
    """Remembers which pieces came through the source and which rest in the destination."""

    def __init__(self, script: SceneScript, rule: TransferRule) -> None:
        self._script, self._rule = script, rule
        self._pieces = {piece.id: piece for piece in script.pieces}
        self._from_source: set[int] = set()
        self._arrived: set[int] = set()
        self.events: list[TruthEvent] = []

    def update(self, t_s: float, boxes: dict[int, TruthBox]) -> None:
        for piece, box in boxes.items():
            where = box.centre[0] / self._script.width, box.centre[1] / self._script.height
            if inside(where, self._rule.source):
                self._from_source.add(piece)
            in_destination = inside(where, self._rule.destination)
            if in_destination and not box.held and piece in self._from_source:
                self._from_source.discard(piece)
                self._arrived.add(piece)
                self._report(self._pieces[piece], t_s, Direction.MOVED)
            elif not in_destination and piece in self._arrived:
                self._arrived.discard(piece)
                self._report(self._pieces[piece], t_s, Direction.RETURNED)
        gone = self._arrived - boxes.keys()
        for piece in sorted(gone):
            self._arrived.discard(piece)
            self._report(self._pieces[piece], t_s, Direction.RETURNED)

    def _report(self, piece: Piece, t_s: float, direction: Direction) -> None:
        pieces = piece.pieces if direction is Direction.MOVED else -piece.pieces
        self.events.append(TruthEvent(t_s, self._rule.id, piece.id, direction, pieces, piece.order))


def inside(point: Point, zone: Zone) -> bool:
    """Whether the point lies in the zone's polygon (ray casting, even-odd)."""
    x, y = point
    odd = False
    corners = zone.polygon
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0):
            odd = not odd
    return odd
