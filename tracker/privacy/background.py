"""The empty background of one camera: only what was shown to be empty, everything else stays hidden.

A part of the picture is believed to be empty once it has looked the same for long, while nothing changed and nobody was
seen near it. How long depends on who says so:

- somebody looked and says that nobody is in the picture (``CONFIRMED``): some seconds;
- nobody says anything (``ALONE``): four hours of watching. Nobody sits for so long without moving, not even asleep at
  the table, so no detector has to be right for this to hold.

What was believed once is replaced by something else only when somebody says again that nobody is there: whoever comes
and sits down differs from it for ever. When the camera moves or the picture changes its size, nothing is believed any
more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import Picture
from tracker.privacy.colours import Bgr, bgr_of, picture_of
from tracker.privacy.people import Boxes, covered
from tracker.privacy.reduced import PIXELS, Cells, Small, changed, grown, reduce, relit, same_view


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a part of the picture must have been quiet before it is believed to be empty.

    Attributes:
        looks: Looks, at least.
        seconds: Seconds that were watched, at least.
        gap_s: Of the time between two looks no more than this counts as watched.
        replaces: Whether what is believed may give way to something that looks different.
    """

    looks: int
    seconds: float
    gap_s: float
    replaces: bool


ALONE = Patience(looks=240, seconds=4 * 3600.0, gap_s=60.0, replaces=False)
"""A nap at the table lasts two hours at most, with a turn of the head in between; twice that leaves room."""
CONFIRMED = Patience(looks=8, seconds=6.0, gap_s=2.0, replaces=True)
"""Long enough for a detector that misses somebody in three of ten looks to be wrong in less than one of 10,000, and for
whoever sits there to move a hand."""

REACH = 0.1
"""Picture widths around a change that count as changed: the chest of somebody whose hands sew does not change."""
BUSY, WORKPLACE = 0.1, 0.3
"""Share of the looks in which a cell changes from which somebody works there, and picture widths around such a place in
which somebody sits, though head and chest may be still for hours."""
FOLLOW = 0.02
"""Share by which the reference follows each look: daylight moves by less, whoever shifts in a chair by more."""
LAMP = 1.15
"""Factor of brightness between two looks from which a lamp was switched, and nobody can tell what else happened."""
DARK = 26.0
"""Luma below which nothing can be told: somebody could sit there."""
RIM = 0.02
"""Picture widths along the edge of what was known before a restart that are learnt anew."""
SAME, STRANGE_LOOKS = 0.4, 5
"""Agreement of edges below which the view is another one, and the looks in a row after which that is believed."""


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """What may be shown of a camera's view.

    Attributes:
        bgr: The empty background; black where nothing may be shown.
        shown: Which cells are believed to be empty.
    """

    bgr: Bgr
    shown: Cells

    @property
    def share(self) -> float:
        """Share of the picture that may be shown."""
        return float(np.mean(self.shown))

    @property
    def picture(self) -> Picture:
        """The background as detectors see pictures."""
        return picture_of(self.bgr)

    def pixels(self) -> NDArray[np.bool_]:
        """Which pixels may be shown, shape (height, width)."""
        return spread(self.shown, self.bgr.shape[:2])

    def without(self, cells: Cells) -> Background:
        """The same with some cells hidden."""
        shown = self.shown & ~cells
        bgr = self.bgr.copy()
        bgr[~spread(shown, bgr.shape[:2])] = 0
        return Background(bgr, shown)

    def agrees(self, picture: Picture) -> float | None:
        """How well a picture's edges agree with the background's, -1 to 1; ``None`` where nothing can be told."""
        ours, now = reduce(self.picture), reduce(picture)
        return None if ours.shape != now.shape else same_view(ours, now, _inner(self.shown))


