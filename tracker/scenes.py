"""Wiring: from a camera's frames to pictures without people, which may leave memory.

``Frame -> looks -> empty background -> scene``; the person model looks once in a while, never in the counting loop.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

import numpy as np

from tracker.count import people
from tracker.detect import load_detector
from tracker.domain.detections import Detections
from tracker.domain.errors import ConfigError, SourceError
from tracker.domain.frames import Frame, Gap, Picture
from tracker.domain.geometry import Box
from tracker.domain.ports import Detector
from tracker.domain.shift import STRAIGHT
from tracker.models import model_folder
from tracker.privacy import (
    ALONE,
    CONFIRMED,
    LAST_HAND_SCORE,
    LAST_PERSON_SCORE,
    Background,
    Boxes,
    EmptyBackground,
    PeopleEye,
    Scene,
    Watcher,
    clear_of_people,
    draw,
    hide_people,
)

PERSON_MODEL = "person"
LOOK_S, CONFIRMED_LOOK_S = 10.0, 0.5
"""Between two looks at the background: a person's inference takes 15 ms, so this is a thousandth of a core."""
RECENT, RECENT_S = 4, 1.0
"""Pictures kept to see whether a piece is at rest and nobody's hand is near, and seconds between them."""
HAND_SCORE = 0.1
"""From which score on a hand of the counting model counts: a box of a hand hides five times its size."""
AROUND_PIECE = 0.02
"""Picture widths around a piece within which a weak box of somebody is the piece itself, which looks like a chest."""
SHOWN_SCORE = 0.5
"""A piece is drawn from this score on; a scene shows what is there, it does not count."""
SAME_VIEW = 0.4
"""Agreement of edges below which a camera looks elsewhere than when it was empty."""
ENOUGH = 0.02
"""Share of the picture that must have been found empty to be worth keeping."""


def people_eye(detector: Detector, *, provider: str = "cpu", threads: int = 1) -> PeopleEye:
    """What looks for people: the person model that ships, and the counting model where it knows hands.

    Raises:
        ModelError: The person model is missing or damaged; nothing is shown without it.
    """
    person = load_detector(model_folder(PERSON_MODEL), provider=provider, threads=threads)
    watchers = [Watcher(person, people(person.labels), last_score=LAST_PERSON_SCORE)]
    if people(detector.labels).any():
        watchers.append(Watcher(detector, people(detector.labels), HAND_SCORE, LAST_HAND_SCORE))
    return PeopleEye(watchers)


class SceneMaker:
    """Watches one camera for what is empty, and draws its latest frame without people.

    State: the background, the last frame and a few before it, in memory only; all of it starts over when the camera has
    moved.

    Args:
        detector: Finds the pieces.
        eye: Looks for people.
        empty_until_s: Somebody has looked and says that nobody is in the picture until then, seconds after the first
            frame; ``None`` when nobody says anything.
        background: What was found to be empty earlier; then nothing is learnt here.

    Raises:
        ConfigError: ``empty_until_s`` is too short for anything to be believed.
    """

    def __init__(
        self,
        detector: Detector,
        eye: PeopleEye,
        *,
        empty_until_s: float | None = None,
        background: Background | None = None,
    ) -> None:
        if empty_until_s is not None and empty_until_s < CONFIRMED.seconds:
            raise ConfigError(
                f"{empty_until_s:g} s of an empty view are too short",
                expected=f"at least {CONFIRMED.seconds:g} s in which nobody is in the picture",
            )
        self._detector, self._eye, self._given = detector, eye, background
        self._empty_until_s = -math.inf if empty_until_s is None else empty_until_s
        self._empty = EmptyBackground()
        self._recent: deque[Picture] = deque(maxlen=RECENT)
        self._looked_s = self._kept_s = -math.inf
        self._shift = STRAIGHT

    def take(self, seen: Frame | Gap) -> None:
        """Takes in what the camera saw."""
        if isinstance(seen, Gap):
            self._recent.clear()
            return
        if seen.shift != self._shift:
            self._shift, self._empty, self._looked_s = seen.shift, EmptyBackground(), -math.inf
            self._recent.clear()
        t_s, picture = seen.moment.t_s, seen.picture
        confirmed = t_s <= self._empty_until_s
        if self._given is None and t_s - self._looked_s >= (CONFIRMED_LOOK_S if confirmed else LOOK_S):
            self._looked_s = t_s
            somebody = self._eye.look(picture, closely=confirmed)
            self._empty.update(picture, somebody, t_s, patience=CONFIRMED if confirmed else ALONE)
        if self._recent and t_s - self._kept_s < RECENT_S:
            self._recent.pop()
        else:
            self._kept_s = t_s
        self._recent.append(picture)

    def background(self) -> Background | None:
        """What is believed to be empty, after a last look for people in it; ``None`` before the first frame."""
        return last_look(self._empty, self._eye) if self._given is None else self._given

    def scene(self, *, photos: bool = False) -> tuple[Scene, int]:
        """The latest frame without people.

        Args:
            photos: Pieces that lie by themselves are shown as the camera sees them, the others are drawn.

        Returns:
            The scene, and in how many places of it somebody may have been seen; they are hidden.

        Raises:
            SourceError: There was no frame yet.
            ConfigError: The camera looks elsewhere than when it was empty.
        """
        background = self.background()
        if not self._recent or background is None:
            raise SourceError("there is no picture to make a scene of", expected="at least one frame")
        now = self._recent[-1]
        if self._given is not None:
            _check_view(background, now)
        pieces = _pieces(self._detector.detect(now), self._detector.labels)
        shown = np.zeros(len(pieces), np.bool_)
        if photos:
            pictures = tuple(self._recent)
            somebody = [_somebody(self._eye, picture, pieces) for picture in pictures]
            shown = clear_of_people(pieces, background, pictures, somebody)
        return hide_people(draw(background, pieces, now, shown), self._eye)


