"""Whether a camera still looks where it did when its zones were drawn, and by how much it has moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.capture.health_view import Map, agreement, blocks_kept, carried, find_shift
from tracker.domain.shift import STRAIGHT, Shift

LEARN_S, LEARN_LOOKS = 30.0, 10
"""A first reference is made of this much."""
RENEW_S, RENEW_LOOKS = 600.0, 20
"""What has been there for so long belongs to the view; what has been gone as long does not."""
PRESENT, ABSENT_LOOKS = 0.2, 0.1
"""Clearness below which an edge is not there, and the share of the looks in which a lasting one may be hidden."""
LASTING = 0.35
"""Mean clearness of a lasting edge."""
ONE_WAY = 0.8
"""Share of its clearness in which a lasting edge keeps its direction."""
LEAST_BLOCKS = 3
"""Parts of the picture (of twelve) that need lasting edges before anything can be told."""

KEPT = 0.75
"""Agreement from which the view is the old one; a push by 1.5 % of the width leaves 0.55 to 0.7."""
BACK = 0.6
"""Agreement from which a view that was lost is found again."""
SURE = 0.6
"""Agreement that a movement must bring about to be believed."""
GAIN = 0.12
"""And how much more that must be than without it."""
FAIR, CLEAR_GAIN = 0.45, 0.35
"""Or these: thin lines between two cells, and what was taken away since, leave less, but nothing else gains so much."""
LOST = 0.2
"""Agreement below which nothing of the old view is there."""
BLOCK_KEPT, MOST_KEPT = 0.5, 0.25
"""Agreement of a part that has stayed, and the share of the parts that may seem to: a pile leaves more than that."""
STEADY = 0.6
"""Agreement with the look before: what passes or stands before the lens moves, a wall that a camera faces does not."""
TOLERATED = 0.015
"""Picture widths by which the farthest corner may be off: zones are drawn no better by hand."""
SAGGED = 0.005
"""And above this nothing new is taken up: it would be put where it does not belong."""
NEGLIGIBLE = 0.01
"""A total below this counts as none."""
LARGEST = 0.08
"""Picture widths of the largest movement that zones follow by themselves; beyond it, what they show is a guess."""
CERTAIN_S, CERTAIN_LOOKS = 3.0, 2
"""A finding must last this long."""
SEARCH_AGAIN_S = 30.0
"""A search costs 30 ms. While a pile hides half of the view it is not repeated in every look."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The view that a camera should have.

    Attributes:
        edges: Lasting edges, 0 elsewhere.
        shift: How this view came from the one in which the zones were drawn.
    """

    edges: Map
    shift: Shift = STRAIGHT


class Keeper(Protocol):
    """Where the reference of a camera is kept between two runs."""

    def load(self) -> Reference | None:
        """The reference of the run before, if any."""
        ...

    def keep(self, reference: Reference) -> None:
        """Keeps a new one."""
        ...

    def confirmed(self) -> bool:
        """Whether somebody has said, since it was kept, that the view as it is now is the right one."""
        ...


class _Lasting:
    """Gathers what stays in a series of looks."""

    def __init__(self) -> None:
        self._sum: Map | None = None
        self._began_s = 0.0
        self.looks = 0

    def add(self, edges: Map, t_s: float) -> float:
        """Takes in a look; seconds gathered so far."""
        clear = np.hypot(edges[..., 0], edges[..., 1])
        if self._sum is None or self._sum.shape != edges.shape:
            self._sum, self._clear = edges.copy(), clear.copy()
            self._absent = (clear < PRESENT).astype(np.int32)
            self._began_s, self.looks = t_s, 1
            return 0.0
        self._sum += edges
        self._clear += clear
        self._absent += clear < PRESENT
        self.looks += 1
        return t_s - self._began_s

    def take(self) -> Map:
        """What lasted; gathering begins anew."""
        total, self._sum = self._sum, None
        assert total is not None, "something was gathered"  # noqa: S101  callers have added a look
        length = np.hypot(total[..., 0], total[..., 1])
        lasting = (
            (length >= LASTING * self.looks)
            & (length >= ONE_WAY * self._clear)
            & (self._absent <= ABSENT_LOOKS * self.looks)
        )
        edges: Map = np.where(lasting[..., None], total / np.float32(self.looks), np.float32(0))
        return edges

    def forget(self) -> None:
        """Begins anew."""
        self._sum = None


class MovedWatch:
    """Compares each look's edges with the reference; one per camera.

    State: the reference, the sums of one series of looks, and what was found lately.

    Args:
        keeper: Keeps the reference between two runs; without one, the first half minute makes it anew.
    """

    def __init__(self, keeper: Keeper | None = None) -> None:
        self._keeper = keeper
        self._reference = None if keeper is None else keeper.load()
        self._tells = self._reference is not None and _tells(self._reference.edges)
        self._lasting = _Lasting()
        self._before: Map | None = None
        self._good_s: float | None = None
        self._lost_since_s: float | None = None
        self._suspect: tuple[Shift | None, float, int] | None = None
        self._searched: tuple[float, float] | None = None

    @property
    def shift(self) -> Shift:
        """How far the camera has moved since its zones were drawn, as far as zones follow."""
        return STRAIGHT if self._reference is None else self._reference.shift

    def _accept(self) -> None:
        """Takes the view as it is now for the right one: the next half minute makes the reference."""
        self._reference, self._lost_since_s, self._suspect, self._searched = None, None, None, None
        self._lasting.forget()

    def update(self, edges: Map, t_s: float) -> float | None:
        """Since when the view is another one, seconds; ``None`` while it is the right one or nobody can tell.

        Args:
            edges: Of one look, 0 where a mask lies.
            t_s: When it was taken.
        """
        if self._keeper is not None and self._keeper.confirmed():
            self._accept()
        if self._good_s is None:
            self._good_s = t_s
        before, self._before = self._before, edges
        reference = self._reference
        if reference is None:
            self._learn(edges, t_s)
        elif self._tells:
            self._compare(_fitting(reference, edges.shape), edges, before, t_s)
        else:
            self._renew(reference, edges, t_s)
        return self._lost_since_s

    def _learn(self, edges: Map, t_s: float) -> None:
        self._good_s = t_s
        if self._lasting.add(edges, t_s) >= LEARN_S and self._lasting.looks >= LEARN_LOOKS:
            self._refer(Reference(self._lasting.take()))

    def _refer(self, reference: Reference) -> None:
        self._reference, self._tells = reference, _tells(reference.edges)
        self._lasting.forget()
        self._suspect = self._searched = None
        if self._keeper is not None:
            self._keeper.keep(reference)

    def _compare(self, reference: Reference, edges: Map, before: Map | None, t_s: float) -> None:
        there = agreement(reference.edges, edges)
        if there >= (KEPT if self._lost_since_s is None else BACK):
            self._find_again(t_s)
            self._renew(reference, edges, t_s)
            return
        found = self._judge(reference, edges, before, there=there, t_s=t_s)
        if found is None:
            self._suspect = None
            if self._lost_since_s is None and there >= LOST:
                self._good_s = t_s
                self._renew(reference, edges, t_s)
        elif self._lasts(found[0], t_s, edges.shape):
            self._settle(reference, found[0], t_s)

    def _find_again(self, t_s: float) -> None:
        self._good_s, self._lost_since_s, self._suspect, self._searched = t_s, None, None, None

    def _judge(
        self, reference: Reference, edges: Map, before: Map | None, *, there: float, t_s: float
    ) -> tuple[Shift | None] | None:
        """What seems to have happened: a movement, or one that cannot be told; ``None`` for neither."""
        lost = self._lost_since_s is not None
        if self._searched is not None and self._suspect is None and (there >= LOST or lost):
            searched_s, agreed = self._searched
            if t_s - searched_s < SEARCH_AGAIN_S and there > agreed - GAIN:
                return None
        aspect = edges.shape[0] / edges.shape[1]
        shift, value = find_shift(reference.edges, edges)
        self._searched = (t_s, there)
        gain = value - there
        sure = (value >= SURE and gain >= GAIN) or (value >= FAIR and gain >= CLEAR_GAIN)
        if sure and shift.reach(aspect=aspect) > TOLERATED:
            return (shift if reference.shift.then(shift).reach(aspect=aspect) <= LARGEST else None,)
        kept, known = blocks_kept(reference.edges, edges, least=BLOCK_KEPT)
        steady = before is not None and before.shape == edges.shape and agreement(before, edges) >= STEADY
        if there < LOST and kept <= MOST_KEPT * known and steady:
            return (None,)
        return None

    def _lasts(self, found: Shift | None, t_s: float, shape: tuple[int, ...]) -> bool:
        """Whether the same was found for long enough."""
        suspect = self._suspect
        if suspect is None or not _alike(suspect[0], found, aspect=shape[0] / shape[1]):
            self._suspect = (found, t_s, 1)
            return False
        self._suspect = (found, suspect[1], suspect[2] + 1)
        return t_s - suspect[1] >= CERTAIN_S and self._suspect[2] >= CERTAIN_LOOKS

    def _settle(self, reference: Reference, found: Shift | None, t_s: float) -> None:
        if found is not None:
            total = reference.shift.then(found)
            aspect = reference.edges.shape[0] / reference.edges.shape[1]
            settled = STRAIGHT if total.reach(aspect=aspect) < NEGLIGIBLE else total
            self._refer(Reference(carried(reference.edges, found), settled))
            self._find_again(t_s)
            return
        if self._lost_since_s is None:
            self._lost_since_s = self._good_s
        self._suspect = None

    def _renew(self, reference: Reference, edges: Map, t_s: float) -> None:
        """Lets go of edges that have gone for good and takes up those that have come to stay; the rest stays as it is.

        Edges that still agree are not averaged with the present: a mount that sags slowly must not take its reference
        along.
        """
        if self._lasting.add(edges, t_s) < RENEW_S or self._lasting.looks < RENEW_LOOKS:
            return
        now = self._lasting.take()
        ours = reference.edges
        if find_shift(ours, now)[0].reach(aspect=ours.shape[0] / ours.shape[1]) > SAGGED:
            return
        agrees = np.sum(ours * now, axis=-1) >= 0.5 * np.sum(ours * ours, axis=-1)
        agrees &= np.any(ours, axis=-1)
        self._refer(Reference(np.where(agrees[..., None], ours, now), reference.shift))


def _tells(edges: Map) -> bool:
    """Whether a reference has edges in enough parts of the picture."""
    return blocks_kept(edges, edges, least=0.0)[1] >= LEAST_BLOCKS


def _fitting(reference: Reference, shape: tuple[int, ...]) -> Reference:
    """The reference for pictures of another shape: zones in 0..1 are stretched alike."""
    if reference.edges.shape == shape:
        return reference
    rows = np.arange(shape[0]) * reference.edges.shape[0] // shape[0]
    edges: NDArray[np.float32] = reference.edges[rows]
    return Reference(edges, reference.shift)


def _alike(one: Shift | None, other: Shift | None, *, aspect: float) -> bool:
    """Whether two looks found the same."""
    if one is None or other is None:
        return one is other
    apart = Shift(one.dx - other.dx, one.dy - other.dy, one.angle_deg - other.angle_deg, one.scale / other.scale)
    return apart.reach(aspect=aspect) <= TOLERATED
