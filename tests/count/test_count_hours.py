"""Whole hours only, and of no one person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker.count.hours import FEWEST_SEATS, BusyHour, HourLedger
from tracker.domain.events import ActivityInterval
from tracker.domain.frames import CameraId
from tracker.domain.rules import RuleId

SEWING, PACKING = RuleId("sewing"), RuleId("packing")
TEN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FRAME_MIN = 5


def at(minute: float) -> datetime:
    """So many minutes after ten."""
    return TEN + timedelta(minutes=minute)


def busy(start_min: float, end_min: float, *, seats: int = FEWEST_SEATS, rule: RuleId = SEWING) -> ActivityInterval:
    return ActivityInterval(
        CameraId("room"), rule, None, seats, start_min * 60, end_min * 60, at(start_min), at(end_min)
    )


def watch(ledger: HourLedger, start_min: int, end_min: int, *rules: RuleId) -> list[BusyHour]:
    """Hours that are over while frames come every few minutes, from and up to a minute."""
    minutes = range(start_min, end_min, FRAME_MIN)
    return [hour for minute in minutes for hour in ledger.roll(at(minute), rules or (SEWING,))]


def test_an_hour_watched_whole_comes_back_once_with_its_busy_seconds() -> None:
    ledger = HourLedger()
    assert watch(ledger, -5, 30) == []  # ten begins while we watch
    ledger.add([busy(5, 15)])
    assert watch(ledger, 30, 60) == []
    ledger.add([busy(30, 32.5)])
    assert watch(ledger, 60, 90) == [BusyHour(SEWING, TEN, 750.0)]
    assert watch(ledger, 90, 125) == [BusyHour(SEWING, at(60), 0.0)]  # nothing is carried over


def test_idle_rules_count_as_zero_and_only_wanted_ones_come_back() -> None:
    ledger = HourLedger()
    watch(ledger, -5, 60, SEWING, PACKING)
    ledger.add([busy(5, 15), busy(5, 10, rule=RuleId("unwanted"))])
    assert ledger.roll(at(60), (SEWING, PACKING)) == (BusyHour(SEWING, TEN, 600.0), BusyHour(PACKING, TEN, 0.0))


def test_the_hour_that_was_joined_late_says_nothing() -> None:
    ledger = HourLedger()
    assert watch(ledger, 20, 60) == []
    ledger.add([busy(20, 40)])
    assert watch(ledger, 60, 65) == []
    assert watch(ledger, 65, 125) == [BusyHour(SEWING, at(60), 0.0)]


@pytest.mark.parametrize(
    ("blind_from", "sees_again", "told"),
    [
        (20, 40, [60]),  # within ten: eleven was watched whole
        (50, 75, []),  # over the turn: neither ten nor eleven was
        (55, 60, []),  # until the turn exactly: nobody saw the turn itself
        (20, 130, []),  # all of eleven is missing
    ],
)
def test_an_hour_with_a_blind_stretch_says_nothing(blind_from: int, sees_again: int, told: list[int]) -> None:
    ledger = HourLedger()
    hours = watch(ledger, -5, blind_from)
    ledger.spoil()  # the gap opens
    ledger.spoil()  # and is told again when it closes
    hours += watch(ledger, sees_again, 125)
    assert [hour.start for hour in hours] == [at(minute) for minute in told]


def test_a_stretch_over_the_turn_is_cut_at_the_hour() -> None:
    ledger = HourLedger()
    watch(ledger, -10, 5)
    ledger.add([busy(-10, 2)])
    assert watch(ledger, 5, 65) == [BusyHour(SEWING, TEN, 120.0)]


def test_a_stretch_that_ended_before_the_hour_adds_nothing() -> None:
    ledger = HourLedger()
    watch(ledger, -10, 5)
    ledger.add([busy(-10, -5)])
    assert watch(ledger, 5, 65) == [BusyHour(SEWING, TEN, 0.0)]


def test_no_hour_is_busier_than_an_hour() -> None:
    ledger = HourLedger()
    watch(ledger, -5, 60)
    ledger.add([busy(0, 60), busy(0, 30)])
    assert watch(ledger, 60, 65) == [BusyHour(SEWING, TEN, 3600.0)]


@pytest.mark.parametrize(("seats", "seconds"), [(1, 0.0), (FEWEST_SEATS - 1, 0.0), (FEWEST_SEATS, 600.0)])
def test_activity_of_few_seats_never_leaves(seats: int, seconds: float) -> None:
    ledger = HourLedger()
    watch(ledger, -5, 60)
    ledger.add([busy(5, 15, seats=seats)])
    assert watch(ledger, 60, 65) == [BusyHour(SEWING, TEN, seconds)]


def test_what_came_before_the_first_frame_is_dropped() -> None:
    ledger = HourLedger()
    ledger.add([busy(5, 15)])
    assert watch(ledger, 20, 60) == []
    assert watch(ledger, 60, 125) == [BusyHour(SEWING, at(60), 0.0)]


@pytest.mark.parametrize(("minute", "turns"), [(10, False), (59.99, False), (60, True), (200, True)])
def test_the_turn_is_known_before_the_frame_is_counted(minute: float, turns: bool) -> None:
    ledger = HourLedger()
    assert not ledger.turns_at(at(minute))  # nothing runs yet
    ledger.roll(at(5), (SEWING,))
    assert ledger.turns_at(at(minute)) is turns