def last_look(empty: EmptyBackground, eye: PeopleEye) -> Background | None:
    """What is believed to be empty, after a close look for people in it; ``None`` before the first frame.

    What may be a person is believed no more, and has to prove itself anew.
    """
    if (found := empty.background) is not None:
        empty.distrust(eye.look(found.picture, closely=True))
    return empty.background


def learn_empty(frames: Iterable[Frame | Gap], maker: SceneMaker, *, seconds: float) -> Background:
    """The empty background from so many seconds of a view in which nobody is.

    Args:
        frames: Of the camera.
        maker: Made with ``empty_until_s`` of at least ``seconds``.
        seconds: How long to watch, from the first frame on.

    Raises:
        SourceError: There was no frame, or next to nothing in the view could be shown to be empty.
    """
    first_s: float | None = None
    for seen in frames:
        maker.take(seen)
        if isinstance(seen, Frame):
            first_s = seen.moment.t_s if first_s is None else first_s
            if seen.moment.t_s - first_s >= seconds:
                break
    background = maker.background()
    if background is None or background.share < ENOUGH:
        share = 0.0 if background is None else background.share
        raise SourceError(
            "the view could not be shown to be empty",
            expected=f"{seconds:g} s in which nobody is in the picture, nothing moves and the light stays",
            got=f"{share:.0%} of the picture",
            hint="Wait until everybody has left, let the lamps on, and try again",
        )
    return background


def _somebody(eye: PeopleEye, picture: Picture, pieces: tuple[Box, ...]) -> Boxes:
    """Boxes of people: all that are sure, and the weak ones that are not within a piece."""
    weak, margin = eye.look(picture, closely=True), AROUND_PIECE * picture.width
    alone = np.ones(len(weak), np.bool_)
    for left, top, right, bottom in pieces:
        low, high = np.array([left, top], np.float32) - margin, np.array([right, bottom], np.float32) + margin
        alone &= ~((weak[:, :2] >= low) & (weak[:, 2:] <= high)).all(axis=1)
    return np.concatenate((weak[alone], eye.check(picture)))


def _check_view(background: Background, now: Picture) -> None:
    agreement = background.agrees(now)
    same_size = (now.height // 2 * 2, now.width // 2 * 2) == background.bgr.shape[:2]
    if not same_size or (agreement is not None and agreement < SAME_VIEW):
        raise ConfigError(
            "the camera looks elsewhere than when it was empty, or sends pictures of another size",
            hint="When nobody is in the picture, run `tracker camera empty` again",
        )


def _pieces(found: Detections, labels: tuple[str, ...]) -> tuple[Box, ...]:
    """Boxes of the pieces that are sure enough to be drawn."""
    sure = found[(found.score >= SHOWN_SCORE) & ~people(labels)[found.class_id]]
    return tuple((left, top, right, bottom) for left, top, right, bottom in sure.xyxy.tolist())
