import dataclasses
import json
from pathlib import Path

from sim_scene import ARM, PIECE, script

from tracker.evaluate.conditions import read_conditions
from tracker.evaluate.things import BoxConditions, Conditions
from tracker.sim.fabric import Pattern
from tracker.sim.hands import Arm
from tracker.sim.script import Form, TruthBox
from tracker.sim.sidecar import SidecarFile, noted_frame

SCENE = script(
    pieces=(dataclasses.replace(PIECE, carried=Form.CRUMPLED),),
    arms=(ARM, dataclasses.replace(ARM, arm=Arm(9, None, 0.3, left=True))),
)
LIES = TruthBox(0, "garment", (0.0, 0.0, 9.0, 9.0), held=False)
HELD = dataclasses.replace(LIES, held=True)
LIGHT_HAND, DARK_HAND = (TruthBox(-1 - arm, "hand", (0.0, 0.0, 9.0, 9.0), held=False) for arm in (0, 1))


def test_the_evaluation_reads_what_is_written(tmp_path: Path) -> None:
    shown = [(LIES, 0.81234), (DARK_HAND, 0.2), (LIGHT_HAND, 1.0)]
    file = SidecarFile()
    file.add("images/a.jpg", noted_frame(SCENE, shown, [shown[0], shown[2]], light="all lamps on", group="clip"))
    file.write(tmp_path)
    tags = {"form": "folded", "pattern": Pattern.PLAIN.value, "where": "lies"}
    assert read_conditions(tmp_path) == {
        "images/a.jpg": Conditions(
            "all lamps on", (4, 10), "clip", {"table": "wood"}, (BoxConditions(0.812, tags), BoxConditions(1.0, {}))
        )
    }


def test_a_hand_out_of_sight_has_no_tone() -> None:
    noted = noted_frame(SCENE, [(LIES, 1.0), (DARK_HAND, 0.0)], [(LIES, 1.0)], light="", group="")
    assert noted.skin_tones == ()


def test_a_piece_in_a_hand_is_noted_as_it_looks_there() -> None:
    noted = noted_frame(SCENE, [(HELD, 1.0)], [(HELD, 1.0)], light="", group="")
    assert (noted.boxes[0].tags["form"], noted.boxes[0].tags["where"]) == ("crumpled", "in a hand")


def test_shares_above_one_by_rounding_are_cut(tmp_path: Path) -> None:
    noted = noted_frame(SCENE, [(LIES, 1.02)], [(LIES, 1.02)], light="", group="")
    assert json.loads(json.dumps(noted.as_dict()))["boxes"][0]["visible"] == 1.0
