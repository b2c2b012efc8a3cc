"""All rules of one camera."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.count.activity import Activity
from tracker.count.gate import Gate
from tracker.count.stock import Stock
from tracker.count.transfer import Transfer
from tracker.count.view import View
from tracker.domain.cards import CardSighting
from tracker.domain.events import ActivityInterval, Event, StockReading
from tracker.domain.rules import ActivityRule, Calibration, GateRule, Rule, StockRule


@dataclass(frozen=True, slots=True)
class Counted:
    """What one frame made certain, in the order of the calibration's rules.

    Attributes:
        cards: Order cards that were seen; they count nothing.
    """

    events: tuple[Event, ...]
    stock: tuple[StockReading, ...]
    activity: tuple[ActivityInterval, ...]
    cards: tuple[CardSighting, ...] = ()


class Counter:
    """Runs every rule of a calibration over the tracks of its camera.

    Args:
        calibration: The camera's rules.
        labels: The model's class names by class id.
    """

    def __init__(self, calibration: Calibration, labels: tuple[str, ...]) -> None:
        self._calibration, self._labels = calibration, labels
        self.restart()

    def restart(self) -> Counted:
        """Forget every track, because the picture's size or view changed; what was open is closed and returned."""
        closed = self.flush() if hasattr(self, "_watchers") else Counted((), (), ())
        self._watchers = [self._watcher(rule) for rule in self._calibration.rules]
        return closed

    def update(self, view: View) -> Counted:
        """What this frame made certain."""
        events: list[Event] = []
        stock: list[StockReading] = []
        activity: list[ActivityInterval] = []
        for watcher in self._watchers:
            if isinstance(watcher, Stock):
                stock += watcher.update(view)
            elif isinstance(watcher, Activity):
                activity += watcher.update(view)
            else:
                events += watcher.update(view)
        return Counted(tuple(events), tuple(stock), tuple(activity))

    def flush(self) -> Counted:
        """Close what is open, at the end of a source or when the camera goes blind."""
        intervals = [done for w in self._watchers if isinstance(w, Activity) for done in w.flush()]
        return Counted((), (), tuple(intervals))

    def _watcher(self, rule: Rule) -> Gate | Transfer | Stock | Activity:
        camera = self._calibration.camera
        if isinstance(rule, GateRule):
            return Gate(rule, camera, self._labels)
        if isinstance(rule, StockRule):
            return Stock(rule, camera, self._labels)
        if isinstance(rule, ActivityRule):
            return Activity(rule, camera, self._labels)
        return Transfer(rule, camera, self._labels)
