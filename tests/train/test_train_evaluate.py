import numpy as np
import pytest

from tracker.detect.card import load_card
from tracker.domain.detections import Detections
from tracker.domain.errors import ConfigError
from tracker.train.card import write_card
from tracker.train.evaluate import ANY_PIECE, Labelled, best_confidence, evaluate, matches, measure
from tracker.train.recipe import Recipe

ONE = (0.0, 0.0, 10.0, 10.0)
NEAR = (1.0, 0.0, 11.0, 10.0)  # IoU with ONE: 90 / 110
FAR = (50.0, 50.0, 60.0, 60.0)


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def found(*rows: tuple[tuple[float, float, float, float], float, int]) -> Detections:
    return Detections(
        boxes(*[row[0] for row in rows]),
        np.array([row[1] for row in rows], np.float32),
        np.array([row[2] for row in rows], np.int32),
    )


@pytest.mark.parametrize(
    ("given", "wanted", "count"),
    [
        ((), (), 0),
        ((ONE,), (), 0),
        ((), (ONE,), 0),
        ((NEAR,), (ONE,), 1),
        ((FAR,), (ONE,), 0),
        ((ONE, NEAR), (ONE,), 1),  # two boxes on one thing find it once
        ((ONE,), (ONE, NEAR), 1),  # one box is used once
        ((NEAR, ONE), (ONE, NEAR), 2),
    ],
)
def test_matches(given: tuple[tuple[float, ...], ...], wanted: tuple[tuple[float, ...], ...], count: int) -> None:
    assert matches(boxes(*given), boxes(*wanted)) == count  # type: ignore[arg-type]


def test_measure_counts_by_label_and_confidence() -> None:
    truth = Labelled(boxes(ONE, FAR), np.array([0, 3], np.int32))
    pairs = [
        (found((ONE, 0.9, 0), (FAR, 0.3, 0)), truth),
        (found((ONE, 0.4, 1)), Labelled(boxes(), np.empty(0, np.int32))),
    ]
    strict = measure(pairs, "garment", confidence=0.5, on="made up")
    assert (strict.truth, strict.recall, strict.precision, strict.exact_count) == (1, 1.0, 1.0, 1.0)
    loose = measure(pairs, "garment", confidence=0.25, on="made up")
    assert (loose.recall, loose.precision, loose.exact_count) == (1.0, 0.5, 0.5)
    hand = measure(pairs, "hand", confidence=0.25, on="made up")
    assert (hand.truth, hand.recall, hand.exact_count) == (1, 0.0, 0.5)
    anything = measure(pairs, ANY_PIECE, confidence=0.25, on="made up")
    assert (anything.truth, anything.recall, anything.precision) == (1, 1.0, pytest.approx(1 / 3))


def test_best_confidence_lies_between_what_is_right_and_what_is_wrong() -> None:
    truth = Labelled(boxes(ONE), np.array([0], np.int32))
    right, wrong = [(found((ONE, 0.7, 0)), truth)], [(found((FAR, 0.3, 0)), Labelled(boxes(), np.empty(0, np.int32)))]
    assert best_confidence(right + wrong) == pytest.approx(0.5, abs=0.03)
    assert best_confidence([(found((ONE, 0.9, 0), (FAR, 0.8, 1)), truth)]) == pytest.approx(0.86, abs=0.03)


def test_evaluation_without_a_data_set_says_so(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.train.evaluate.load_detector", lambda _folder: object())
    with pytest.raises(ConfigError, match="no pictures of real"):
        evaluate(recipe)


def test_card_can_be_read_by_the_detector(recipe: Recipe) -> None:
    recipe.output.mkdir()
    (recipe.output / "model.onnx").write_bytes(b"weights")
    line = measure([(found(), Labelled(boxes(), np.empty(0, np.int32)))], "bundle", confidence=0.5, on="nothing")
    path = write_card(recipe, [line])
    card = load_card(recipe.output)
    assert card.labels == ("garment", "bundle", "packed", "hand")
    assert (card.layout, card.input.colour, card.input.width) == ("yolov8", "rgb", recipe.fit.input_px)
    text = path.read_text(encoding="utf-8")
    for source in recipe.sources:
        assert source.name in text
    assert 'measured_on = "nothing"' in text
