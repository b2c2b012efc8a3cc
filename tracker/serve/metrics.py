"""Figures for Prometheus, read from rows whenever somebody asks.

No order or customer is named, and nothing here tells a camera's pieces by the minute or the hour: scraped every few
seconds, that would be a record of how fast the one or two people in front of it work. What was counted appears once a
day and for the whole workshop (DESIGN: order totals per day, smaller figures only for three seats or more).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from tracker import __version__
from tracker.domain.calendar import production_day, production_day_bounds
from tracker.domain.errors import StoreError
from tracker.domain.estimates import Outlook, ShopCalendar
from tracker.domain.frames import CameraId, Gap, GapReason
from tracker.domain.orders import OrderState
from tracker.serve.sight import CameraSight, Sight, sights
from tracker.store import ReadView, Store

Labels = TypeVar("Labels", bound=tuple[str, ...])

MEDIA_TYPE = CONTENT_TYPE_LATEST


class Figures(Collector):
    """Computes every figure from rows at each scrape.

    The count of the day before is kept until the next production day begins; nothing else is.

    Args:
        store: Where the rows are.
        calendar: Says when a production day ends.
        clock: Aware UTC now.
    """

    def __init__(self, store: Store, *, calendar: ShopCalendar, clock: Callable[[], datetime]) -> None:
        self._store, self._calendar, self._clock = store, calendar, clock
        self._counted: tuple[date, int] | None = None

    def collect(self) -> Iterator[Metric]:
        """All figures; only the one that says so when the database cannot be read."""
        yield _gauge("build_info", "Version of Fairloom.", {(__version__,): 1}, ("version",))
        try:
            with self._store.read() as view:
                figures = list(self._read(view, self._clock()))
        except StoreError:
            figures = []
        yield _gauge("database_readable", "Whether the database could be read.", {(): float(bool(figures))})
        yield from figures

    def text(self) -> bytes:
        """The exposition format that Prometheus reads."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def _read(self, view: ReadView, now: datetime) -> Iterator[Metric]:
        gaps = view.gaps()
        yield from _cameras(sights(view.cameras(), gaps, now=now), gaps, now)
        unassigned = view.unassigned(0)
        yield _gauge("unassigned_pieces", "Pieces that belong to no order.", {(): unassigned.total_pieces})
        yield _gauge("unassigned_events", "Events that belong to no order.", {(): unassigned.total_events})
        yield _gauge(
            "events_previous_day", "Events of the last whole production day.", {(): self._yesterday(view, now)}
        )
        yield _orders(view)

    def _yesterday(self, view: ReadView, now: datetime) -> int:
        day = production_day(self._calendar, now) - timedelta(days=1)
        if self._counted is None or self._counted[0] != day:
            start, end = production_day_bounds(self._calendar, day)
            self._counted = day, sum(stored.event.moment.at < end for stored in view.events(since=start))
        return self._counted[1]


def _cameras(seen: tuple[CameraSight, ...], gaps: tuple[Gap, ...], now: datetime) -> Iterator[Metric]:
    labels = ("camera",)
    frames = CounterMetricFamily("fairloom_frames", "Frames decoded since the source was opened.", labels=labels)
    dropped = CounterMetricFamily("fairloom_frames_dropped", "Frames that were not looked at.", labels=labels)
    blind = CounterMetricFamily("fairloom_gap_seconds", "Seconds in which a camera saw nothing.", labels=labels)
    blind_s: Counter[CameraId] = Counter()
    for gap in gaps:
        blind_s[gap.camera] += max(0.0, ((gap.end or now) - gap.start).total_seconds())  # type: ignore[assignment]
    for one in seen:
        frames.add_metric([one.camera], one.status.frames)
        dropped.add_metric([one.camera], one.status.dropped)
        blind.add_metric([one.camera], blind_s[one.camera])
    yield from (frames, dropped, blind)
    states = {(one.camera, state.value): float(one.sight is state) for one in seen for state in Sight}
    yield _gauge("camera_state", "1 for the state that a camera is in.", states, ("camera", "state"))
    reasons = {
        (gap.camera, reason.value): float(gap.reason is reason)
        for gap in gaps
        if gap.end is None
        for reason in GapReason
    }
    yield _gauge("gap_open", "1 for the reason why a camera sees nothing.", reasons, ("camera", "reason"))
    last = {(one.camera,): at.timestamp() for one in seen if (at := one.status.last_frame_at) is not None}
    yield _gauge("last_frame_timestamp_seconds", "Unix time of the latest frame.", last, labels)
    behind = {(one.camera,): late for one in seen if (late := one.status.behind_s) is not None}
    yield _gauge("camera_behind_seconds", "Age of the latest frame when it had been looked at.", behind, labels)


def _orders(view: ReadView) -> Metric:
    accepted = {order.id for order in view.orders((OrderState.ACCEPTED,))}
    told = Counter(estimate.outlook for estimate in view.estimates() if estimate.order in accepted)
    told[Outlook.NO_DATA] += len(accepted) - told.total()
    return _gauge("orders", "Accepted orders by outlook.", {(o.value,): told[o] for o in Outlook}, ("outlook",))


def _gauge(
    name: str, documentation: str, values: Mapping[Labels, float], labels: tuple[str, ...] = ()
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"fairloom_{name}", documentation, labels=labels)
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family
