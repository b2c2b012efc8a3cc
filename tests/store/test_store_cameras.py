from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as over
from hypothesis import strategies as st
from sqlalchemy import insert
from store_samples import MONDAY_8, SEW, TRAY, camera

from tracker.domain.errors import ConflictError
from tracker.domain.frames import CameraId, Gap, GapReason
from tracker.domain.rules import (
    ActivityRule,
    CellId,
    CountUnit,
    GateRule,
    RuleId,
    StockRule,
    Target,
    TransferRule,
    Zone,
)
from tracker.store import ActivityWindow, CameraState, Store
from tracker.store.tables import ActivityWindowRow


def at(minutes: float) -> datetime:
    return MONDAY_8 + timedelta(minutes=minutes)


def gap(start: float, end: float | None = None, reason: GapReason = GapReason.UNREACHABLE) -> Gap:
    return Gap(TRAY, reason, at(start), None if end is None else at(end))


def kinds(store: Store) -> list[str]:
    with store.read() as view:
        return [entry.kind for entry in view.log_entries()]


def test_a_camera_comes_back_as_it_was_set(store: Store) -> None:
    seen = camera(last_frame_at=at(1), frames=600, dropped=3, problem="no answer")
    with store.write(at(1)) as unit:
        unit.set_camera(camera(camera=CameraId("qc"), provider=None, model=None, model_sha256=None))
        unit.set_camera(seen)
        assert [status.camera for status in unit.cameras()] == ["qc", TRAY]
        assert unit.cameras()[1] == seen


def test_only_what_matters_about_a_camera_is_logged(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        unit.set_camera(camera())
        unit.set_camera(camera(frames=9, last_frame_at=at(1), state=CameraState.BLIND))
        unit.set_camera(camera(provider="CUDAExecutionProvider", model="garments"))
    assert kinds(store) == ["camera.added", "camera.changed"]
    with store.read() as view:
        changed = json.loads(view.log_entries()[1].payload)
    assert changed == {
        "provider": ["CPUExecutionProvider", "CUDAExecutionProvider"],
        "model": ["default", "garments"],
    }


def test_a_cameras_rules_are_replaced_as_a_whole(store: Store) -> None:
    zone = Zone("table", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
    target = Target((), CountUnit.PIECE, 1, SEW, CellId("A"))
    rules = [
        GateRule(RuleId("gate"), target, (0.0, 0.5), (1.0, 0.5)),
        TransferRule(RuleId("move"), target, zone, zone),
        StockRule(RuleId("pile"), target, zone),
        ActivityRule(RuleId("busy"), zone, (), None, 3),
    ]
    with store.write(MONDAY_8) as unit:
        unit.set_camera_rules(CameraId("other"), rules[:1])
        unit.set_camera_rules(TRAY, rules[:1])
        unit.set_camera_rules(TRAY, rules)
        unit.set_camera_rules(TRAY, rules[::-1])
        found = [(rule.rule, rule.kind, rule.step, rule.cell) for rule in unit.camera_rules() if rule.camera == TRAY]
    assert found == [
        ("busy", "activity", None, None),
        ("gate", "gate", SEW, "A"),
        ("move", "transfer", SEW, "A"),
        ("pile", "stock", SEW, "A"),
    ]
    assert kinds(store) == ["camera.rules"] * 3


def test_a_camera_may_lose_all_its_rules(store: Store) -> None:
    gate = GateRule(RuleId("gate"), Target((), CountUnit.PIECE, 1, None, None), (0.0, 0.5), (1.0, 0.5))
    with store.write(MONDAY_8) as unit:
        unit.set_camera_rules(TRAY, [gate])
        unit.set_camera_rules(TRAY, [])
        assert unit.camera_rules() == ()


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([gap(0)], [gap(0)]),  # one that lasts
        ([gap(0), gap(0)], [gap(0)]),  # told twice
        ([gap(0), gap(0, 5)], [gap(0, 5)]),  # told again when it ended
        ([gap(0, 5), gap(0, 9)], [gap(0, 9)]),  # and once more, longer
        ([gap(0, 5), gap(0, 3)], [gap(0, 5)]),  # or shorter
        ([gap(0, 5), gap(0)], [gap(0, 5)]),  # a replay tells the beginning again
        ([gap(0), gap(3)], [gap(0)]),  # the same trouble goes on
        ([gap(0), gap(3, reason=GapReason.PAUSED)], [gap(0, 3), gap(3, None, GapReason.PAUSED)]),  # other trouble
        ([gap(0, None, GapReason.STOPPED), gap(3, 5)], [gap(0, 3, GapReason.STOPPED), gap(3, 5)]),  # and it ended
        ([gap(3), gap(0)], [gap(0, 3), gap(3)]),  # an earlier one heard of later
        ([gap(3), gap(0, 1)], [gap(0, 1), gap(3)]),  # over before the one that lasts
        ([gap(0, 0)], [gap(0, 0)]),  # no time at all
    ],
)
def test_a_camera_has_at_most_one_gap_that_lasts(store: Store, told: list[Gap], kept: list[Gap]) -> None:
    with store.write(MONDAY_8) as unit:
        for one in told:
            unit.open_gap(one)
        assert list(unit.gaps()) == kept


