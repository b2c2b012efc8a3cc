"""The model that is shipped, on simulator seeds that its training never used."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tracker.detect.card import load_card
from tracker.detect.detector import OnnxDetector, load_detector
from tracker.sim.clutter import CLUTTER
from tracker.sim.render import Stage
from tracker.sim.script import LABELS
from tracker.sim.sprite import make_stamp, paste
from tracker.sim.surfaces import Surface, draw_surface
from tracker.sim.wardrobe import Wardrobe
from tracker.sim.workshop import make_workshop
from tracker.train.evaluate import Labelled, as_picture, measure
from tracker.train.recipe import load_recipe

FOLDER = Path(__file__).parents[2] / "models" / "default"
UNSEEN_SEED = 424_242
CONFIDENCE = 0.4


@pytest.fixture(scope="module")
def detector() -> OnnxDetector:
    return load_detector(FOLDER)


def frames() -> Iterator[tuple[np.ndarray, Labelled]]:
    for script in make_workshop(UNSEEN_SEED).scripts:
        stage = Stage(Wardrobe(script))
        for frame in (45, 180, 335, 480, 700, 1000):
            boxes = [box for box in stage.visible(frame) if box.label != "hand"]
            xyxy = np.array([box.xyxy for box in boxes], np.float32).reshape(-1, 4)
            yield stage.picture(frame), Labelled(xyxy, np.array([LABELS.index(box.label) for box in boxes], np.int32))


def test_card_says_what_the_weights_are() -> None:
    card, recipe = load_card(FOLDER), load_recipe(FOLDER / "train.toml")
    assert card.labels == LABELS
    assert (card.input.width, card.input.height) == (recipe.fit.input_px, recipe.fit.input_px)
    assert (FOLDER / "model.onnx").stat().st_size <= 12_000_000
    text = (FOLDER / "card.toml").read_text(encoding="utf-8")
    assert text.count("[[accuracy]]") == 30  # three sets, two confidences, four labels and all pieces together
    assert all(source.name in text for source in recipe.sources)


@pytest.mark.parametrize("label", ["garment", "bundle", "packed"])
def test_finds_the_pieces_of_a_workshop_it_never_saw(detector: OnnxDetector, label: str) -> None:
    pairs = [(detector.detect(as_picture(bgr)), truth) for bgr, truth in frames()]
    result = measure(pairs, label, confidence=CONFIDENCE, on="unseen workshop")
    assert result.truth >= 4
    assert result.recall >= 0.9
    assert result.precision >= 0.9


@pytest.mark.parametrize("surface", list(Surface))
def test_clutter_is_no_piece(detector: OnnxDetector, surface: Surface) -> None:
    rng = np.random.default_rng(77)
    table = np.ascontiguousarray(draw_surface(surface, 640, 360, rng))
    for index, draw in enumerate(CLUTTER.values()):
        paste(
            table,
            make_stamp(draw(90, rng), float(rng.uniform(0, 360)), None),
            80 + 150 * (index % 4),
            90 + 180 * (index // 4),
        )
    found = detector.detect(as_picture(table))
    assert int((found.score >= 0.6).sum()) <= 1
