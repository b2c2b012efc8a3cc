"""From looks at one place to sightings of cards: what two looks agree on, said when it changes and now and then."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta

from tracker.assign.cards import STILL_THERE
from tracker.domain.cards import CardSighting, Mark
from tracker.domain.events import Provenance
from tracker.domain.frames import CameraId, Moment
from tracker.domain.rules import CellId, RuleId

AGREE_S = 5.0
"""Two looks this close confirm each other; in sparse mode, where looks are further apart, two that follow do."""
TOGETHER_S = 60.0
"""Of two cards that lay together one may only be covered: until it was unseen this long, both count as there."""


class Place:
    """The cards at one rule of one camera.

    State: the last look, the cards of the last minute that lay together, and what was said last. A look that shows
    nothing changes nothing: a covered card stays what it was.

    Args:
        hold: How long a sighting binds.
    """

    def __init__(self, camera: CameraId, rule: RuleId, cell: CellId | None, *, hold: timedelta) -> None:
        self._camera, self._rule, self._cell, self._hold = camera, rule, cell, hold
        # a card in view must never run out of time between two sightings
        self._again_s = min(STILL_THERE, hold / 2).total_seconds()
        self._looked: dict[Mark, float] = {}
        self._together: dict[Mark, float] = {}
        self._said: tuple[frozenset[Mark], float] = (frozenset(), 0.0)
        self._before_s = 0.0

    def update(self, seen: Iterable[Mark], moment: Moment) -> tuple[CardSighting, ...]:
        """What this look made certain.

        Args:
            seen: What was read in the place by this look.
            moment: When; looks come in order of time.
        """
        now_s, reading = moment.t_s, frozenset(seen)
        since_s = min(now_s - AGREE_S, self._before_s)
        confirmed = {card for card in reading if self._looked.get(card, -math.inf) >= since_s}
        self._looked = {card: at for card, at in self._looked.items() if at >= now_s - AGREE_S}
        self._looked |= dict.fromkeys(reading, now_s)
        self._before_s = now_s
        there = self._with_covered(frozenset(confirmed), now_s)
        said, said_s = self._said
        if not there or (there == said and now_s - said_s < self._again_s):
            return ()
        self._said = there, now_s
        return tuple(self._sighting(mark, moment) for mark in sorted(there, key=str))

    def _sighting(self, mark: Mark, moment: Moment) -> CardSighting:
        return CardSighting(
            camera=self._camera,
            rule=self._rule,
            cell=self._cell,
            card=None if isinstance(mark, str) else mark,
            order=mark if isinstance(mark, str) else None,
            at=moment.at,
            until=moment.at + self._hold,
            provenance=Provenance.CAMERA,
        )

    def _with_covered(self, confirmed: frozenset[Mark], now_s: float) -> frozenset[Mark]:
        """The confirmed cards and those that lay beside one of them less than a minute ago."""
        if not confirmed:
            return confirmed
        beside = {card: at for card, at in self._together.items() if now_s - at < TOGETHER_S}
        if not confirmed & beside.keys():
            beside = {}  # none of those that lay together is left
        there = confirmed | beside.keys()
        self._together = beside | dict.fromkeys(confirmed, now_s) if len(there) > 1 else {}
        return there
