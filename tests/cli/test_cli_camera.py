"""``tracker camera``: what is printed, and that it can be pasted."""

from __future__ import annotations

import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest
from cli_shell import done, run_cli, write_clip

from tracker.capture.discovery import FoundCamera
from tracker.capture.lens import Board, LensFound
from tracker.capture.onvif import Profile
from tracker.capture.probe import Findings
from tracker.capture.usb import UsbDevice
from tracker.config import load_calibration
from tracker.domain.errors import SourceError
from tracker.domain.optics import Lens

SECRET = "rtsp://${CAM_USER}:${CAM_PASSWORD}@192.0.2.7/1"


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch):
    """Says what answers on the network and what is plugged in."""

    def says(cameras, usb):
        monkeypatch.setattr("tracker.capture.discovery.discover", lambda **_: cameras)
        monkeypatch.setattr("tracker.capture.usb.SystemDevices.listed", lambda _: usb)

    return says


@pytest.fixture
def findings(monkeypatch: pytest.MonkeyPatch):
    """Says what a probe finds."""

    def says(found):
        monkeypatch.setenv("CAM_USER", "viewer")
        monkeypatch.setenv("CAM_PASSWORD", "hunter2")
        monkeypatch.setattr("tracker.capture.probe.probe_address", lambda *_, **__: found)
        monkeypatch.setattr("tracker.capture.probe.probe_usb", lambda *_, **__: found)

    return says


def test_found_cameras_are_printed_with_what_to_write(network) -> None:
    network((FoundCamera("192.0.2.7", 80, "Table 1", "IPC"),), [UsbDevice("/dev/video0", 'HD "Pro" [1]')])
    ran = done("camera", "find")
    assert "192.0.2.7  Table 1 IPC" in ran.out
    sources = [tomllib.loads(line.strip())["source"] for line in ran.out.splitlines() if "source" in line]
    assert sources == ["onvif://${CAM_USER}:${CAM_PASSWORD}@192.0.2.7/sub", 'usb:HD "Pro" [1]']
    answer = done("camera", "find", "--json").json
    assert answer["usb"] == [{"device": "/dev/video0", "name": 'HD "Pro" [1]', "source": sources[1]}]
    assert answer["network"][0] == {"host": "192.0.2.7", "name": "Table 1", "model": "IPC", "source": sources[0]}


def test_nobody_answering_is_said_with_why_that_may_be(network) -> None:
    network((), [])
    ran = done("camera", "find", "--wait", "1", "--local", "127.0.0.1")
    assert ran.out == ""
    assert "switched off" in ran.err


def test_what_a_probe_prints_of_a_file_is_a_calibration(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "it's a table.mp4")
    out = done("camera", "probe", str(clip)).out
    assert "# h264 64x48, 10 frames a second, key frames: every 0.5 s" in out
    assert "# file; password: none asked" in out
    path = tmp_path / "camera.toml"
    path.write_text(out, encoding="utf-8")
    file = load_calibration(path)
    assert (file.source, file.fps) == (clip.name, 8)


def test_what_a_probe_prints_of_a_camera(findings, tmp_path: Path) -> None:
    findings(
        Findings(
            "rtsp over udp",
            "hevc",
            704,
            576,
            None,
            12.5,
            ("Digest MD5", "Basic"),
            (Profile("p", "sub [1]", "H264", 704, 576, 15.0, 30),),
        )
    )
    ran = done("camera", "probe", SECRET, "--transport", "udp")
    assert "# hevc 704x576, unknown, key frames: every 12.5 s" in ran.out
    assert "# rtsp over udp; password: Digest MD5 or Basic" in ran.out
    assert "# profile sub [1]: H264 704x576 at 15" in ran.out
    assert "far apart" in ran.err
    assert "hunter2" not in ran.out + ran.err
    (tmp_path / "camera.toml").write_text(ran.out, encoding="utf-8")
    file = load_calibration(tmp_path / "camera.toml")
    assert (file.source, file.transport, file.fps) == (SECRET, "udp", 8)
    answer = done("camera", "probe", SECRET, "--json").json
    assert (answer["codec"], answer["profiles"][0]["name"]) == ("hevc", "sub [1]")
    assert tomllib.loads(answer["toml"])["source"] == SECRET


def test_a_slow_usb_camera_is_looked_at_as_fast_as_it_goes(findings, tmp_path: Path) -> None:
    findings(Findings("usb", "mjpeg", 640, 480, 5.0, None))
    out = done("camera", "probe", "usb:Webcam").out
    assert "5 frames a second, key frames: one only" in out
    (tmp_path / "camera.toml").write_text(out, encoding="utf-8")
    assert load_calibration(tmp_path / "camera.toml").fps is None


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("missing.mp4", "cannot be opened"),
        ("rtsp://admin:hunter2@192.0.2.7/1", "a camera's password stands in the settings"),
    ],
)
def test_a_probe_that_fails_says_why_and_no_password(source: str, problem: str) -> None:
    ran = run_cli("camera", "probe", source)
    assert ran.code == 3
    assert problem in ran.err
    assert "hunter2" not in ran.err


def test_a_lens_is_printed_as_a_table_for_the_calibration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = []

    def measure(photos, board):
        given.append(board)
        return LensFound(Lens(0.8, 1.4, k1=-0.28123456789), 0.0003, tuple(photos[1:]), tuple(photos[:1]))

    monkeypatch.setattr("tracker.capture.lens.measure_lens", measure)
    ran = done("camera", "lens", "a.jpg", "b.jpg", "--board", "11x8", "--charuco", "--marker", "0.7")
    assert tomllib.loads(ran.out)["lens"] == {
        "fx": 0.8, "fy": 1.4, "cx": 0.5, "cy": 0.5, "k1": -0.281235, "k2": 0.0, "p1": 0.0, "p2": 0.0, "k3": 0.0,
        "zoom": 1.0,
    }  # fmt: skip
    assert "a.jpg: the board was not found" in ran.err
    answer = done("camera", "lens", "a.jpg", "b.jpg", "--json").json
    assert (answer["photos"], answer["unused"], answer["error"]) == (1, 1, 0.0003)
    assert given == [Board(11, 8, 0.7, "5x5"), Board(9, 6, None, "5x5")]
    path = tmp_path / "camera.toml"
    path.write_text(
        'camera = "a"\npurpose = "counts shirts on a table"\nrules = [{id = "wip", kind = "stock", zone = '
        "[[0, 0], [1, 0], [1, 1]]}]\n" + ran.out,
        encoding="utf-8",
    )
    assert load_calibration(path).optics.lens == Lens(0.8, 1.4, k1=-0.281235)


def test_photographs_of_nothing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "照片.png"
    path.write_bytes(cv2.imencode(".png", np.zeros((60, 80), np.uint8))[1].tobytes())
    ran = run_cli("camera", "lens", str(path))
    assert ran.code == 3
    assert "got 0 of 1" in ran.err
    assert "squares across x squares down" in run_cli("camera", "lens", str(path), "--board", "nine").err


def test_a_network_that_cannot_be_asked_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_):
        raise SourceError("the network cannot be asked for cameras")

    monkeypatch.setattr("tracker.capture.discovery.discover", refuse)
    assert run_cli("camera", "find").code == 3
