from collections import Counter

import pytest

from tracker.domain.events import Direction
from tracker.domain.rules import GateRule, TransferRule
from tracker.sim.workshop import CUT, CUTTING, PACK, PACKING, SEW, SEWING, TruePieces, Workshop, make_workshop


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return make_workshop(1)


@pytest.fixture(scope="module")
def truth(workshop: Workshop) -> tuple[TruePieces, ...]:
    return workshop.truth()


def test_true_pieces_per_step_and_order(truth: tuple[TruePieces, ...]) -> None:
    pieces: Counter[tuple[str, str | None]] = Counter()
    for line in truth:
        pieces[line.step, line.order] += line.pieces
    assert pieces == {
        (CUT, "PO-2403"): 40,
        (CUT, None): 20,
        (CUT, "PO-2404"): 50,
        (SEW, "PO-2401"): 7,
        (SEW, "PO-2402"): 6,
        (PACK, "PO-2402"): 7,
        (PACK, "PO-2401"): 7,
    }


@pytest.mark.parametrize("seed", [2, 7, 11])
def test_schedule_names_the_order_of_all_but_the_two_bundles_nobody_can_attribute(seed: int) -> None:
    workshop = make_workshop(seed, fps=5.0)
    for line in workshop.truth():
        said = {
            span.order for span in workshop.schedule if span.step == line.step and span.start_s <= line.t_s < span.end_s
        }
        assert said == ({line.order} if line.order is not None else set()), line


def test_some_of_it_comes_back(truth: tuple[TruePieces, ...]) -> None:
    back = [(line.camera, line.direction) for line in truth if line.pieces < 0]
    assert sorted(back) == [(CUTTING, Direction.OUT), (PACKING, Direction.OUT), (SEWING, Direction.RETURNED)]


def test_same_seed_same_workshop(workshop: Workshop) -> None:
    assert make_workshop(1) == workshop
    assert make_workshop(2) != workshop


def test_truth_does_not_depend_on_the_frame_rate(truth: tuple[TruePieces, ...]) -> None:
    slower = make_workshop(1, fps=6.0).truth()
    assert [
        (line.camera, line.order, line.pieces) for line in sorted(slower, key=lambda line: (line.camera, line.t_s))
    ] == [(line.camera, line.order, line.pieces) for line in sorted(truth, key=lambda line: (line.camera, line.t_s))]


def test_everything_happens_before_the_clip_ends(workshop: Workshop) -> None:
    for script in workshop.scripts:
        assert max(move.end_s for move in script.moves) < script.duration_s


def test_geometry_can_be_written_into_a_calibration(workshop: Workshop) -> None:
    for script in workshop.scripts:
        rule = script.rule
        assert rule is not None
        points = [rule.start, rule.end] if isinstance(rule, GateRule) else []
        if isinstance(rule, TransferRule):
            points += [*rule.source.polygon, *rule.destination.polygon]
        assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in points)


def test_unknown_camera(workshop: Workshop) -> None:
    assert workshop.script(SEWING).camera == SEWING
    with pytest.raises(KeyError):
        workshop.script("attic")  # type: ignore[arg-type]
