"""The live loop: many cameras, one thread that counts, one transaction a batch.

A capture thread a camera leaves its newest frame in a slot; this loop takes them in turn, counts, and commits what
became certain. Estimates and releases follow every few seconds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event as Flag
from time import monotonic
from typing import Any, Protocol

from tracker.capture import CameraState as FeedState
from tracker.capture import CameraStats, LiveCameras
from tracker.count import Counted
from tracker.count.hours import FEWEST_SEATS, HOUR, BusyHour, HourLedger
from tracker.domain.cards import CardSighting
from tracker.domain.errors import StoreError
from tracker.domain.estimates import ShopCalendar
from tracker.domain.events import Event, StockReading
from tracker.domain.frames import CameraId, Frame, Gap, GapReason
from tracker.domain.orders import OrderId
from tracker.domain.rules import ActivityRule, Calibration, RuleId
from tracker.guarded import GuardedPipeline
from tracker.pipeline import CameraPipeline
from tracker.progress import refresh
from tracker.recording import record_events
from tracker.store import ActivityWindow, CameraState, CameraStatus, Store, WriteUnit

log = logging.getLogger(__name__)

BEAT = timedelta(seconds=2)
"""How often watermarks are committed when nothing was counted: a power cut widens the Gap by at most this."""
REFRESH = timedelta(seconds=10)
"""How often the orders that moved are estimated anew; people do not read faster."""
REFRESH_ALL = timedelta(minutes=5)
"""How often every open order is, because time alone changes a forecast."""
PATIENCE = 5
"""A database that takes long to refuse is asked again after so many times as long: frames do not wait meanwhile."""
WAIT_S = 0.25
"""Longest wait for a frame before the loop looks at the clock and at the stop flag."""

STATES = {
    FeedState.CONNECTING: CameraState.STARTING,
    FeedState.LIVE: CameraState.WATCHING,
    FeedState.LOST: CameraState.BLIND,
    FeedState.BLIND: CameraState.BLIND,
    FeedState.PAUSED: CameraState.PAUSED,
    FeedState.STOPPED: CameraState.STOPPED,
    FeedState.ENDED: CameraState.ENDED,
}


@dataclass(frozen=True, slots=True)
class Model:
    """What looks through the cameras, for the record."""

    name: str
    sha256: str
    provider: str


@dataclass(frozen=True, slots=True)
class Shop:
    """Where counts go, and by which clock.

    Attributes:
        calendar: When the shop works.
        clock: Aware UTC now.
    """

    store: Store
    calendar: ShopCalendar
    clock: Callable[[], datetime]


class Onlooker(AbstractContextManager[Any], Protocol):
    """Sees what the loop sees, for another end than counting; it may neither take time nor raise."""

    @property
    def cameras(self) -> tuple[CameraId, ...]:
        """Of which cameras it may keep a picture of the empty room; on record."""
        ...

    def take(self, seen: Frame | Gap) -> None:
        """Takes in what a camera saw, once it was counted."""
        ...


@dataclass(slots=True)
class _Lane:
    """One camera in the loop: its pipeline, and what it counted that is not committed yet."""

    pipeline: GuardedPipeline
    hours: HourLedger = field(default_factory=HourLedger)
    events: list[Event] = field(default_factory=list)
    stock: list[StockReading] = field(default_factory=list)
    cards: list[CardSighting] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    windows: list[ActivityWindow] = field(default_factory=list)
    last_at: datetime | None = None
    inherited: Gap | None = None
    """The gap that an earlier process, or its end, left open; over with the first frame."""

    @property
    def calibration(self) -> Calibration:
        return self.pipeline.calibration

    @property
    def urgent(self) -> bool:
        return bool(self.events or self.stock or self.cards or self.gaps)

    def clear(self) -> None:
        for kept in (self.events, self.stock, self.cards, self.gaps, self.windows):
            kept.clear()


class Watch:
    """Watches a workshop's cameras until told to stop.

    What a refusing database did not take (locked, disk full) is kept in memory and offered again at every beat: event
    ids make that safe.

    Args:
        live: The cameras, not started yet.
        pipelines: One a camera; all share one detector.
        model: What looks through the cameras.
        shop: Where counts go.
        onlooker: Who else sees the frames; entered before the cameras start.
    """

    def __init__(
        self,
        live: LiveCameras,
        pipelines: Iterable[CameraPipeline],
        *,
        model: Model,
        shop: Shop,
        onlooker: Onlooker | None = None,
    ) -> None:
        self._live, self._model, self._onlooker = live, model, onlooker
        self._store, self._calendar, self._clock = shop.store, shop.calendar, shop.clock
        self._lanes = {one.calibration.camera: _Lane(GuardedPipeline(one)) for one in pipelines}
        self._moved: set[OrderId] = set()
        self._refused: str | None = None
        self._timed = self._next_beat = self._next_refresh = self._next_all = self._clock()

    def run(self, stop: Flag) -> None:
        """Watch until ``stop`` is set or every source has ended; what was counted is committed before returning.

        Raises:
            StoreError: The database refuses at the very start, or still refuses what is left at the end.
            Exception: What every camera's pipeline has failed with for about half a minute.
        """
        self._begin()
        try:
            with self._onlooker or nullcontext(), self._live:
                while not stop.is_set() and not self._live.exhausted:
                    if taken := self._live.next(WAIT_S):
                        self._take(*taken)
                        self._give_up_if_hopeless()
                    self._keep_time()
        finally:
            self._end()

    def _begin(self) -> None:
        """Put the cameras on record; the time since each was last heard of is a Gap."""
        now = self._clock()
        with self._store.write(now) as unit:
            for camera, lane in self._lanes.items():
                lane.inherited = next((gap for gap in unit.gaps(camera) if gap.end is None), None)
                heard = unit.watermark(camera)
                if lane.inherited is None and heard is not None:
                    lane.inherited = Gap(camera, GapReason.STOPPED, heard, None)
                    unit.open_gap(lane.inherited)
                unit.set_camera(self._status(camera, lane, CameraState.STARTING, None))
                unit.set_camera_rules(camera, lane.calibration.rules)
            rooms = sorted(self._onlooker.cameras) if self._onlooker else []
            about = {"cameras": sorted(self._lanes), "provider": self._model.provider, "rooms_learnt": rooms}
            unit.log("watch.started", "workshop", about)

    def _end(self) -> None:
        for lane in self._lanes.values():
            self._keep(lane, lane.pipeline.finish())
        now, stats = self._clock(), self._live.stats()
        with self._store.write(now) as unit:
            for camera, lane in self._lanes.items():
                self._write(unit, camera, lane)
                ended = stats[camera].state is FeedState.ENDED
                state = CameraState.ENDED if ended else CameraState.STOPPED
                unit.set_camera(self._status(camera, lane, state, stats[camera]))
            unit.log("watch.stopped", "workshop", {"cameras": sorted(self._lanes)})
        refresh(self._store, calendar=self._calendar, now=now)

    def _take(self, camera: CameraId, seen: Frame | Gap) -> None:
        lane = self._lanes[camera]
        if isinstance(seen, Gap):
            self._keep(lane, lane.pipeline.blind())
            lane.hours.spoil()
            lane.gaps.append(seen)
        else:
            at = seen.moment.at
            if lane.inherited is not None:
                lane.gaps.append(replace(lane.inherited, end=max(at, lane.inherited.start)))
                lane.inherited = None
            if lane.hours.turns_at(at):
                self._keep(lane, lane.pipeline.finish())
            lane.windows += self._windows(lane, lane.hours.roll(at, _storable(lane.calibration)))
            counted, gaps = lane.pipeline.update(seen)
            self._keep(lane, counted)
            lane.gaps += gaps
            if lane.pipeline.failing:
                lane.hours.spoil()
            else:
                lane.last_at = at
        if lane.urgent and self._refused is None:
            self._commit()
        if self._onlooker is not None:
            self._onlooker.take(seen)

    def _give_up_if_hopeless(self) -> None:
        """Raises what is wrong with every camera: only a new process may still help, with a new model and device."""
        guards = [lane.pipeline for lane in self._lanes.values()]
        if all(guard.hopeless for guard in guards) and guards[0].error is not None:
            raise guards[0].error

    def _keep(self, lane: _Lane, counted: Counted) -> None:
        lane.events += counted.events
        lane.stock += counted.stock
        lane.cards += counted.cards
        lane.hours.add(counted.activity)

    def _keep_time(self) -> None:
        now = self._clock()
        self._timed, before = now, self._timed
        if now < before - BEAT:
            # Somebody set the clock back: beats must not wait until it has caught up.
            self._next_beat = self._next_refresh = self._next_all = now
        if now >= self._next_beat:
            self._next_beat = now + BEAT
            self._commit()
        if self._refused is None and now >= self._next_refresh:
            self._next_refresh = now + REFRESH
            every = now >= self._next_all or _epoch_began(now)
            if every:
                self._next_all = now + REFRESH_ALL
            if every or self._moved:
                self._refresh(None if every else sorted(self._moved), now)

    def _refresh(self, orders: list[OrderId] | None, now: datetime) -> None:
        try:
            refresh(self._store, calendar=self._calendar, now=now, orders=orders)
        except StoreError as error:
            log.warning("estimates.delayed reason=%s", error)
        else:
            self._moved.clear()

    def _commit(self) -> None:
        """One transaction with everything that is certain; kept for the next beat when the database refuses."""
        stats = self._live.stats()
        began = monotonic()
        try:
            with self._store.write(self._clock()) as unit:
                for camera, lane in self._lanes.items():
                    self._write(unit, camera, lane)
                    unit.set_camera(self._status(camera, lane, _state(lane, stats[camera]), stats[camera]))
        except StoreError as error:
            if self._refused is None:
                log.warning("store.refuses reason=%s; counts are kept in memory and offered again", error)
            self._refused = str(error)
            self._next_beat = self._clock() + max(BEAT, PATIENCE * timedelta(seconds=monotonic() - began))
            return
        if self._refused is not None:
            log.info("store.accepts again")
            self._refused = None
        for lane in self._lanes.values():
            lane.clear()

    def _write(self, unit: WriteUnit, camera: CameraId, lane: _Lane) -> None:
        for gap in lane.gaps:
            unit.open_gap(gap)
        if lane.last_at is None:
            return
        unit.add_card_sightings(lane.cards)
        self._moved |= record_events(unit, camera, events=lane.events, stock=lane.stock, watermark=lane.last_at)
        unit.add_activity_windows(lane.windows)

    def _status(self, camera: CameraId, lane: _Lane, state: CameraState, stats: CameraStats | None) -> CameraStatus:
        return CameraStatus(
            camera=camera,
            purpose=lane.calibration.purpose,
            provider=self._model.provider,
            model=self._model.name,
            model_sha256=self._model.sha256,
            last_frame_at=lane.last_at,
            frames=stats.frames if stats else 0,
            dropped=stats.dropped if stats else 0,
            state=state,
            problem=stats.problem if stats and state is CameraState.BLIND else None,
        )

    def _windows(self, lane: _Lane, hours: tuple[BusyHour, ...]) -> list[ActivityWindow]:
        rules = {rule.id: rule for rule in lane.calibration.rules if isinstance(rule, ActivityRule)}
        return [
            ActivityWindow(
                camera=lane.calibration.camera,
                rule=hour.rule,
                cell=rules[hour.rule].cell,
                seats=rules[hour.rule].seats,
                start=hour.start,
                duration_s=int(HOUR.total_seconds()),
                busy_s=hour.busy_s,
            )
            for hour in hours
        ]


def _state(lane: _Lane, stats: CameraStats) -> CameraState:
    state = STATES[stats.state]
    return CameraState.BLIND if state is CameraState.WATCHING and lane.pipeline.failing else state


def _storable(calibration: Calibration) -> tuple[RuleId, ...]:
    """Activity rules of cells large enough that a figure is about no one person."""
    return tuple(r.id for r in calibration.rules if isinstance(r, ActivityRule) and r.seats >= FEWEST_SEATS)


def _epoch_began(now: datetime) -> bool:
    """Whether a release epoch began within the last refresh interval."""
    return timedelta(minutes=now.minute, seconds=now.second) < REFRESH