def test_gaps_come_with_the_record_of_a_camera(store: Store) -> None:
    with store.write(at(5)) as unit:
        unit.record(TRAY, events=(), stock=(), gaps=[gap(0)], watermark=at(0))
        unit.record(TRAY, events=(), stock=(), gaps=[gap(0, 4)], watermark=at(5))
        assert unit.gaps() == (gap(0, 4),)
    assert kinds(store) == ["gap.opened", "gap.closed"]


def test_a_gap_that_lasts_can_be_closed(store: Store) -> None:
    with store.write(at(9)) as unit:
        unit.open_gap(gap(0))
        assert unit.close_gap(TRAY, at(4))
        assert not unit.close_gap(TRAY, at(5))
        assert unit.gaps() == (gap(0, 4),)


def test_a_gap_cannot_end_before_it_starts(store: Store) -> None:
    with store.write(at(9)) as unit:
        with pytest.raises(ConflictError, match="ends before it starts"):
            unit.open_gap(gap(3, 2))
        unit.open_gap(gap(3))
        with pytest.raises(ConflictError, match="cannot end before"):
            unit.close_gap(TRAY, at(2))
        assert unit.gaps() == (gap(3),)


def test_all_open_gaps_can_be_closed_at_once(store: Store) -> None:
    other, third = CameraId("other"), CameraId("third")
    with store.write(at(9)) as unit:
        for one in (gap(0), replace(gap(1), camera=other), replace(gap(8), camera=third), gap(-5, -4)):
            unit.open_gap(one)
        assert unit.close_open_gaps(at(5), cameras=[other]) == 1
        assert unit.close_open_gaps(at(5)) == 2
        assert unit.close_open_gaps(at(5)) == 0
        assert [(one.camera, one.end) for one in unit.gaps(since=at(0))] == [
            (TRAY, at(5)),
            (other, at(5)),
            (third, at(8)),
        ]


def test_gaps_can_be_asked_by_camera_and_time(store: Store) -> None:
    other = replace(gap(2, 3), camera=CameraId("other"))
    with store.write(at(9)) as unit:
        for one in (gap(0, 1), other, gap(4)):
            unit.open_gap(one)
        assert unit.gaps(TRAY) == (gap(0, 1), gap(4))
        assert unit.gaps(since=at(2)) == (other, gap(4))


