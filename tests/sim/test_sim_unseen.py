"""Panels and bins, which the default model has no classes for: drawn where they are asked for, and nowhere else."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from sim_scene import PIECE, script

from tracker.domain.orders import OrderId
from tracker.sim.plan import Plan, Sight, Work
from tracker.sim.render import LEAST_VISIBLE, Stage
from tracker.sim.scenes import Scene, draw_cloth, draw_scene
from tracker.sim.script import EVERY_LABEL, LABELS, Form, TruthBox
from tracker.sim.settled import settled_events
from tracker.sim.sidecar import noted_frame
from tracker.sim.stills import Setting, draw_still, simulated_piece, with_panels
from tracker.sim.wardrobe import Wardrobe
from tracker.sim.yolo import yolo_line

WORK = Work(pieces=6, forms=(Form.PANEL,), bin=True)


def scene(work: Work, seed: int = 1) -> Scene:
    rng = np.random.default_rng(seed)
    plan = Plan(work, sight=Sight(width=160, height=90, fps=(5.0, 5.0)))
    return draw_scene(plan, [(draw_cloth(OrderId("PO-1"), rng), work.pieces)], name="sew", rng=rng)


def shown_labels(drawn: Scene, at: float) -> list[str]:
    frame = int(drawn.script.frames * at)
    shown = Stage(Wardrobe(drawn.script)).shown(frame)
    return [box.label for box, share in shown if share >= LEAST_VISIBLE]


def test_the_models_classes_keep_their_numbers() -> None:
    assert EVERY_LABEL[: len(LABELS)] == LABELS
    assert {form.label for form in Form} - {""} | {"hand"} == set(EVERY_LABEL)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_panels_are_handed_over_into_a_bin_that_stays_and_counts_nothing(seed: int) -> None:
    drawn = scene(WORK, seed)
    assert shown_labels(drawn, 0.0) == ["bin"]
    assert "panel" in shown_labels(drawn, 0.5)
    events = settled_events(drawn.script, drawn.rules)
    assert sum(event.pieces for event in events if event.rule == "sew-tray") == 6


@pytest.mark.parametrize("seed", [1, 2])
def test_a_bin_stands_where_the_tray_is(seed: int) -> None:
    drawn = scene(WORK, seed)
    (box,) = [box for box, _ in Stage(Wardrobe(drawn.script)).shown(0) if box.label == "bin"]
    zone = drawn.rules[1].destination.polygon
    assert min(x for x, _ in zone) < box.centre[0] / 160 < max(x for x, _ in zone)


def test_a_table_without_a_bin_is_the_same_as_before_there_were_any() -> None:
    plain, with_bin = scene(replace(WORK, bin=False)), scene(WORK)
    assert plain.script.moves == with_bin.script.moves
    assert plain.script.pieces == with_bin.script.pieces[:-1]


def test_nothing_is_said_of_a_bin_s_cloth() -> None:
    bin_there = script(pieces=(replace(PIECE, form=Form.BIN, pieces=0),), moves=())
    box = TruthBox(PIECE.id, "bin", (0.0, 0.0, 9.0, 9.0), held=False)
    (noted,) = noted_frame(bin_there, [(box, 1.0)], [(box, 1.0)], light="", group="").boxes
    assert noted.tags == {"form": "bin"}


def test_stills_show_them_where_they_are_asked_for() -> None:
    asked = Setting(200, 150, with_panels(0.5), bins=0.8)
    labels = {box.label for seed in range(25) for box in draw_still(asked, np.random.default_rng(seed)).boxes}
    assert labels == set(EVERY_LABEL)


def test_pieces_lie_in_bins_of_stills() -> None:
    asked = Setting(200, 150, lambda size, rng: (simulated_piece(size, rng)[0], "garment"), bins=3.0, hands=0.0)
    together = 0
    for seed in range(6):
        boxes = draw_still(asked, np.random.default_rng(seed)).boxes
        for crate in (box for box in boxes if box.label == "bin"):
            left, top, right, bottom = crate.xyxy
            middles = [box.centre for box in boxes if box.label == "garment"]
            together += any(left < x < right and top < y < bottom for x, y in middles)
    assert together > 3


def test_training_files_refuse_a_class_that_the_model_does_not_have() -> None:
    with pytest.raises(ValueError, match="'bin' is not among those that are written"):
        yolo_line(TruthBox(0, "bin", (0.0, 0.0, 9.0, 9.0), held=False), 100, 100)


def test_stills_of_old_seeds_do_not_depend_on_what_can_be_asked_for() -> None:
    def digest(setting: Setting) -> str:
        return hashlib.sha256(draw_still(setting, np.random.default_rng(4)).picture.tobytes()).hexdigest()

    plain = Setting(200, 150, simulated_piece)
    assert digest(plain) == digest(replace(plain, bins=0.0))
    assert digest(plain) != digest(replace(plain, bins=5.0))
