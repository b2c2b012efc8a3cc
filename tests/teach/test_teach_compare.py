from __future__ import annotations

import numpy as np
import pytest

from tracker.teach.compare import Outcome, Verdict, compare


def outcomes(count: int, found: float, *, extra: float = 0.0, groups: int = 10) -> list[Outcome]:
    """Pictures of four pieces, of which a share is found; a share of the pictures has a box too many."""
    rng = np.random.default_rng([int(found * 100), int(extra * 100)])
    made = []
    for number in range(count):
        hits = int((rng.random(4) < found).sum())
        made.append(Outcome(f"1-{number % groups}", 4, hits, hits + int(rng.random() < extra)))
    return made


CASES = (
    (outcomes(60, 0.6), outcomes(60, 0.95), Verdict.BETTER),  # finds more
    (outcomes(60, 0.95), outcomes(60, 0.6), Verdict.WORSE),  # finds less
    (outcomes(60, 0.9), outcomes(60, 0.9), Verdict.UNCERTAIN),  # the same
    (outcomes(60, 0.6), outcomes(60, 0.95, extra=0.9), Verdict.WORSE),  # finds more and makes up more
    (outcomes(12, 0.6), outcomes(12, 0.95), Verdict.UNCERTAIN),  # too few pictures
    (outcomes(60, 0.6, groups=3), outcomes(60, 0.95, groups=3), Verdict.UNCERTAIN),  # too few blocks of time
    ([], [], Verdict.UNCERTAIN),  # nothing kept back
)


@pytest.mark.parametrize(("current", "new", "verdict"), CASES)
def test_only_a_difference_beyond_chance_is_called_one(
    current: list[Outcome], new: list[Outcome], verdict: Verdict
) -> None:
    assert compare(current, new, np.random.default_rng(0)).verdict is verdict


def test_too_few_pictures_are_said_with_numbers() -> None:
    compared = compare(outcomes(12, 0.6), outcomes(12, 0.95), np.random.default_rng(0))
    assert compared.why.startswith("only 12 kept-back pictures from 10 blocks of time; at least 20 from 5")


def test_figures_are_those_of_the_pictures() -> None:
    current = [Outcome("1-0", 4, 2, 3), Outcome("1-1", 0, 0, 0)]
    new = [Outcome("1-0", 4, 4, 4), Outcome("1-1", 0, 0, 0)]
    figures = {f["name"]: f for f in compare(current, new, np.random.default_rng(0)).as_dict()["figures"]}
    assert (figures["recall"]["current"], figures["recall"]["new"]) == (0.5, 1.0)
    assert (figures["false_boxes"]["current"], figures["false_boxes"]["new"]) == (0.3333, 0.0)
    assert (figures["exact_count"]["current"], figures["exact_count"]["new"]) == (0.5, 1.0)


def test_the_interval_holds_no_difference_in_about_nineteen_of_twenty_equal_pairs() -> None:
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        pair = [
            [Outcome(f"{n % 20}", 4, h := int((rng.random(4) < 0.8).sum()), h) for n in range(80)] for _ in range(2)
        ]
        recall = compare(pair[0], pair[1], rng).figures[0]
        held += recall.low <= 0 <= recall.high
    assert held >= 87


def test_a_box_finds_a_piece_from_an_overlap_of_half() -> None:
    truth = np.array([[0, 0, 10, 10]], np.float32)
    assert Outcome.of("1", truth=truth, boxes=np.array([[0, 0, 10, 6]], np.float32)).found == 1
    assert Outcome.of("1", truth=truth, boxes=np.array([[0, 0, 10, 4]], np.float32)).found == 0
