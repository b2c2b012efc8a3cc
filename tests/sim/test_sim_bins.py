import numpy as np
import pytest

from tracker.sim.bins import BinKind, open_bin, random_bin


@pytest.mark.parametrize("kind", list(BinKind))
def test_a_bin_is_as_high_as_asked_for_and_a_little_narrower(kind: BinKind) -> None:
    for seed in range(6):
        drawn = open_bin(kind, 120, np.random.default_rng(seed))
        rows, columns = np.nonzero(drawn.alpha > 127)
        high, wide = np.ptp(rows) / 2, np.ptp(columns) / 2  # sprites are drawn at twice their size
        assert 110 < high < 122  # flaps do not lie quite flat
        assert 0.62 < wide / high < 0.85


@pytest.mark.parametrize("kind", list(BinKind))
def test_its_floor_lies_in_the_dark(kind: BinKind) -> None:
    drawn = open_bin(kind, 120, np.random.default_rng(3))
    height, width = drawn.alpha.shape
    floor = drawn.bgr[height * 2 // 5 : height * 3 // 5, width * 2 // 5 : width * 3 // 5].mean()
    rim = drawn.bgr[height // 2 - 20 : height // 2 + 20, :30].mean(axis=(0, 2)).max()
    assert floor < 0.85 * rim


def test_same_seed_same_bin_and_all_kinds_come() -> None:
    first, again = (random_bin(60, np.random.default_rng(5)) for _ in range(2))
    assert (first.bgr == again.bgr).all()
    corners = {bool(random_bin(60, np.random.default_rng(seed)).alpha[12, 12] > 127) for seed in range(20)}
    assert corners == {True, False}  # a crate has corners, a tub has none
