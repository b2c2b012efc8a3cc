"""Joint draws of the pieces through all steps: route order, cap, human counts, steps that nobody watches."""

from __future__ import annotations

import numpy as np
import pytest
from estimate_cases import NOW, an_order, at_step, count, evidence, sampling, tally, with_order
from numpy.typing import NDArray

from tracker.domain.estimates import OrderEvidence, StepEvidence
from tracker.domain.rules import StepId
from tracker.estimate.counts import draw_passed
from tracker.estimate.priors import published_pace_per_s
from tracker.estimate.steps import Standing, draw_steps


def median(known: OrderEvidence, step: str) -> float:
    return float(np.median(draw_steps(known, sampling(4000))[StepId(step)].pieces))


def test_joint_draws_are_the_independent_ones_that_agree_with_the_route() -> None:
    counts = {"cut": 6, "sew": 6, "qc": 5}
    pace = published_pace_per_s(an_order().route)
    alone = {
        step: draw_passed([tally(pieces)], pace_per_s=pace, sampling=sampling(100_000, seed))
        for seed, (step, pieces) in enumerate(counts.items())
    }
    agree = (alone["cut"] >= alone["sew"]) & (alone["sew"] >= alone["qc"])
    joint = draw_steps(evidence(*(at_step(step, pieces) for step, pieces in counts.items())), sampling(50_000))
    for step, by_rejection in alone.items():
        expected, got = by_rejection[agree], joint[StepId(step)].pieces
        values = np.arange(20)
        np.testing.assert_allclose(
            (got[:, None] <= values).mean(axis=0), (expected[:, None] <= values).mean(axis=0), atol=0.01
        )


@pytest.mark.parametrize(
    ("steps", "step", "pieces"),
    [
        # people counted what the camera had missed: at least that much was sewn
        ((at_step("sew", 40), at_step("qc", human=80)), "sew", 80),
        # a later camera proves earlier pieces, also those of a step that only people counted
        ((at_step("sew", human=40), at_step("qc", 60)), "sew", 61),
        # a human count of an earlier step is old by now: it does not hold back a later camera
        ((at_step("sew", human=40), at_step("qc", 60)), "qc", 61),
        # a step without work (shipping) proves what came before
        ((at_step("sew", 30), at_step("ship", human=80)), "pack", 80),
        # rules count on from the last human count
        ((at_step("sew", 10, human=50),), "sew", 60),
        # nobody watches cutting, but what was sewn was cut
        ((at_step("sew", human=40),), "cut", 40),
        # nobody watches checking: nothing is claimed
        ((at_step("sew", human=40),), "qc", 0),
        # more than can be there: the cap of five per cent over-cut
        ((at_step("sew", 140),), "sew", 105),
        # unless people counted more
        ((at_step("cut", human=120), at_step("sew", 110)), "sew", 111),
        # lines that people counted are a floor
        ((at_step("sew", lines={0: 30}),), "sew", 30),
        # what was returned since comes off the human count
        ((at_step("sew", [tally(-4)], human=50),), "sew", 46),
        # more returned than there was
        ((at_step("sew", [tally(-9)], human=5),), "sew", 0),
    ],
)
def test_median_through_a_step(steps: tuple[StepEvidence, ...], step: str, pieces: float) -> None:
    assert median(evidence(*steps), step) == pytest.approx(pieces, abs=1.5)


def test_every_joint_draw_is_possible() -> None:
    known = evidence(at_step("cut", 97), at_step("sew", 66, human=3), at_step("qc", 65), at_step("pack", 67))
    rows = draw_steps(known, sampling(4000))
    pieces = np.stack([row.pieces for row in rows.values()])
    assert list(rows) == ["cut", "sew", "qc", "pack"]
    assert (np.diff(pieces, axis=0) <= 0).all()
    assert pieces.min() >= 0
    assert pieces.max() <= 105
    np.testing.assert_array_equal(pieces, np.rint(pieces))


def test_unwatched_step_claims_nothing_but_admits_what_may_be() -> None:
    known = evidence(at_step("sew", human=40))
    row = draw_steps(known, sampling(4000))[StepId("qc")]
    assert row.standing is Standing.UNSEEN
    assert np.median(row.pieces) == 0
    assert row.pieces.max() >= 38
    assert (row.pieces <= 40).all()
    # Steps in a row that nobody watches: the last may have got as far as the first.
    packed = draw_steps(known, sampling(4000))[StepId("pack")].pieces
    np.testing.assert_array_equal(packed, row.pieces)
    assert np.quantile(packed, 0.9) > 25


def test_until_a_first_piece_is_counted_unwatched_steps_have_none() -> None:
    rows = draw_steps(evidence(at_step("sew", 0)), sampling(4000))
    assert rows[StepId("pack")].pieces.max() == 0
    np.testing.assert_array_equal(rows[StepId("cut")].pieces, rows[StepId("sew")].pieces)


def test_line_counts_older_than_a_whole_count_are_overtaken() -> None:
    old = StepEvidence(
        StepId("sew"), (), count("sew", 20), (count("sew", 60, line=0, at=NOW.replace(day=3)),), NOW, NOW
    )
    assert median(evidence(old), "sew") == 20


def test_line_that_a_revision_dropped_counts_no_longer() -> None:
    known = evidence(at_step("sew", lines={0: 10, 1: 70}), order=an_order(50, 80))
    assert median(known, "sew") == 80
    assert median(with_order(known, lines=an_order(50).lines), "sew") == 10


def test_evidence_at_one_step_does_not_reshuffle_another() -> None:
    def sewn(*more: StepEvidence) -> NDArray[np.float64]:
        known = evidence(at_step("cut", human=100), at_step("sew", 30), *more)
        return np.sort(draw_steps(known, sampling(4000))[StepId("sew")].pieces)

    assert abs(sewn().mean() - sewn(at_step("pack", 2)).mean()) < 0.3


def test_step_outside_the_route_is_ignored() -> None:
    assert list(draw_steps(evidence(at_step("wash", 30)), sampling(100))) == ["cut", "sew", "qc", "pack"]
    with_wash = draw_steps(evidence(at_step("wash", 30), at_step("sew", 0)), sampling(4000))
    assert with_wash[StepId("pack")].pieces.max() == 0
