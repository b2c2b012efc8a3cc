"""A camera watched live: its own thread, newest frame wins, each loss a gap, reconnection for ever."""

from __future__ import annotations

import logging
import math
import random
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from threading import Condition, Thread
from time import monotonic
from types import TracebackType
from typing import Self

from tracker.capture.address import SecretUrl
from tracker.capture.arrival import ArrivalClock
from tracker.capture.backoff import Backoff
from tracker.capture.blindness import Blindness
from tracker.capture.feeds import Feed, Opened, Sign, StreamLostError, TimedPicture
from tracker.capture.health import PROBLEMS, HealthWatch, Sight
from tracker.capture.health_clock import ClockGaps
from tracker.capture.inbox import Inbox
from tracker.capture.optics import Eye
from tracker.capture.streams import StreamFeed
from tracker.capture.timing import MICROSECONDS, later
from tracker.domain.errors import ConfigError
from tracker.domain.frames import CameraId, Frame, Gap, GapReason, Moment
from tracker.domain.optics import AS_IT_COMES, Optics
from tracker.domain.shift import Shift

log = logging.getLogger(__name__)

_FETCH_S = 1.0
"""Waiting in slices lets Ctrl-C through on Windows."""


class CameraState(StrEnum):
    """What a camera is doing."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"
    BLIND = "blind"
    """Connected, but its pictures show nothing: frozen, dark, covered, or moved."""
    PAUSED = "paused"
    STOPPED = "stopped"
    ENDED = "ended"
    """A file that was played to its end."""


@dataclass(frozen=True, slots=True)
class CameraStats:
    """What one camera did since it was started.

    Attributes:
        state: What it is doing now.
        problem: Why it is lost or blind, for people; ``None`` while it is not.
        decoded: Frames decoded.
        frames: Frames that were due and offered for analysis.
        dropped: Offered frames that a newer one replaced before they were fetched.
        decode_errors: Packets that did not decode.
        reconnects: Times that frames came again after a loss or pause.
        last_frame_at: Aware UTC of the last decoded frame, or ``None``.
        via: How its pictures come, such as ``rtsp over udp``; ``None`` before the first connection.
    """

    state: CameraState
    problem: str | None
    decoded: int
    frames: int
    dropped: int
    decode_errors: int
    reconnects: int
    last_frame_at: datetime | None
    via: str | None = None


class LiveSource:
    """A ``FrameSource`` over a camera that runs until it is stopped.

    Iterating it alone starts it; several run together in ``LiveCameras``. A camera that delivers nothing is reported as
    one ``Gap`` when that begins (``end`` is ``None``) and again, closed, when it sees again. Frames nobody fetched in
    time are dropped and counted; that is no gap. Stopping leaves an open gap open: whoever starts next knows better.

    Args:
        feed: The camera's address, or another way to get pictures.
        camera: Whose frames these are.
        optics: How the camera hangs, what its lens bends, and what is blacked out in every frame.
        fps: Frames wanted per second; ``None`` offers every frame.
        clock: The aware wall clock.

    Raises:
        ConfigError: ``fps`` is not above 0.
    """

    def __init__(
        self,
        feed: Feed | SecretUrl,
        *,
        camera: CameraId,
        clock: Callable[[], datetime],
        optics: Optics = AS_IT_COMES,
        fps: float | None = None,
    ) -> None:
        if fps is not None and not (math.isfinite(fps) and fps > 0):
            raise ConfigError("frames per second must be above 0", expected="a number such as 5", got=str(fps))
        self._feed: Feed = StreamFeed(feed) if isinstance(feed, SecretUrl) else feed
        self._camera, self._clock, self._fps = camera, clock, fps
        self._eye = Eye(optics)
        self._arrival, self._blindness = ArrivalClock(), Blindness(camera)
        self._health: HealthWatch | None = None
        self._clock_gaps = ClockGaps(camera)
        self._backoff = Backoff(random.Random())  # noqa: S311  spreads reconnections, guards nothing
        self._control = Condition()
        self._stopping = self._paused = False
        self._thread: Thread | None = None
        self._inbox = Inbox((camera,))
        self._state = CameraState.CONNECTING
        self._problem: str | None = None
        self._via: str | None = None
        self._decoded = self._frames = self._decode_errors = self._reconnects = 0
        self._first_at: datetime | None = None
        self._last_at: datetime | None = None
        self._last_due = -1
        self._delivering_since: float | None = None

    @property
    def camera(self) -> CameraId:
        """Whose frames these are."""
        return self._camera

    @property
    def stats(self) -> CameraStats:
        """What this camera did so far; callable from any thread."""
        return CameraStats(
            state=self._state,
            problem=self._problem,
            decoded=self._decoded,
            frames=self._frames,
            dropped=self._inbox.dropped(self._camera),
            decode_errors=self._decode_errors,
            reconnects=self._reconnects,
            last_frame_at=self._last_at,
            via=self._via,
        )

    def guard(self, health: HealthWatch) -> None:
        """Has pictures looked at before they are offered: those that show nothing become gaps. Before the start."""
        self._health = health

    def start(self, inbox: Inbox) -> None:
        """Starts the thread that leaves frames and gaps in ``inbox``; a source starts once.

        Raises:
            RuntimeError: It was started before.
        """
        if self._thread is not None:
            msg = f"camera {self._camera} was started before"
            raise RuntimeError(msg)
        self._inbox = inbox
        # A daemon, so that a call into FFmpeg that never returns cannot keep the process alive.
        self._thread = Thread(target=self._run, name=f"capture {self._camera}", daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """Closes the stream until ``resume``; the camera is blind, neutrally (``PAUSED``)."""
        self._order(paused=True)

    def resume(self) -> None:
        """Opens the stream again."""
        self._order(paused=False)

    def request_stop(self) -> None:
        """Asks the thread to end, without waiting for it."""
        with self._control:
            self._stopping = True
            self._control.notify_all()

    def stop(self) -> None:
        """Ends the thread and waits for it: at most until a running open or read times out."""
        self.request_stop()
        if self._thread is not None:
            self._thread.join()

    def __iter__(self) -> Iterator[Frame | Gap]:
        inbox = Inbox((self._camera,))
        self.start(inbox)
        try:
            while not inbox.exhausted:
                found = inbox.next(_FETCH_S)
                if found is not None:
                    yield found[1]
        finally:
            self.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _order(self, *, paused: bool) -> None:
        with self._control:
            self._paused = paused
            self._control.notify_all()

    def _wait(self, seconds: float) -> None:
        """Sleeps, unless stopped or paused."""
        with self._control:
            self._control.wait_for(self._interrupted, seconds)

    def _interrupted(self) -> bool:
        return self._stopping or self._paused

    def _run(self) -> None:
        played = False
        try:
            while not self._stopping and not played:
                if self._paused:
                    self._rest()
                else:
                    played = self._watch()
        finally:
            self._state = CameraState.ENDED if played else CameraState.STOPPED
            self._inbox.close(self._camera)

    def _rest(self) -> None:
        """Sees nothing until resumed or stopped."""
        self._state, self._problem = CameraState.PAUSED, None
        self._goes_blind(GapReason.PAUSED, self._arrival.instant(self._now()))
        log.info("camera_paused camera=%s", self._camera)
        with self._control:
            self._control.wait_for(lambda: self._stopping or not self._paused)
        self._state = CameraState.CONNECTING

    def _watch(self) -> bool:
        """Watches over one connection, then waits before the next; ``True`` when there will be no other."""
        attempt_at = self._arrival.instant(self._now())
        self._delivering_since, refused = None, False
        try:
            return self._receive()
        except StreamLostError as lost:
            refused = lost.refused
            self._lose(lost.reason, lost.problem, attempt_at)
        except Exception:  # noqa: BLE001  one camera's surprise must not blind the others
            trace = self._feed.redact(traceback.format_exc())
            log.error("camera_failed camera=%s\n%s", self._camera, trace)  # noqa: TRY400  it could hold the address
            self._lose(GapReason.UNREADABLE, "an internal error, see the log", attempt_at)
        self._wait(self._backoff.next_s(delivered_s=self._delivered_s(), refused=refused))
        return False

    def _delivered_s(self) -> float:
        """How long the current connection has delivered frames, seconds."""
        return 0.0 if self._delivering_since is None else monotonic() - self._delivering_since

    def _receive(self) -> bool:
        """Reads one connection; ``True`` when the feed itself came to its end."""
        self._arrival.reconnected()
        with closing(self._feed.pictures(self._wait)) as pictures:
            for received in pictures:
                if self._interrupted():
                    return False
                if isinstance(received, TimedPicture):
                    self._see(received)
                elif isinstance(received, Opened):
                    self._via = received.via
                elif received is Sign.BROKEN_PACKET:
                    self._decode_errors += 1
        return True

    def _see(self, timed: TimedPicture) -> None:
        now, before = self._now(), self._last_at
        at = self._arrival.at(timed.elapsed_us, arrival=now)
        if self._delivering_since is None:
            self._connect(at)
        for gap in self._clock_gaps.update(now, monotonic(), before=before, at=at):
            self._inbox.put(gap)
        self._first_at = self._first_at or at
        self._last_at = at
        number, t_s = self._decoded, (at - self._first_at).total_seconds()
        self._decoded += 1
        due, key = self._is_due(t_s), bool(timed.picture.key_frame)
        if not due and not (key and self._health is not None):
            return
        picture = self._eye.see(timed.picture)
        if self._health is not None:
            sight = self._health.update(picture, t_s, key=key)
            if self._aim(sight.shift):
                picture = self._eye.see(timed.picture)
            if sight.reason is not None:
                self._shows_nothing(sight.reason, sight, at)
                return
            self._sees(at)
        if due:
            self._frames += 1
            self._inbox.put(Frame(self._camera, Moment(number, t_s, at), picture, self._eye.shift))

    def _is_due(self, t_s: float) -> bool:
        if self._fps is None:
            return True
        due = round(t_s * self._fps)
        if due <= self._last_due:
            return False
        self._last_due = due
        return True

    def _connect(self, at: datetime) -> None:
        self._delivering_since = monotonic()
        self._reconnects += self._last_at is not None
        if self._health is None or self._health.sight.reason is None:
            self._sees(at)

    def _sees(self, at: datetime) -> None:
        if self._state is CameraState.LIVE:
            return
        self._state, self._problem = CameraState.LIVE, None
        for gap in self._blindness.ends(at):
            self._inbox.put(gap)
        log.info("camera_live camera=%s via=%s", self._camera, self._via)

    def _shows_nothing(self, reason: GapReason, sight: Sight, at: datetime) -> None:
        """Reports a gap since the last picture that showed something, once."""
        if self._state is CameraState.BLIND and self._blindness.reason is reason:
            return
        self._state, self._problem = CameraState.BLIND, PROBLEMS[reason]
        last_good = later(self._first_at or at, round(sight.since_s * MICROSECONDS))
        for gap in self._blindness.begins(reason, at if self._blindness.lasts else last_good):
            self._inbox.put(gap)
        say = log.info if reason.neutral else log.warning
        say("camera_shows_nothing camera=%s reason=%s", self._camera, reason)

    def _aim(self, shift: Shift) -> bool:
        """Lets the masks follow a camera that has moved a little; whether it has."""
        if shift == self._eye.shift:
            return False
        self._eye.follow(shift)
        log.warning("camera_moved camera=%s shift=%s", self._camera, shift)
        return True

    def _lose(self, reason: GapReason, problem: str, attempt_at: datetime) -> None:
        # The state first: whoever fetches the gap may ask for it at once.
        self._state, self._problem = CameraState.LOST, problem
        if self._goes_blind(reason, attempt_at):
            log.warning("camera_lost camera=%s reason=%s problem=%s", self._camera, reason, problem)

    def _goes_blind(self, reason: GapReason, now: datetime) -> bool:
        """Reports a gap since the last frame, or since ``now`` when blind already; whether there was one to report."""
        since = now if self._last_at is None else self._last_at
        if self._blindness.lasts:
            since = max(since, now)
        gaps = self._blindness.begins(reason, since)
        for gap in gaps:
            self._inbox.put(gap)
        return bool(gaps)

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)
