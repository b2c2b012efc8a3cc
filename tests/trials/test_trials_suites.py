from dataclasses import replace
from pathlib import Path

import pytest
from trials_suite import SUITE

from tracker.trials.suites import read_suite

FILES = sorted((Path(__file__).parents[2] / "suites").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_suite_of_the_repository_is_read_and_names_its_failure(path: Path) -> None:
    suite = read_suite(path)
    assert suite.name == path.stem
    assert len(suite.failure) > 20


def test_there_is_a_suite_for_each_failure() -> None:
    assert {path.stem for path in FILES} == {
        "bins", "covered", "fast", "knock", "lights", "line-flicker", "line-switch", "operations", "orders", "panels",
        "piles", "second-pass", "taken-back", "thrown-back", "two-orders", "unconfirmed",
    }  # fmt: skip


def test_same_seed_plays_the_same_and_another_plays_otherwise() -> None:
    assert SUITE.scenes(3, 0) == SUITE.scenes(3, 0)
    assert SUITE.scenes(3, 0) != SUITE.scenes(4, 0)
    assert SUITE.scenes(3, 0) != SUITE.scenes(3, 1)
    assert SUITE.scenes(3, 0) != replace(SUITE, name="other").scenes(3, 0)


def test_the_same_lot_goes_over_every_table() -> None:
    first, second = replace(SUITE, stations=("seam", "hem")).scenes(3, 0)
    assert (first.script.camera, second.script.camera) == ("seam", "hem")
    assert first.script.pieces[0].fabric == second.script.pieces[0].fabric
    assert {turn.order for turn in first.turns} == {turn.order for turn in second.turns}


@pytest.mark.parametrize(
    ("orders", "lots", "plays"),
    [
        (4, 1, 4),
        (4, 2, 2),
        (5, 2, 3),  # the last play has more orders than were asked for
    ],
)
def test_orders_that_share_a_clip_are_played_together(orders: int, lots: int, plays: int) -> None:
    assert replace(SUITE, orders=orders, lots=lots).plays == plays


def test_limits_are_optional() -> None:
    assert SUITE.limited(orders=None, pieces=None) == SUITE
    small = SUITE.limited(orders=7, pieces=2)
    assert (small.orders, small.plan.work.pieces) == (7, 2)