class EmptyBackground:
    """Learns what is empty, look by look; one per camera.

    State: a small reference picture, three numbers a cell, and one picture of full size; nothing grows with time. All
    of it starts over when the picture changes its size or the camera has moved.

    Args:
        known: What was believed earlier, such as before a restart. It is believed on, as long as the view is the same;
            what is not in it, and its rim, has to be shown to be empty from the beginning.
    """

    def __init__(self, known: Background | None = None) -> None:
        self._known = known
        self._size: tuple[int, int] | None = None
        self._last_s = 0.0
        self._strange = 0
        self._shown: Cells = np.zeros((0, 0), np.bool_)
        self._bgr: Bgr = np.zeros((0, 0, 3), np.uint8)
        self._believed = self._reference = np.zeros((0, 0, 3), np.float32)
        self._seconds = np.zeros((0, 0), np.float32)
        self._looks = np.zeros((0, 0), np.int32)
        self._busy = np.zeros((0, 0), np.float32)

    @property
    def background(self) -> Background | None:
        """What is believed so far; ``None`` before the first look."""
        return None if self._size is None else Background(self._bgr.copy(), self._shown.copy())

    @property
    def share(self) -> float:
        """Share of the picture that is believed to be empty; 0 before the first look."""
        return float(np.mean(self._shown)) if self._shown.size else 0.0

    def update(self, picture: Picture, people: Boxes, t_s: float, *, patience: Patience = ALONE) -> bool:
        """Takes in a look.

        Args:
            picture: The camera's.
            people: Boxes of everything in it that may be a person, pixels.
            t_s: When it was taken, greater than in the look before.
            patience: How long to wait before anything is believed.

        Returns:
            Whether this look ended what was believed: it shows another view, or has another size.
        """
        now, ended = reduce(picture), False
        if (picture.width, picture.height) != self._size:
            ended = self._start_over(picture, now)
            self._last_s = t_s
        seen_s, self._last_s = min(t_s - self._last_s, patience.gap_s), t_s
        somebody = covered(people, width=picture.width, height=picture.height, shape=self._shown.shape)
        if self._is_elsewhere(now, somebody):
            self._begin_anew(now)
            return ended or self._give_up()
        reference, gain = relit(self._reference, now)
        if not 1 / LAMP < gain < LAMP:
            self._begin_anew(now)
            return ended
        hot = changed(reference, now)
        self._reference = np.where(_pixels(hot), now, reference + np.float32(FOLLOW) * (now - reference))
        if not patience.replaces:
            hot |= self._shown & changed(relit(self._believed, now, self._shown)[0], now)
        self._busy += np.float32(FOLLOW) * (hot - self._busy)
        unsure = grown(hot, REACH) | grown(self._busy >= BUSY, WORKPLACE) | somebody | _dark(now)
        self._seconds = np.where(unsure, 0, self._seconds + np.float32(seen_s)).astype(np.float32)
        self._looks = np.where(unsure, 0, self._looks + 1).astype(np.int32)
        self._believe((self._seconds >= patience.seconds) & (self._looks >= patience.looks), picture, now)
        return ended

    def distrust(self, people: Boxes) -> None:
        """Hides where somebody was seen in the background itself; such cells have to prove themselves anew.

        Args:
            people: Boxes in pixels.
        """
        height, width = self._bgr.shape[:2]
        somebody = covered(people, width=width, height=height, shape=self._shown.shape)
        self._seconds[somebody] = 0
        self._looks[somebody] = 0
        self._shown &= ~somebody
        self._bgr[~spread(self._shown, self._bgr.shape[:2])] = 0

    def _start_over(self, picture: Picture, now: Small) -> bool:
        """Begins with this size of pictures, and with what is known of it; whether anything was believed before."""
        believed, known = bool(self._shown.any()), self._known
        self._size, self._known = (picture.width, picture.height), None
        self._bgr = np.zeros((picture.height // 2 * 2, picture.width // 2 * 2, 3), np.uint8)
        self._shown = np.zeros((now.shape[0] // PIXELS, now.shape[1] // PIXELS), np.bool_)
        self._believed = now.copy()
        self._busy = np.zeros(self._shown.shape, np.float32)
        self._strange = 0
        self._begin_anew(now)
        if known is None:
            return believed
        if known.bgr.shape != self._bgr.shape or known.shown.shape != self._shown.shape:
            return True
        # where the known part ends nobody remembers what lay beside it, and in the small picture that shines in
        inner = known.without(grown(~known.shown, RIM))
        self._bgr, self._shown = inner.bgr, inner.shown
        self._believed = np.where(_pixels(inner.shown), reduce(known.picture), now)
        return False

    def _begin_anew(self, now: Small) -> None:
        """What is believed stays; what was on its way starts over."""
        self._reference = now
        self._seconds = np.zeros(self._shown.shape, np.float32)
        self._looks = np.zeros(self._shown.shape, np.int32)

    def _is_elsewhere(self, now: Small, somebody: Cells) -> bool:
        """Whether this look shows another view; for a moment somebody may stand before the camera."""
        agreement = same_view(self._believed, now, _inner(self._shown & ~somebody))
        strange = agreement is not None and agreement < SAME
        self._strange = self._strange + 1 if strange else 0
        return strange

    def _give_up(self) -> bool:
        """Believes nothing any more once the view has been another one for long; whether that is now."""
        if self._strange < STRANGE_LOOKS:
            return False
        self._shown[:] = False
        self._bgr[:] = 0
        self._strange = 0
        return True

    def _believe(self, proven: Cells, picture: Picture, now: Small) -> None:
        if not proven.any():
            return
        pixels = spread(proven, self._bgr.shape[:2])
        self._bgr[pixels] = bgr_of(picture)[pixels]
        self._believed = np.where(_pixels(proven), now, self._believed)
        self._shown |= proven
        self._seconds[proven] = 0
        self._looks[proven] = 0


def spread(cells: Cells, size: tuple[int, ...]) -> NDArray[np.bool_]:
    """Cells as pixels of a picture of so many rows and columns."""
    rows = np.arange(size[0]) * cells.shape[0] // size[0]
    columns = np.arange(size[1]) * cells.shape[1] // size[1]
    return np.asarray(cells[np.ix_(rows, columns)])


def _pixels(cells: Cells) -> NDArray[np.bool_]:
    """Cells as pixels of the small picture, with an axis for its channels."""
    return np.repeat(np.repeat(cells, PIXELS, axis=0), PIXELS, axis=1)[..., None]


def _inner(shown: Cells) -> Cells:
    """Cells whose neighbours are shown as well: where the background ends there is no edge in the room."""
    return shown & ~grown(~shown, 0.01)


def _dark(now: Small) -> Cells:
    luma = now[..., 0].reshape(now.shape[0] // PIXELS, PIXELS, -1, PIXELS)
    return np.asarray(luma.mean(axis=(1, 3)) < DARK)
