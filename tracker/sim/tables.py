"""One table of a suite, worked at: pieces are brought, handed over a line into a tray, and fetched away.

::

    0        source       line     tray         1        gate: over the line, "in" towards the tray
    +----------------------+---------------------+       transfer: from the source into the tray
    | maker ->  o   o      :      o   o  -> runner       (mirrored: the same with left and right exchanged)
    |           o   o      :      o   o          |
    +----------------------+---------------------+
                      helper, and somebody opposite

What may go wrong on the way is in :class:`~tracker.sim.plan.Incidents`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.domain.orders import OrderId
from tracker.sim.desk import Cloth, Desk, Spot, Way, soonest, taken
from tracker.sim.fabric import Fabric
from tracker.sim.outlines import GarmentKind
from tracker.sim.plan import Plan, drawn
from tracker.sim.script import Carriage, Form, Place

MAKER, HELPER, RUNNER, OPPOSITE = range(4)
"""Arms."""
SHOULDERS = ((-0.24, 0.6), (0.48, 1.6), (1.24, 0.4), (0.5, -0.6))
LINE_X = 0.49
SOURCE_X, TRAY_X = (0.0, 0.41), (0.57, 1.0)
SOURCE_COLUMNS, TRAY_COLUMNS, ROWS = (0.11, 0.29), (0.69, 0.87), (0.2, 0.5, 0.8)
WAITING = 3
"""Pieces that lie ready at a time."""
REST_S = 1.5
"""A piece that was laid down lies there at least this long."""
FETCH_S = (2.0, 5.0)
"""After so long the runner fetches what is ready."""
LEFT_LYING = 3
"""Full places of the tray that the runner leaves alone."""
BACK_AFTER = 3
"""A piece of a second pass comes again after so many others."""


@dataclass(frozen=True, slots=True)
class Turn:
    """From when on pieces of an order are handed over."""

    order: OrderId
    from_s: float


@dataclass(slots=True, eq=False)
class _Ready:
    """A piece that lies in the source."""

    piece: int
    spot: Spot
    at_s: float


class Shift:
    """Plays one table until every piece is in the tray for good.

    Args:
        plan: What happens there.
        rng: Where chance comes from.
    """

    def __init__(self, plan: Plan, rng: np.random.Generator) -> None:
        self.desk = Desk(rng, carry_s=plan.work.carry_s, mirrored=bool(rng.random() < 0.5))
        self.turns: list[Turn] = []
        self._plan, self._rng = plan, rng
        self._source = [Spot(Place(x, y)) for y in ROWS for x in SOURCE_COLUMNS]
        self._tray = [Spot(Place(x, y)) for y in ROWS for x in TRAY_COLUMNS]
        self._todo: deque[tuple[Cloth, int | None]] = deque()
        self._ready: deque[_Ready] = deque()
        self._troubled: set[int] = set()
        self._thing: tuple[int, bool] | None = None
        self._now_s = 1.0

    def run(self, work: Sequence[tuple[Cloth, int]]) -> None:
        """Hand over so many pieces of each cloth, one after the other."""
        self._todo.extend((cloth, None) for cloth, count in work for _ in range(count))
        while self._todo or self._ready:
            while self._todo and len(self._ready) < WAITING:
                self._bring()
            self._hand_over(self._ready.popleft())

    def _bring(self) -> None:
        """The maker lays pieces down in the source, as many at a time as the plan stacks."""
        spot, work = soonest(self._source), self._plan.work
        ids: list[int] = []
        while self._todo and len(ids) < work.stack and (not ids or self._todo[0][1] is None):
            cloth, known = self._todo.popleft()
            ids.append(self._new_piece(cloth) if known is None else known)
            if known is not None:
                break
        outside = Place(-0.25, spot.place.y, -15)
        _, end_s = self.desk.carry(ids, MAKER, spot.place, after_s=spot.free_s, way=Way(start=outside))
        taken(spot)
        spot.lies = ids
        self._ready.extend(_Ready(piece, spot, end_s) for piece in reversed(ids))

    def _new_piece(self, cloth: Cloth) -> int:
        work, rng = self._plan.work, self._rng
        form = work.forms[int(rng.integers(len(work.forms)))]
        carried = work.carried[int(rng.integers(len(work.carried)))] if work.carried else None
        return self.desk.add(form, cloth, drawn(work.size, rng), carried=carried)

    def _hand_over(self, ready: _Ready) -> None:
        after_s = max(self._now_s + drawn(self._plan.work.pace_s, self._rng), ready.at_s + REST_S)
        fresh = ready.piece not in self._troubled
        if fresh and self._chance("covered"):
            self._cover(after_s)
        if fresh and self._chance("decoy"):
            after_s = self._distract(after_s)
        if fresh and self._chance("turns_back"):
            after_s = self._turn_back(ready, after_s)
        spot = self._place_in_tray(after_s)
        after_s = max(after_s, spot.free_s)
        if fresh and self._chance("meets_another") and (other := self._other_in_tray(spot)):
            self._meet(ready, spot, other, after_s=after_s)
        elif fresh and self._ready and self._chance("beside_another"):
            self._side_by_side(ready, spot, after_s)
        else:
            way = self._hovering() if fresh and self._chance("hovers") else Way()
            self._lay(ready, spot, HELPER, after_s=after_s, way=way)
        if fresh:
            self._troubled.add(ready.piece)
            self._trouble_after(ready.piece, spot)
        self._fetch_if_full()

    def _chance(self, incident: str) -> bool:
        return bool(self._rng.random() < getattr(self._plan.incidents, incident))

    def _lay(self, ready: _Ready, spot: Spot, arm: int, *, after_s: float, way: Way) -> None:
        """Carry a piece into the tray."""
        start_s, end_s = self.desk.carry([ready.piece], arm, spot.place, after_s=after_s, way=way)
        self._left(ready.spot, ready.piece, start_s)
        spot.lies.append(ready.piece)
        spot.free_s = spot.still_s = end_s + 0.3
        self._now_s = max(self._now_s, end_s)
        order = self.desk.pieces[ready.piece].order
        if order is not None and all(turn.order != order for turn in self.turns):
            self.turns.append(Turn(order, start_s - 0.5))

    def _left(self, spot: Spot, piece: int, at_s: float) -> None:
        """A piece is lifted from where it lay."""
        spot.lies.remove(piece)
        if not spot.lies:
            spot.free_s = at_s + 0.4

    def _place_in_tray(self, after_s: float) -> Spot:
        """Where the next piece goes: a free place if there is one, else the first to become free."""
        open_spots = [spot for spot in self._tray if len(spot.lies) < self._plan.work.pile]
        now = [spot for spot in open_spots if spot.free_s <= after_s]
        return now[int(self._rng.integers(len(now)))] if now else soonest(open_spots)

    def _other_in_tray(self, spot: Spot) -> Spot | None:
        lying = [other for other in self._tray if other is not spot and len(other.lies) == 1]
        return lying[0] if lying else None

    def _fetch_if_full(self) -> None:
        """The runner takes away what has been ready longest, once enough is."""
        full = [spot for spot in self._tray if len(spot.lies) >= self._plan.work.pile]
        if len(full) <= LEFT_LYING:
            return
        spot = min(full, key=lambda one: one.still_s)
        after_s = spot.still_s + drawn(FETCH_S, self._rng)
        start_s, _ = self.desk.carry(spot.lies[::-1], RUNNER, Place(1.25, spot.place.y, 12), after_s=after_s)
        spot.lies, spot.free_s = [], start_s + 0.4

    def _hovering(self) -> Way:
        """To and fro over the line."""
        hover_s = drawn(self._plan.work.hover_s, self._rng)
        stops = max(2, round(hover_s / 0.7))
        y = float(self._rng.uniform(0.3, 0.7))
        via = tuple(
            Place(LINE_X + float(self._rng.uniform(0.0, 0.05)) * (-1) ** stop, y + float(self._rng.normal(0, 0.02)))
            for stop in range(stops)
        )
        return Way(lasts_s=hover_s + 1.2, via=via)

    def _turn_back(self, ready: _Ready, after_s: float) -> float:
        """As far as the line, and back to where it lay."""
        brink = Place(LINE_X + float(self._rng.uniform(-0.04, 0.04)), float(self._rng.uniform(0.3, 0.7)))
        way = Way(lasts_s=2 * drawn(self._plan.work.carry_s, self._rng), via=(brink,))
        _, end_s = self.desk.carry([ready.piece], HELPER, ready.spot.place, after_s=after_s, way=way)
        return end_s + REST_S

    def _meet(self, ready: _Ready, spot: Spot, other: Spot, *, after_s: float) -> None:
        """Somebody carries a piece out of the tray, and the two pass each other on the line."""
        back = soonest(self._source)
        piece = other.lies[-1]
        after_s = max(after_s, back.free_s, other.still_s + REST_S)
        after_s = max(after_s, self.desk.free_s(HELPER, ready.piece), self.desk.free_s(OPPOSITE, piece))
        lasts_s = drawn(self._plan.work.carry_s, self._rng) * 1.4
        y = float(self._rng.uniform(0.35, 0.65))
        crossing = Way(lasts_s=lasts_s, via=(Place(LINE_X, y),))
        self._back_to_source(piece, back, OPPOSITE, after_s=after_s, way=crossing)
        self._lay(ready, spot, HELPER, after_s=after_s, way=crossing)

    def _side_by_side(self, ready: _Ready, spot: Spot, after_s: float) -> None:
        """Two people hand over a piece each at the same time."""
        beside = self._ready.popleft()
        self._troubled.add(beside.piece)
        taken(spot)
        there = self._place_in_tray(after_s)
        after_s = max(after_s, there.free_s, beside.at_s + REST_S)
        after_s = max(after_s, self.desk.free_s(HELPER, ready.piece), self.desk.free_s(OPPOSITE, beside.piece))
        lasts_s = drawn(self._plan.work.carry_s, self._rng)
        low, high = sorted((ready, beside), key=lambda one: one.spot.place.y)
        for one, arm, y in ((high, HELPER, 0.68), (low, OPPOSITE, 0.32)):
            to = spot if one is ready else there
            way = Way(lasts_s=lasts_s, via=(Place(LINE_X, y + float(self._rng.normal(0, 0.03))),))
            self._lay(one, to, arm, after_s=after_s, way=way)
        self._fetch_if_full()

    def _trouble_after(self, piece: int, spot: Spot) -> None:
        """What happens to a piece that has just been laid into the tray."""
        after_s = spot.still_s + REST_S
        if self._chance("taken_back"):
            back = soonest(self._source)
            self._back_to_source(piece, back, HELPER, after_s=max(after_s, back.free_s), way=Way())
        elif self._chance("thrown_back"):
            back = soonest(self._source)
            thrown_s = self.desk.gesture(RUNNER, [spot.place], after_s=max(after_s, back.free_s), lasts_s=0.35)
            way = Way(lasts_s=float(self._rng.uniform(0.35, 0.6)), by=Carriage.THROWN)
            self._back_to_source(piece, back, RUNNER, after_s=thrown_s - 0.1, way=way)
        elif self._chance("second_pass"):
            back = soonest(self._source)
            self._back_to_source(piece, back, HELPER, after_s=max(after_s, back.free_s), way=Way())
            self._take_away(self._ready.pop())
        if self._chance("merged"):
            self._merge(spot)

    def _back_to_source(self, piece: int, back: Spot, arm: int, *, after_s: float, way: Way) -> None:
        """A piece goes from the tray to the source and is ready there again."""
        spot = next(spot for spot in self._tray if piece in spot.lies)
        start_s, end_s = self.desk.carry([piece], arm, back.place, after_s=after_s, way=way)
        self._left(spot, piece, start_s)
        taken(back)
        back.lies = [piece]
        self._ready.append(_Ready(piece, back, end_s))
        self._now_s = max(self._now_s, end_s)

    def _take_away(self, ready: _Ready) -> None:
        """The maker takes a piece home; it comes again later."""
        outside = Place(-0.25, ready.spot.place.y, -15)
        start_s, _ = self.desk.carry([ready.piece], MAKER, outside, after_s=ready.at_s + REST_S)
        self._left(ready.spot, ready.piece, start_s)
        piece = self.desk.pieces[ready.piece]
        assert piece.order is not None, "every piece of a table has an order"  # noqa: S101
        cloth = Cloth(piece.order, piece.kind, piece.fabric)
        self._todo.insert(min(BACK_AFTER, len(self._todo)), (cloth, ready.piece))

    def _merge(self, onto: Spot) -> None:
        """A whole pile is put onto another one."""
        piles = [spot for spot in self._tray if spot is not onto and spot.lies]
        if not piles or not onto.lies:
            return
        pile = piles[0]
        after_s = max(pile.still_s, onto.still_s) + REST_S
        start_s, end_s = self.desk.carry(pile.lies[::-1], RUNNER, onto.place, after_s=after_s)
        onto.lies, pile.lies = onto.lies + pile.lies, []
        pile.free_s, onto.free_s = start_s + 0.4, end_s + 0.3
        onto.still_s = end_s

    def _cover(self, after_s: float) -> None:
        """A hand lies on something for a while, or smooths it."""
        lying = [spot.place for spot in self._source + self._tray if spot.lies] or [Place(LINE_X, 0.5)]
        middle = lying[int(self._rng.integers(len(lying)))] if self._rng.random() < 0.7 else Place(LINE_X, 0.4)
        way = [self.desk.near(middle, 0.03) for _ in range(int(self._rng.integers(1, 5)))]
        self.desk.gesture(OPPOSITE, way, after_s=after_s - 1.0, lasts_s=float(self._rng.uniform(1.5, 5.0)))

    def _distract(self, after_s: float) -> float:
        """A tool, an offcut or an empty hand crosses the line."""
        if self._rng.random() < 0.5:
            y = float(self._rng.uniform(0.2, 0.8))
            way = [Place(0.2, y), Place(0.78, y + float(self._rng.normal(0, 0.1)))]
            if self._rng.random() < 0.5:
                way.reverse()
            return self.desk.gesture(HELPER, way, after_s=after_s, lasts_s=float(self._rng.uniform(0.7, 1.8))) + 0.3
        if self._thing is None:
            nobody = Cloth(OrderId("nothing"), *_any_cloth(self.desk))
            self._thing = self.desk.add(Form.THING, nobody, 0.12, home=Place(0.3, 0.05)), False
        thing, beyond = self._thing
        self._thing = thing, not beyond
        to = Place(0.3 if beyond else 0.72, 0.05, float(self._rng.uniform(-90, 90)))
        self.desk.carry([thing], OPPOSITE, to, after_s=after_s)
        return after_s


def _any_cloth(desk: Desk) -> tuple[GarmentKind, Fabric]:
    return desk.pieces[0].kind, desk.pieces[0].fabric