EXAMPLES = count()
REASONS = st.sampled_from(GapReason)
MINUTES = st.integers(0, 30)
TOLD = st.lists(st.tuples(MINUTES, st.none() | st.integers(0, 10), REASONS), max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@over(told=TOLD)
def test_blind_time_that_was_told_is_never_lost(store: Store, told: list[tuple[int, int | None, GapReason]]) -> None:
    blind = CameraId(f"camera{next(EXAMPLES)}")  # one database for all examples: a camera each
    gaps = [
        replace(gap(start, None if length is None else start + length, reason), camera=blind)
        for start, length, reason in told
    ]
    with store.write(MONDAY_8) as unit:
        for one in gaps:
            unit.open_gap(one)
        kept = unit.gaps(blind)
    assert sum(one.end is None for one in kept) <= 1
    for minute in range(45):
        covered = any(one.start <= at(minute) and (one.end is None or at(minute) < one.end) for one in kept)
        assert covered or not any(one.end and one.start <= at(minute) < one.end for one in gaps)


def window(**changes: object) -> ActivityWindow:
    hour = ActivityWindow(TRAY, RuleId("busy"), CellId("A"), 3, MONDAY_8, 3600, 1200.5)
    return replace(hour, **changes)


def test_activity_comes_back_as_it_was_recorded(store: Store) -> None:
    later = window(start=at(60), cell=None)
    with store.write(at(120)) as unit:
        unit.add_activity_windows([window(), later])
        unit.add_activity_windows([window(busy_s=1.0)])
        assert unit.activity_windows() == (window(), later)
        assert unit.activity_windows(since=at(60)) == (later,)


@pytest.mark.parametrize(
    "too_fine",
    [window(seats=2), window(seats=1), window(duration_s=3599)],  # two seats, unknown seats, less than an hour
)
def test_activity_about_persons_is_refused_twice(store: Store, too_fine: ActivityWindow) -> None:
    with pytest.raises(ConflictError, match="too fine"), store.write(MONDAY_8) as unit:
        unit.add_activity_windows([too_fine])
    around = {name: getattr(too_fine, name) for name in ("camera", "rule", "cell", "seats", "start", "duration_s")}
    with pytest.raises(ConflictError, match="at_least"), store.write(MONDAY_8) as unit:
        unit._connection.execute(insert(ActivityWindowRow), around | {"busy_s": 1.0})


@pytest.mark.parametrize(
    ("state", "last_frame_s", "behind_s"),
    [
        (CameraState.WATCHING, -0.25, 0.25),
        (CameraState.WATCHING, 3.0, 0.0),  # a camera whose clock goes ahead
        (CameraState.WATCHING, None, None),  # nothing seen yet
        (CameraState.BLIND, -60.0, None),  # nothing comes that could be behind
    ],
)
def test_how_far_a_camera_is_behind_comes_from_when_it_was_written(
    store: Store, state: CameraState, last_frame_s: float | None, behind_s: float | None
) -> None:
    seen_at = None if last_frame_s is None else MONDAY_8 + timedelta(seconds=last_frame_s)
    status = camera(state=state, last_frame_at=seen_at)
    assert status.behind_s is None  # not written yet
    with store.write(MONDAY_8) as unit:
        unit.set_camera(status)
    with store.read() as view:
        (stored,) = view.cameras()
    assert stored == status
    assert (stored.said_at, stored.behind_s) == (MONDAY_8, behind_s)


def test_a_clock_that_is_trusted_takes_the_watermark_back_once(store: Store) -> None:
    with store.write(at(60)) as unit:
        unit.record(TRAY, events=(), stock=(), gaps=(), watermark=at(60))
    for _ in range(2):
        with store.write(at(10)) as unit:
            unit.turn_back(TRAY)
            unit.turn_back(CameraId("never-seen"))
    with store.read() as view:
        assert view.watermark(TRAY) == at(10)
        assert view.logged_until() == at(10)
    assert kinds(store).count("camera.clock_trusted") == 1


def test_an_empty_log_reaches_nowhere(store: Store) -> None:
    with store.read() as view:
        assert view.logged_until() is None
