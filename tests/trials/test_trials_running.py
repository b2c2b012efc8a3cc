import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from trials_suite import BLIND, CLEAR, SUITE, evaluated, suite

from tracker.capture import ReplaySource
from tracker.domain.frames import CameraId, Frame, Gap, GapReason, Picture
from tracker.sim.hardship import Hardship, Knock, Switch
from tracker.sim.plan import Work
from tracker.sim.surfaces import Surface
from tracker.trials.books import START, Books
from tracker.trials.evaluation import Stage, evaluate
from tracker.trials.page import render_page
from tracker.trials.playing import Player, film
from tracker.trials.running import Clip, Guarded, Looking, run_trial
from tracker.trials.witness import Blur, Witness

GREY = Picture(np.full((90, 160), 90, np.uint8), *(np.full((45, 80), 128, np.uint8),) * 2, full_range=False)


# --- what comes of it -----------------------------------------------------------------------------------------------


def test_who_sees_everything_counts_everything() -> None:
    rules = evaluated().figures()
    assert [(rule.rule, rule.step) for rule in rules] == [("sew-gate", "sew"), ("sew-tray", "sew-tray")]
    for rule in rules:
        assert (rule.orders, rule.events, rule.missed, rule.extra) == (1, 3, 0, 0)
        assert (rule.within, rule.error, rule.bias) == (1.0, 0.0, 0.0)


def test_who_sees_nothing_counts_nothing() -> None:
    gate = evaluated(blind=True).figures()[0]
    assert (gate.within, gate.error, gate.bias, gate.missed) == (0.0, 1.0, -3.0, 3)


def test_result_is_plain_values() -> None:
    told = json.loads(json.dumps(evaluated(blind=True).as_dict()))
    assert (told["suite"], told["seed"], told["model"], told["pieces_per_order"]) == ("small", 5, "truth", 3)
    assert told["orders"][0] == {
        "play": 0, "order": "small-0-0", "rule": "sew-gate", "step": "sew", "true": 3, "counted": 0,
    }  # fmt: skip
    assert {fault["missed"] for fault in told["faults"]} == {True}
    assert 0 < told["looks"] <= told["frames"]
    assert told["blind"] == []


def test_page_shows_figures_orders_and_the_moments_that_went_wrong() -> None:
    page = render_page([evaluated(), evaluated(blind=True)])
    assert page.count("<h2>small</h2>") == 2
    assert page.count("missed: sew-gate in at") == 2  # four moments at most, and both rules take turns
    assert page.count('src="data:image/jpeg;base64,') == 12
    assert 'class="off"' in page


def test_orders_of_one_clip_get_their_own_pieces(tmp_path: Path) -> None:
    two = replace(SUITE, lots=2, orders=2, plan=replace(SUITE.plan, work=replace(SUITE.plan.work, pieces=2)))
    done = evaluate(two, 3, lambda scene: Witness(scene.script, 3, CLEAR), model="truth", stage=Stage(tmp_path))
    counts = [(count.order, count.true, count.counted) for count in done.trials[0].verdict.counts[:2]]
    assert counts == [("small-0-0", 2, 2), ("small-0-1", 2, 2)]


def test_videos_that_are_there_are_used_again(tmp_path: Path) -> None:
    drawn: list[int] = []
    judged: list[object] = []
    stage = Stage(tmp_path, on_frame=drawn.append, on_trial=judged.append)
    for _ in range(2):
        evaluate(SUITE, 5, lambda scene: Witness(scene.script, 5, CLEAR), model="truth", stage=stage)
    assert len(drawn) == SUITE.scenes(5, 0)[0].script.frames
    assert len(judged) == 2
    assert [path.suffix for path in tmp_path.iterdir()] == [".mp4"]


# --- the camera -----------------------------------------------------------------------------------------------------


def dark_scene(**hardship):
    scene = SUITE.scenes(5, 0)[0]
    return replace(scene, script=replace(scene.script, hardship=Hardship(**hardship)))


def test_dark_stretch_is_a_gap_as_a_live_camera_would_have_it(tmp_path: Path) -> None:
    off = dark_scene(switches=(Switch(4.0, 0.02), Switch(9.0, 1.0)))
    film(off, tmp_path / "dark.mp4")
    with Books(tmp_path / "dark.db", [off], pieces=3) as books:
        trial = run_trial(Clip("dark", 0, off, tmp_path / "dark.mp4"), books, Witness(off.script, 1, CLEAR))
    assert trial.gaps == (GapReason.DARK,)


