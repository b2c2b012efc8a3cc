from pathlib import Path

import pytest
from sim_scene import GATE, TARGET, TRANSFER

from tracker.config import load_calibration
from tracker.domain.frames import CameraId
from tracker.domain.rules import CountUnit, GateRule, RuleId, Target
from tracker.sim.calibrations import calibration_text

BUNDLES = GateRule(RuleId("bundles"), Target((), CountUnit.BUNDLE, 10, None, None), (0.1, 0.9), (0.1, 0.2))


@pytest.mark.parametrize(
    "rules",
    [
        (GATE,),  # no zones
        (GATE, TRANSFER),
        (BUNDLES,),  # any class, no step
    ],
)
def test_a_calibration_file_is_read_as_the_rules_it_was_written_from(tmp_path: Path, rules) -> None:
    path = tmp_path / "camera.toml"
    text = calibration_text(CameraId("裁床-1"), rules, purpose="A simulated table")
    path.write_text(text, encoding="utf-8")
    file = load_calibration(path)
    assert file.calibration.camera == "裁床-1"
    assert file.calibration.rules == rules
    assert file.source is None


def test_the_camera_s_address_is_its_source(tmp_path: Path) -> None:
    path = tmp_path / "camera.toml"
    url = "rtsp://127.0.0.1:8554/sew.mp4"
    path.write_text(
        calibration_text(CameraId("sew"), (GATE,), purpose="A simulated table", source=url), encoding="utf-8"
    )
    assert load_calibration(path).source == url
    assert TARGET.classes == load_calibration(path).calibration.rules[0].target.classes
