"""One order's estimate: what it says, what it never says, and whether its intervals are true to their word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from estimate_cases import CALENDAR, HOUR, MONDAY, NOW, an_order, at_step, count, evidence, judge, tally, with_order
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain.errors import ConfigError
from tracker.domain.estimates import Estimate, Interval, LineShortfall, Outlook, StepEvidence
from tracker.domain.orders import OrderState
from tracker.domain.rules import StepId
from tracker.estimate import estimate
from tracker.estimate.worlds import CALENDAR as WORLD_CALENDAR
from tracker.estimate.worlds import WORLDS, World, play

NOTHING = Interval(0.0, 0.0, 0.0)


def through(got: Estimate, step: str) -> Interval:
    return next(row.pieces for row in got.steps if row.step == step)


# What it says


def test_nothing_known_is_no_progress_and_no_data() -> None:
    got = judge(evidence())
    assert (got.deliverable, got.work_content, got.finish, got.p_on_time) == (NOTHING, NOTHING, None, None)
    assert (got.outlook, got.none_due_yet, got.stale_since, got.shortfalls) == (Outlook.NO_DATA, False, None, ())
    assert [row.step for row in got.steps] == ["cut", "sew", "qc", "pack"]


def test_cameras_that_have_seen_nothing_yet_are_no_pace() -> None:
    silent = StepEvidence(StepId("sew"), (tally(0),), None, (), None, None)
    got = judge(evidence(silent))
    assert (got.finish, got.outlook, got.deliverable) == (None, Outlook.NO_DATA, NOTHING)


def test_every_step_counted_to_the_end_by_hand_is_done_when_it_was_counted() -> None:
    got = judge(evidence(at_step("pack", human=100, last_at=NOW - 3 * HOUR)))
    assert (got.deliverable, got.work_content) == (Interval(1, 1, 1), Interval(1, 1, 1))
    assert got.outlook is Outlook.DONE
    assert got.finish is not None
    assert got.finish.p10 == got.finish.p90 == NOW - 3 * HOUR
    assert got.p_on_time == 1.0


def test_done_after_the_due_date_was_late() -> None:
    got = judge(with_order(evidence(at_step("pack", human=100)), promised=date(2026, 11, 3)))
    assert (got.outlook, got.p_on_time) == (Outlook.DONE, 0.0)


def test_order_closed_by_a_person_is_done_whatever_was_counted() -> None:
    got = judge(with_order(evidence(at_step("sew", 10)), state=OrderState.CLOSED))
    assert got.outlook is Outlook.DONE


def test_camera_count_of_all_pieces_is_nearly_but_not_certainly_done() -> None:
    got = judge(evidence(at_step("pack", 100)))
    assert got.deliverable.p50 >= 0.98
    assert got.deliverable.p10 < 1
    assert got.outlook is Outlook.ON_TRACK
    within_tolerance = judge(with_order(evidence(at_step("pack", 100)), short_tolerance=0.1))
    assert within_tolerance.outlook is Outlook.DONE


def test_work_content_weighs_the_steps() -> None:
    known = evidence(*(at_step(step, human=n) for step, n in (("cut", 100), ("sew", 50), ("qc", 20), ("pack", 0))))
    assert judge(known).work_content.p50 == pytest.approx((100 * 1 + 50 * 6 + 20 * 1) / (100 * 8.5))


def test_over_cut_is_no_progress() -> None:
    exact, over = (judge(evidence(at_step("cut", human=n), at_step("sew", human=10))) for n in (100, 130))
    assert over.work_content == exact.work_content
    assert through(over, "cut").p50 == 130
    assert judge(evidence(at_step("pack", human=130))).deliverable == Interval(1, 1, 1)


def test_too_many_of_one_line_do_not_make_up_for_another() -> None:
    got = judge(evidence(at_step("pack", human=100, lines={0: 60, 1: 40}), order=an_order(50, 50)))
    assert got.deliverable == Interval(0.9, 0.9, 0.9)
    assert got.shortfalls == (LineShortfall(line=1, good=40, missing=10),)
    assert got.outlook is not Outlook.DONE


def test_shortfalls_are_about_the_last_step_only() -> None:
    assert judge(evidence(at_step("sew", lines={0: 10}))).shortfalls == ()


def test_all_lines_cancelled_leaves_nothing_to_say() -> None:
    got = judge(with_order(evidence(at_step("sew", 40)), lines=()))
    assert (got.deliverable, got.work_content, got.finish) == (NOTHING, NOTHING, None)
    assert got.outlook is Outlook.NO_DATA


def test_cancelled_order_has_no_outlook() -> None:
    got = judge(with_order(evidence(at_step("sew", 40)), state=OrderState.CANCELLED, promised=date(2026, 11, 1)))
    assert got.outlook is Outlook.NO_DATA


@pytest.mark.parametrize(
    ("sewn", "packed", "expected"),
    [
        # nothing packed, half sewn: as it should be when operations are done lot by lot
        (50, 0, True),
        # everything but packing is done: pieces ought to come
        (100, 0, True),
        # pieces come
        (50, 10, False),
        # nothing has begun
        (0, 0, False),
    ],
)
def test_none_due_yet(sewn: int, packed: int, expected: bool) -> None:
    known = evidence(at_step("sew", human=sewn), at_step("qc", human=sewn), at_step("pack", human=packed))
    assert judge(known).none_due_yet is expected


@pytest.mark.parametrize(
    ("due", "sewn", "outlook"),
    [
        # two days of three quarters of the work left, and nine days to do it
        (date(2026, 11, 13), 60, Outlook.ON_TRACK),
        # three quarters left and hardly a day
        (date(2026, 11, 5), 25, Outlook.LATE),
        # it may just work out
        (date(2026, 11, 6), 50, Outlook.AT_RISK),
        # the date has passed
        (date(2026, 11, 3), 95, Outlook.LATE),
        # nobody asked for a date
        (None, 25, Outlook.ON_TRACK),
    ],
)
def test_outlook(due: date | None, sewn: int, outlook: Outlook) -> None:
    got = judge(with_order(evidence(at_step("sew", sewn), at_step("pack", sewn)), promised=due))
    assert got.outlook is outlook
    assert (got.p_on_time is None) == (due is None)


def test_due_date_ends_at_midnight_in_the_shop() -> None:
    known = with_order(evidence(at_step("sew", 10)), promised=date(2026, 11, 4))
    before_midnight = datetime(2026, 11, 4, 15, 59, tzinfo=UTC)
    late = replace(known.steps[0], last_at=before_midnight, human=count("pack", 100, at=before_midnight))
    assert judge(evidence(late, order=known.order), now=before_midnight).p_on_time is not None
    assert judge(evidence(order=known.order), now=before_midnight).outlook is Outlook.NO_DATA
    assert judge(evidence(order=known.order), now=before_midnight + timedelta(minutes=1)).outlook is Outlook.LATE


@pytest.mark.parametrize(
    ("steps", "last", "stale"),
    [
        # a camera sees and sees nothing: that is an answer
        ((at_step("sew", [tally(20, blind_h=0)], last_at=NOW - 5 * HOUR),), 5, False),
        # blind as long as the silence
        ((at_step("sew", [tally(20, blind_h=4)], last_at=NOW - 5 * HOUR),), 5, True),
        # blind for half an hour is a short word
        ((at_step("sew", [tally(20, blind_h=3)], last_at=NOW - 0.5 * HOUR),), 0.5, False),
        # the blind camera looks at a step that is finished
        ((at_step("cut", [tally(20, blind_h=4)], human=100, last_at=NOW - 5 * HOUR),), 5, False),
        # nobody has counted for two hours: people count once a day
        ((at_step("sew", human=20, last_at=NOW - 2 * HOUR),), 2, False),
        # nobody has counted for more than a day
        ((at_step("sew", human=20, last_at=NOW - 30 * HOUR),), 30, True),
    ],
)
def test_stale_since_the_last_evidence(steps: tuple[StepEvidence, ...], last: float, stale: bool) -> None:
    assert judge(evidence(*steps)).stale_since == (NOW - last * HOUR if stale else None)


# Corners


def test_order_of_one_piece() -> None:
    for step, share in (("sew", 7 / 8.5), ("pack", 1.0)):
        got = judge(evidence(at_step(step, human=1), order=an_order(1)))
        assert got.work_content.p50 == pytest.approx(share)


def test_order_of_a_hundred_thousand_pieces() -> None:
    steps = (at_step("cut", 100_000), at_step("sew", [tally(60_000, blind_h=3)]), at_step("pack", 40_000))
    got = judge(evidence(*steps, order=an_order(100_000)))
    assert 0.37 < got.deliverable.p10 < 0.41 < got.deliverable.p90 < 0.5
    assert got.finish is not None
    assert NOW < got.finish.p10 < got.finish.p50 < got.finish.p90


def test_order_that_people_count_moves_and_keeps_its_pace_between_counts() -> None:
    first = MONDAY + 10 * HOUR
    later = StepEvidence(StepId("pack"), (), count("pack", 60, at=NOW - HOUR), (), first, NOW - HOUR)
    one, two = judge(evidence(at_step("pack", human=20))), judge(evidence(later))
    assert one.deliverable.p50 == 0.2
    assert two.deliverable.p50 == 0.6
    assert one.finish is not None
    assert two.finish is not None
    assert two.finish.p50 < one.finish.p50
    # Nobody counted since: the pieces stay, and the forecast stays where it was.
    evening = judge(evidence(later), now=NOW + 2 * HOUR)
    assert evening.deliverable == two.deliverable
    assert evening.finish is not None
    assert evening.finish.p50 == two.finish.p50


def test_calendar_without_working_time_is_refused_with_a_reason() -> None:
    closed = replace(CALENDAR, rest_weekdays=frozenset(range(7)))
    with pytest.raises(ConfigError, match="no working time"):
        estimate(evidence(at_step("sew", 10)), calendar=closed, now=NOW, rng=np.random.default_rng(1))


def test_instant_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        judge(evidence(), now=NOW.replace(tzinfo=None))


# Laws

tallies = st.builds(
    tally,
    st.integers(0, 120),
    blind_h=st.sampled_from([0.0, 0.5, 3.0]),
    watched_h=st.sampled_from([0.0, 2.0, 24.0]),
    cell=st.sampled_from([None, "1"]),
)
observed = st.lists(
    st.builds(at_step, st.just("?"), st.lists(tallies, max_size=2), human=st.none() | st.integers(0, 120)),
    max_size=4,
).map(lambda rows: [replace(row, step=StepId(s)) for row, s in zip(rows, ("cut", "sew", "qc", "pack"), strict=False)])
SLACK = 4.0
"""Standard errors of a quantile that two runs may differ by when nothing has changed."""


def error_of(interval: Interval, draws: int = 4000) -> float:
    """Standard error of a quantile for an interval of this width, and the step between whole pieces."""
    return 1.5 * max(interval.p90 - interval.p10, 1.0) / np.sqrt(draws) / 2.56


@settings(max_examples=60, deadline=None)
@given(observed, st.integers(1, 400))
def test_whatever_is_known_the_estimate_stays_within_what_can_be(steps: list[StepEvidence], quantity: int) -> None:
    known = evidence(*steps, order=an_order(quantity))
    got = judge(known, draws=500)
    assert judge(known, draws=500) == got
    most = max([np.ceil(quantity * 1.05), *(step.human.pieces for step in steps if step.human)])
    for share in (got.deliverable, got.work_content):
        assert 0 <= share.p10 <= share.p50 <= share.p90 <= 1
    for row in got.steps:
        assert 0 <= row.pieces.p10 <= row.pieces.p50 <= row.pieces.p90 <= most
    for earlier, later in zip(got.steps, got.steps[1:], strict=False):
        assert later.pieces.p50 <= earlier.pieces.p50
    if got.finish is not None:
        assert got.finish.p10 <= got.finish.p50 <= got.finish.p90
        assert got.outlook is Outlook.DONE or got.finish.p10 >= NOW - HOUR
    assert (got.p_on_time is not None) == (got.finish is not None)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 300), st.sampled_from([0.0, 1.0, 6.0]), st.integers(1, 20), st.integers(0, 2**32))
def test_a_further_counted_piece_never_lowers_the_median(pieces: int, blind_h: float, more: int, seed: int) -> None:
    fewer, greater = (
        through(judge(evidence(at_step("sew", [tally(n, blind_h=blind_h)]), order=an_order(1000)), seed=seed), "sew")
        for n in (pieces, pieces + more)
    )
    assert greater.p50 >= fewer.p50 - SLACK * error_of(fewer)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 300), st.floats(0, 8), st.floats(0.1, 8), st.integers(0, 2**32))
def test_a_gap_never_narrows_the_interval(pieces: int, blind_h: float, more_h: float, seed: int) -> None:
    seeing, blinded = (
        through(judge(evidence(at_step("sew", [tally(pieces, blind_h=h)]), order=an_order(10_000)), seed=seed), "sew")
        for h in (blind_h, blind_h + more_h)
    )
    # quantiles of whole pieces: each may fall on the next one
    assert blinded.p90 - blinded.p10 >= seeing.p90 - seeing.p10 - 2 * SLACK * error_of(seeing) - 1
    assert blinded.p50 >= seeing.p50 - SLACK * error_of(seeing) - 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 95), st.integers(0, 95))
def test_a_human_count_replaces_what_the_camera_said(camera: int, human: int) -> None:
    recounted = replace(at_step("sew", [tally(0, watched_h=0)], human=human), human=count("sew", human, at=NOW))
    assert through(judge(evidence(recounted)), "sew") == Interval(human, human, human)
    assert through(judge(evidence(at_step("sew", camera))), "sew").p50 == pytest.approx(camera, abs=0.05 * camera + 1)


# True to its word


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "world", [world for world in WORLDS if world.name != "short sight"], ids=lambda world: world.name
)
def test_eighty_per_cent_intervals_hold_the_truth_about_that_often(world: World) -> None:
    rng = np.random.default_rng(20261104)
    held = np.array([_held(world, rng, seed) for seed in range(120)])
    pieces, work, finish = held.mean(axis=0)
    # Whole pieces make the intervals of small numbers wider than asked for: they hold at least 80 %.
    assert 0.70 <= pieces <= 0.96
    assert 0.68 <= work <= 0.92
    assert 0.70 <= finish <= 0.92


def _held(world: World, rng: np.random.Generator, seed: int) -> tuple[float, bool, bool]:
    """Share of the steps, then work content, then finish, whose interval holds the truth."""
    order = play(world, rng)
    got = estimate(order.evidence, calendar=WORLD_CALENDAR, now=order.now, rng=np.random.default_rng(seed), draws=500)
    steps = [row.pieces.p10 <= order.pieces[row.step] <= row.pieces.p90 for row in got.steps]
    work = got.work_content.p10 <= order.work_content <= got.work_content.p90
    return float(np.mean(steps)), work, got.finish is not None and got.finish.p10 <= order.finish <= got.finish.p90
