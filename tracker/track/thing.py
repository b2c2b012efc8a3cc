"""One thing that is being followed: where it is, how sure that is, and what is expected of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tracker.domain.geometry import Box
from tracker.track.motion import BoxFilter, Centred, as_centred, as_corners

SCORE_WEIGHT = 0.2
"""Weight of the newest sighting in a track's mean score."""
CONFIRM_HITS = 3
"""Sightings a track needs before it may count: two chance boxes in a row happen, three in a line hardly."""
CONFIRM_SCORE_SUM = 0.5
"""Sum of scores a track needs before it may count: weak things must be seen more often than clear ones."""
LOST_MOVING_S = 1.0
"""A moving thing unseen for longer is gone; its predicted place is worthless by then."""
LOST_RESTING_S = 8.0
"""A thing that lay still is waited for behind a hand, a passing body or a switched lamp."""
REST_DRIFT = 0.15
"""Box sizes within which a thing that lies still may seem to move."""
MOMENT_S = 0.4
"""What has been unseen for no longer than this may have moved meanwhile."""
NUDGE = 0.5
NUDGE_S = 1.0
"""A thing that is hidden within this time after it lay still, and this near that place (in sizes), lies there still:
what covers it bit by bit makes it seem to move."""
REST_S = 0.5
"""A thing lies still when it has stayed within that for this long. Its speed would not tell, since boxes tremble."""

SHADOW = 0.35
"""Share of its longer side around a thing in which the picture changes with it."""
EDGE = 0.02
"""Share of the picture within which a box reaches its edge. What reaches all four edges is the scene."""


@dataclass(slots=True, eq=False)
class Track:
    """One thing.

    Attributes:
        id: For the rules.
        filter: Where it is, and how it moves.
        apart: It belongs to the classes that are set apart.
        score: Mean score of the recent sightings.
        score_sum: Of all sightings.
        hits: Number of sightings.
        seen_s: When last seen.
        named_s: When last seen under a name of its own group.
        anchor: Where it has stayed since ``anchored_s``: centre, pixels.
        home: Where it last lay still.
        home_s: When that was last so.
        patience_s: How long it is waited for once it is unseen.
        votes: Sum of scores by class.
        class_id: The class with most of them.
    """

    id: int
    filter: BoxFilter
    apart: bool
    score: float
    score_sum: float
    seen_s: float
    named_s: float
    anchor: tuple[float, float]
    anchored_s: float
    home: Centred
    class_id: int
    hits: int = 1
    home_s: float = -math.inf
    patience_s: float = LOST_MOVING_S
    votes: dict[int, float] = field(default_factory=dict)

    @property
    def confirmed(self) -> bool:
        """Seen often and clearly enough to count."""
        return self.hits >= CONFIRM_HITS and self.score_sum >= CONFIRM_SCORE_SUM

    def waits(self, t_s: float) -> bool:
        """Whether it lay still when it was lost, and that was more than a moment ago."""
        return t_s - self.seen_s > MOMENT_S and self.patience_s == LOST_RESTING_S

    def see(self, sighting: Sighting, t_s: float) -> None:
        """Take in a box."""
        self.filter.correct(as_centred(sighting.box))
        self.score += SCORE_WEIGHT * (sighting.score - self.score)
        self.score_sum += sighting.score
        self.hits += 1
        self.seen_s = t_s
        if sighting.apart is self.apart:
            self.named_s = t_s
        self._settle(t_s)
        votes = self.votes
        votes[sighting.class_id] = votes.get(sighting.class_id, 0.0) + sighting.score
        self.class_id = max(votes, key=votes.__getitem__)

    def stay(self, t_s: float) -> None:
        """Nothing has changed: it is where it was, at rest."""
        self.filter.place(self.filter.position)
        if self.named_s == self.seen_s:
            self.named_s = t_s
        self.seen_s = t_s
        self._settle(t_s)

    def is_unsure(self, now_s: float, picture: tuple[int, int]) -> bool:
        """Whether it is not confirmed yet, or has just been lost and not over the edge of the picture."""
        return not self.confirmed or (0 < now_s - self.seen_s < REST_S and not self._leaves(picture))

    def _leaves(self, picture: tuple[int, int]) -> bool:
        left, top, right, bottom = as_corners(self.filter.position)
        vx, vy, _, _ = self.filter.velocity
        width, height = picture
        x_edge, y_edge = EDGE * width, EDGE * height
        beside = (vx < 0 and left <= x_edge) or (vx > 0 and right >= width - x_edge)
        return beside or (vy < 0 and top <= y_edge) or (vy > 0 and bottom >= height - y_edge)

    def surroundings(self, ahead_s: float) -> Box:
        """What it may change in the picture within a time: its way and some of its size around it, for shadows."""
        left, top, right, bottom = as_corners(self.filter.position)
        dx, dy = self.filter.velocity[0] * ahead_s, self.filter.velocity[1] * ahead_s
        around = SHADOW * max(right - left, bottom - top)
        return (
            left - around + min(dx, 0.0),
            top - around + min(dy, 0.0),
            right + around + max(dx, 0.0),
            bottom + around + max(dy, 0.0),
        )

    def _settle(self, t_s: float) -> None:
        """Note where it is if it has moved, and its home if it lies still."""
        x, y, width, height = position = self.filter.position
        if math.dist((x, y), self.anchor) > REST_DRIFT * math.sqrt(width * height):
            self.anchor, self.anchored_s = (x, y), t_s
        elif t_s - self.anchored_s >= REST_S:
            self.home, self.home_s = position, t_s

    def lose(self) -> None:
        """It was seen in the frame before and no longer is.

        What lay still, or hardly moved from where it lay just before, is put back there and waited for: the hand that
        covers it made it seem to move. The rest goes on as it went, but neither grows nor shrinks.
        """
        home_x, home_y, width, height = self.home
        apart = math.dist(self.filter.position[:2], (home_x, home_y))
        if self.seen_s - self.home_s <= NUDGE_S and apart < NUDGE * math.sqrt(width * height):
            self.filter.place(self.home)
            self.patience_s = LOST_RESTING_S
        else:
            self.filter.hold_size()
            self.patience_s = LOST_MOVING_S


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One detection, and whether its class is one of those set apart."""

    box: Box
    score: float
    class_id: int
    apart: bool
