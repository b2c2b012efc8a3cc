import dataclasses
import json
from pathlib import Path

import av
import numpy as np
import pytest

from tracker.sim.render import render
from tracker.sim.script import SceneScript
from tracker.sim.truth import truth_events
from tracker.sim.workshop import make_workshop
from tracker.sim.writers import rule_document, write_clip, write_truth


@pytest.fixture(scope="module")
def script() -> SceneScript:
    return dataclasses.replace(make_workshop(3, width=320, height=180).scripts[1], duration_s=6.0)


@pytest.fixture(scope="module")
def clip(script: SceneScript, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "sewing.mp4"
    write_clip(script, path)
    return path


def test_clip_is_what_a_camera_could_have_sent(clip: Path, script: SceneScript) -> None:
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height) == (320, 180)
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
    assert len(packets) == script.frames
    # Without B frames pictures are sent in the order they are shown.
    assert all(packet.pts == packet.dts for packet in packets)
    seconds = [float(packet.pts * packet.time_base) for packet in packets]
    assert seconds == pytest.approx([frame / script.fps for frame in range(script.frames)], abs=0.001)
    assert [index for index, packet in enumerate(packets) if packet.is_keyframe] == list(range(0, 60, 10))


def test_clip_shows_what_was_rendered(clip: Path, script: SceneScript) -> None:
    with av.open(str(clip)) as container:
        decoded = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    for picture, (wanted, _) in zip(decoded, render(script), strict=True):
        error = np.mean((picture.astype(float) - wanted.astype(float)) ** 2)
        assert 10 * np.log10(255**2 / error) > 28  # decibels


def test_nothing_half_written_stays(clip: Path) -> None:
    assert [path.name for path in clip.parent.iterdir()] == ["sewing.mp4"]


def test_frame_count_is_reported(script: SceneScript, tmp_path: Path) -> None:
    seen: list[int] = []
    frames = write_clip(dataclasses.replace(script, duration_s=1.0), tmp_path / "short.mp4", on_frame=seen.append)
    assert seen == list(range(10)) == [frame.frame for frame in frames]


def test_truth_file_holds_events_geometry_and_boxes(script: SceneScript, tmp_path: Path) -> None:
    frames = tuple(truth for _, truth in render(script))
    write_truth(script, tmp_path / "truth.json", frames)
    read = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    events = truth_events(script)
    assert [(event["piece"], event["direction"], event["pieces"]) for event in read["events"]] == [
        (event.piece, event.direction.value, event.pieces) for event in events
    ]
    assert read["rule"]["source"]["polygon"][0] == [0.02, 0.04]
    assert len(read["frames"]) == script.frames
    boxes = [box for frame in frames for box in frame.boxes]
    assert [box["xyxy"] for frame in read["frames"] for box in frame["boxes"]] == [list(box.xyxy) for box in boxes]


def test_rule_document_spells_a_gate() -> None:
    rule = make_workshop(1).scripts[0].rule
    assert rule is not None
    assert rule_document(rule) == {
        "id": "cutting-gate", "kind": "gate", "classes": ["bundle"], "unit": "bundle", "pieces_per_unit": 10,
        "step": "cut", "start": [0.5, 1.0], "end": [0.5, 0.0],
    }  # fmt: skip
