"""Wiring: the empty backgrounds of the cameras, learnt beside the counting loop without anybody's word.

``Frame (every ten seconds) -> a queue of one -> a thread of its own -> empty background -> last look -> PNG``
"""

from __future__ import annotations

import logging
import math
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Full, Queue
from threading import Event as Flag
from threading import Thread, get_native_id
from typing import Self

from tracker.domain.errors import SourceError, TrackerError
from tracker.domain.frames import CameraId, Frame, Gap
from tracker.domain.shift import STRAIGHT
from tracker.privacy import EmptyBackground, PeopleEye, load_background, save_background
from tracker.scenes import ENOUGH, LOOK_S, last_look

log = logging.getLogger(__name__)

SAVE_S = 600.0
"""Between two attempts to save: what becomes known does so within minutes, and a last look costs eight looks."""
MORE = 0.01
"""Share of the picture that must have become known since a background was saved for it to be worth saving again."""
NICENESS = 10
"""Priority of the thread on Linux, 0 to 19. Not the lowest: whoever is put to sleep with Python's lock in hand lets the
counting loop wait for it."""
STOP_S = 5.0
"""Longest wait at the end for a look that is on its way; then it is abandoned, and nothing is lost by that."""

_Stamp = tuple[int, int, int]


class BackgroundKeeper:
    """One camera's empty background: begun with what its file holds, learnt look by look, saved when it shows more.

    State: what is learnt, and of the file only when it was written and how much it shows. All of it begins anew with
    the file when the camera is pushed, and when anybody else writes the file or deletes it: theirs is the last word.

    Args:
        path: The PNG.
        eye: Looks for people.
    """

    def __init__(self, path: Path, eye: PeopleEye) -> None:
        self._path, self._eye = path, eye
        self._empty: EmptyBackground | None = None
        self._stamp: _Stamp | None = None
        self._shift = STRAIGHT
        self._shown, self._tried_s = 0.0, -math.inf
        self._refused = False

    def look(self, frame: Frame) -> None:
        """Takes in a look, and saves what is known when that is worth it.

        What the disk refuses is told once and tried again.
        """
        stamp, empty = _stamp_of(self._path), self._empty
        if empty is None or stamp != self._stamp or frame.shift != self._shift:
            empty = self._begin(frame, stamp)
        t_s = frame.moment.t_s
        if empty.update(frame.picture, self._eye.look(frame.picture), t_s):
            self._shown = 0.0  # the file shows another view
            log.info("background.view_changed camera=%s; it is learnt anew", frame.camera)
        if t_s - self._tried_s >= SAVE_S and self._is_worth_saving(empty.share):
            self._tried_s = t_s
            self._save(frame.camera, empty)

    def _begin(self, frame: Frame, stamp: _Stamp | None) -> EmptyBackground:
        known = None
        if stamp is not None:
            try:
                known = load_background(self._path)
            except SourceError as error:
                log.warning("background.unreadable camera=%s reason=%s; it is learnt anew", frame.camera, error)
        self._stamp, self._shift = stamp, frame.shift
        self._shown, self._tried_s = 0.0 if known is None else known.share, -math.inf
        self._empty = EmptyBackground(known)
        return self._empty

    def _is_worth_saving(self, share: float) -> bool:
        return share >= max(ENOUGH, self._shown + MORE)

    def _save(self, camera: CameraId, empty: EmptyBackground) -> None:
        found = last_look(empty, self._eye)
        if found is None or not self._is_worth_saving(found.share) or _stamp_of(self._path) != self._stamp:
            return
        try:
            save_background(self._path, found)
        except SourceError as error:
            if not self._refused:
                log.warning("background.not_saved camera=%s reason=%s; it is tried again", camera, error)
            self._refused = True
            return
        self._refused = False
        self._stamp, self._shown = _stamp_of(self._path), found.share
        log.info("background.saved camera=%s shown=%.0f%%", camera, 100 * found.share)


class BackgroundLearner:
    """Learns the cameras' empty backgrounds on a thread of its own; the loop that offers it frames never waits.

    A frame every ten seconds and camera is taken, if nothing waits to be looked at; else the next one is. An error in
    one camera's looks ends its learning, and without a person model nothing is learnt: either is told once, and
    counting goes on.

    State: at most one frame that waits, one that is looked at, and a keeper a camera.

    Args:
        paths: The cameras to learn, and where their backgrounds are kept.
        eye_of: Loads what looks for people; called on the thread.
    """

    def __init__(self, paths: Mapping[CameraId, Path], eye_of: Callable[[], PeopleEye]) -> None:
        self._paths, self._eye_of = dict(paths), eye_of
        self._taken_s = dict.fromkeys(self._paths, -math.inf)
        self._waiting: Queue[Frame | None] = Queue(maxsize=1)
        self._over = Flag()
        # A daemon, so that a look that never returns cannot keep the process alive.
        self._thread = Thread(target=self._work, name="backgrounds", daemon=True)

    @property
    def cameras(self) -> tuple[CameraId, ...]:
        """Whose backgrounds are learnt."""
        return tuple(self._paths)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(Full):  # then a frame waits, at which the thread sees that all is over
            self._waiting.put_nowait(None)
        self._thread.join(STOP_S)

    def take(self, seen: Frame | Gap) -> None:
        """Takes a frame if it is time for one and nothing waits; returns at once. A gap is time in which none comes."""
        if isinstance(seen, Gap) or self._over.is_set():
            return
        if seen.moment.t_s - self._taken_s.get(seen.camera, math.inf) < LOOK_S:
            return
        with suppress(Full):
            self._waiting.put_nowait(seen)
            self._taken_s[seen.camera] = seen.moment.t_s

    def _work(self) -> None:
        _step_back()
        try:
            eye = self._eye_of()
        except TrackerError as error:
            log.warning("backgrounds.not_learnt reason=%s; counting goes on", error)
            self._over.set()
            return
        except Exception:
            log.exception("backgrounds.not_learnt; counting goes on")
            self._over.set()
            return
        keepers = {camera: BackgroundKeeper(path, eye) for camera, path in self._paths.items()}
        while (frame := self._waiting.get()) is not None and not self._over.is_set():
            if frame.camera in keepers:
                try:
                    keepers[frame.camera].look(frame)
                except Exception:
                    log.exception("background.failed camera=%s; it is learnt no more, counting goes on", frame.camera)
                    del keepers[frame.camera]
            self._waiting.task_done()


def _stamp_of(path: Path) -> _Stamp | None:
    """What changes when a file is written or replaced; ``None`` where there is none.

    What keeps a file from being looked at keeps it from being written as well, and that is told.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _step_back() -> None:
    """Gives way to every other thread of the machine where a thread can say so; only Linux lets it."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
