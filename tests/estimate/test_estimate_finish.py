"""Pace and remaining time, against enumeration and against the shop's calendar."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from estimate_cases import CALENDAR, HOUR, MONDAY, NOW, at_step, count, evidence, sampling, tally
from scipy import stats
from scipy.special import gammainc

from tracker.domain.estimates import DayOutput, OrderEvidence, StepEvidence
from tracker.domain.rules import StepId
from tracker.estimate.finish import (
    LONGEST_S,
    History,
    draw_pace_per_s,
    draw_remaining_s,
    finish_instants,
    history,
)
from tracker.estimate.priors import PUBLISHED

USUAL_PER_H = 4.0


def past(worked_h: float, earlier: float = 0.0) -> History:
    return History(NOW, worked_h * 3600, earlier, USUAL_PER_H / 3600)


@pytest.mark.parametrize(
    ("work", "worked_h"),
    [
        # nothing known: the published pace
        (0.0, 0.0),
        # idle for a day although watched: slower than usual
        (0.0, 9.0),
        # a first hour tells little
        (12.0, 1.0),
        # three days at twice the usual pace
        (216.0, 27.0),
        # far from anything published, and long enough to be believed
        (9000.0, 90.0),
    ],
)
def test_pace_follows_the_enumerated_posterior(work: float, worked_h: float) -> None:
    log_pace = np.log(USUAL_PER_H) + np.linspace(-9, 9, 4001)
    weight = stats.norm.pdf(log_pace, np.log(USUAL_PER_H), PUBLISHED.pace_log_sd)
    if worked_h:
        size = PUBLISHED.variation_per_h * worked_h
        weight = weight * stats.nbinom.pmf(work, size, size / (size + np.exp(log_pace) * worked_h))
    expected = np.interp([0.1, 0.5, 0.9], np.cumsum(weight) / weight.sum(), np.exp(log_pace))
    drawn = draw_pace_per_s(np.full(50_000, work), history=past(worked_h), sampling=sampling(50_000))
    np.testing.assert_allclose(np.quantile(drawn, [0.1, 0.5, 0.9]) * 3600, expected, rtol=0.03)


def test_pace_goes_with_its_own_draw_of_the_work() -> None:
    work = np.tile([20.0, 80.0], 2000)
    drawn = draw_pace_per_s(work, history=past(27.0), sampling=sampling(4000))
    assert np.median(drawn[1::2]) > 2 * np.median(drawn[::2])


def test_work_from_before_counting_is_no_pace() -> None:
    done = np.full(4000, 70.0)
    fresh, continued = (
        draw_remaining_s(done, 100, history=past(9.0, earlier), sampling=sampling(4000)) for earlier in (0.0, 60.0)
    )
    assert np.median(continued) > 2 * np.median(fresh)


@pytest.mark.parametrize("remaining", [1.0, 30.0, 400.0])
def test_remaining_time_is_the_first_passage_of_the_output(remaining: float) -> None:
    # Three weeks of steady evidence, so that the pace is known to a few per cent: 10 pieces' worth an hour.
    known = past(2000.0)
    done = np.full(20_000, 20_000.0)
    drawn_h = draw_remaining_s(done, int(20_000 + remaining), history=known, sampling=sampling(20_000)) / 3600
    chance = np.random.default_rng(3)
    level = chance.standard_gamma(remaining, 600) / 10.0
    ahead = np.cumsum(chance.standard_gamma(0.02, (600, int(remaining * 10 + 1000))), axis=1)
    passed_h = 0.02 * (1 + (ahead < level[:, None]).sum(axis=1))
    np.testing.assert_allclose(
        np.quantile(drawn_h, [0.1, 0.5, 0.9]), np.quantile(passed_h, [0.1, 0.5, 0.9]), rtol=0.12, atol=0.25
    )


def test_gamma_process_jumps_past_a_level_by_half_its_unit() -> None:
    # The approximation in draw_remaining_s: P(time > n) = P(Gamma(n) < x), mean x + 1/2, variance x.
    n, step = np.linspace(1e-6, 200, 100_001, retstep=True)
    for x in (1.0, 3.0, 30.0, 100.0):
        survival = gammainc(n, x)
        mean = survival.sum() * step
        assert mean == pytest.approx(x + 0.5, abs=0.03)
        assert (2 * n * survival).sum() * step - mean**2 == pytest.approx(x, rel=0.05)


def test_done_draws_have_nothing_left_and_slow_ones_are_bounded() -> None:
    remaining_s = draw_remaining_s(np.array([100.0, 0.0]), 100, history=past(90.0), sampling=sampling(2))
    assert remaining_s[0] == 0
    assert 0 < remaining_s[1] <= LONGEST_S
    assert (draw_remaining_s(np.zeros(4000), 10**9, history=past(900.0), sampling=sampling(4000)) <= LONGEST_S).all()


def test_finish_falls_into_working_hours_and_open_work_is_never_done_before_now() -> None:
    stale = History(MONDAY, 9 * 3600, 0.0, USUAL_PER_H / 3600)
    remaining_s = np.array([0.0, 3600.0, 30 * 3600.0, 60 * 3600.0])
    at = finish_instants(remaining_s, history=stale, calendar=CALENDAR, now=NOW)
    # Nothing left; overdue; Thursday 11:00 and, past the rest day, Monday 15:00 in the shop.
    expected = ["2026-11-02T00:00", "2026-11-04T07:00", "2026-11-05T03:00", "2026-11-09T07:00"]
    np.testing.assert_array_equal(at, np.array(expected, dtype="datetime64[us]"))


def counted_by_hand(*counts: tuple[int, int], days: tuple[int, ...] = ()) -> OrderEvidence:
    """Human counts alone, as (hours after Monday 08:00, pieces through sewing)."""
    first, last = counts[0][0] * HOUR + MONDAY, counts[-1][0] * HOUR + MONDAY
    step = StepEvidence(StepId("sew"), (), count("sew", counts[-1][1], at=last), (), first, last)
    output = [DayOutput(StepId("sew"), date(2026, 11, 2 + i), pieces) for i, pieces in enumerate(days)]
    return evidence(step, days=output)


def learnt(known: OrderEvidence) -> History:
    got = history(known, calendar=CALENDAR, now=NOW, priors=PUBLISHED)
    assert got is not None
    return got


def test_pace_of_human_counts_runs_from_the_first_to_the_last() -> None:
    # Monday 18:00 40 pieces, Tuesday 18:00 60 pieces: 20 in nine working hours; cutting and sewing had 40 before.
    got = learnt(counted_by_hand((10, 40), (34, 60), days=(0, 20)))
    assert got.until == MONDAY + 34 * HOUR
    assert got.worked_s == 9 * 3600
    assert got.earlier == pytest.approx(40 * (1 + 6) / 8.5)


def test_a_single_human_count_is_a_position_and_not_a_pace() -> None:
    got = learnt(counted_by_hand((10, 40)))
    assert got.worked_s == 0
    assert got.earlier == pytest.approx(40 * 7 / 8.5)


def test_pace_with_a_camera_runs_until_now_and_from_when_the_order_was_in_work() -> None:
    assert learnt(evidence(at_step("sew", 30))).worked_s == 24 * 3600
    scheduled_before = at_step("sew", [tally(30, watched_h=26, blind_h=4)])
    assert learnt(evidence(scheduled_before)).worked_s == 30 * 3600


@pytest.mark.parametrize(
    ("human", "since", "days", "earlier"),
    [
        # the camera came when 60 were sewn: they are no pace
        (60, 5, 5, 60),
        # the camera had counted 55 of the 60: it missed five, which were sewn all the same
        (60, 5, 60, 0),
    ],
)
def test_human_count_that_the_days_do_not_explain_is_work_from_before(
    human: int, since: int, days: int, earlier: float
) -> None:
    known = evidence(at_step("sew", since, human=human), days=[DayOutput(StepId("sew"), date(2026, 11, 3), days)])
    assert learnt(known).earlier == pytest.approx(earlier * 7 / 8.5)


def test_no_evidence_has_no_history() -> None:
    silent = StepEvidence(StepId("sew"), (tally(0, watched_h=0),), None, (), None, None)
    assert history(evidence(silent), calendar=CALENDAR, now=NOW, priors=PUBLISHED) is None