def test_zones_follow_a_knocked_camera(tmp_path: Path) -> None:
    long = suite().limited(orders=None, pieces=16).scenes(1, 0)[0]
    knocked = Hardship(knocks=(Knock(34.0, 0.03, 0.02, 0.0),))
    script = replace(long.script, width=320, height=180, surface=Surface.MAT, hardship=knocked)
    film(replace(long, script=script), tmp_path / "knocked.mp4")
    source = ReplaySource(tmp_path / "knocked.mp4", camera=CameraId("sew"), start=START)
    with Guarded(source, key_every=8, on_frame=lambda _: None) as guarded:
        shifts = [seen.shift for seen in guarded if isinstance(seen, Frame)]
    assert (shifts[0].dx, shifts[-1].dx) == (0.0, pytest.approx(0.03, abs=0.006))


def test_gap_of_the_source_is_handed_on() -> None:
    hole = Gap(CameraId("sew"), GapReason.UNREADABLE, START, None)

    class Broken:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def __iter__(self):
            return iter([hole])

    with Guarded(Broken(), key_every=8, on_frame=lambda _: None) as guarded:
        assert list(guarded) == [hole]


# --- who looks ------------------------------------------------------------------------------------------------------


def seen_by(blur: Blur, frame: int = 60):
    witness = Witness(SUITE.scenes(5, 0)[0].script, 5, blur)
    witness.turn(frame)
    return witness.detect(GREY)


def test_witness_sees_what_there_is() -> None:
    found = seen_by(CLEAR)
    assert len(found) >= 2
    assert (found.score[:-1] >= found.score[1:]).all()
    assert len(seen_by(BLIND)) == 0


def test_witness_has_the_same_faults_whichever_frames_it_is_shown() -> None:
    script = SUITE.scenes(5, 0)[0].script
    every, some = Witness(script, 5), Witness(script, 5)
    for frame in range(60):
        every.turn(frame)
        latest = every.detect(GREY)
    some.turn(59)
    assert np.array_equal(latest.xyxy, some.detect(GREY).xyxy)


def test_witness_sees_ghosts() -> None:
    assert len(seen_by(replace(CLEAR, ghosts=1.0))) == len(seen_by(CLEAR)) + 1


def test_witness_does_not_see_what_lies_below_others() -> None:
    work = Work(pieces=6, stack=6, pile=6, pace_s=(1, 1))
    script = replace(SUITE, plan=replace(SUITE.plan, work=work)).scenes(5, 0)[0].script
    witness = Witness(script, 5, CLEAR)
    witness.turn(round(3.2 * script.fps))
    assert 1 <= (witness.detect(GREY).class_id == 0).sum() <= 2


def test_witness_does_not_see_what_a_knock_moved_out_of_the_picture() -> None:
    away = dark_scene(knocks=(Knock(0.0, 2.0, 0.0, 0.0),)).script
    witness = Witness(away, 5, CLEAR)
    witness.turn(60)
    assert len(witness.detect(GREY)) == 0


def test_only_a_witness_is_told_the_frame() -> None:
    class Model:
        labels = ("garment",)
        provider = "cpu"

        def detect(self, picture):
            return "boxes"

    looking = Looking(Model())
    looking.turn(3)
    assert looking.detect(GREY) == "boxes"
    assert (looking.looks, looking.labels, looking.provider) == (1, ("garment",), "cpu")


# --- files ----------------------------------------------------------------------------------------------------------


def test_player_writes_videos_truth_and_labels(tmp_path: Path) -> None:
    frames: list[int] = []
    player = Player(tmp_path, seed=5, stills=3)
    (video,) = player.play(SUITE, 0, on_frame=frames.append)
    assert video.name == "small-5-000-sew.mp4"
    truth = json.loads(video.with_suffix(".json").read_text(encoding="utf-8"))
    assert [event["direction"] for event in truth["events"]] == ["in", "moved"] * 3
    assert [rule["kind"] for rule in truth["rules"]] == ["gate", "transfer"]
    assert truth["orders"][0]["order"] == "small-0-0"
    tracks = (tmp_path / "small-5-000-sew.mot.txt").read_text(encoding="utf-8").splitlines()
    assert {int(line.split(",")[1]) for line in tracks} >= {1, 2, 3}
    coco = json.loads((tmp_path / "coco.json").read_text(encoding="utf-8"))
    assert [image["file_name"] for image in coco["images"]] == [f"images/small/{index:06}.jpg" for index in range(3)]
    assert all((tmp_path / image["file_name"]).exists() for image in coco["images"])
    assert len(list((tmp_path / "labels" / "small").iterdir())) == 3
    assert len(frames) == SUITE.scenes(5, 0)[0].script.frames
