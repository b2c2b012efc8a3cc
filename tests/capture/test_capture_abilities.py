"""What video this installation can read."""

from __future__ import annotations

import os

import pytest

from tracker.capture.abilities import ffmpeg_version, missing_codecs, missing_formats, usb_cameras


def test_the_wheel_we_lock_reads_what_cameras_send():
    assert missing_codecs() == ()
    assert missing_formats("linux") == ()
    assert ffmpeg_version().startswith("PyAV 18.")


@pytest.mark.parametrize(
    ("platform", "available", "missing"),
    [
        ("linux", {"rtsp", "mjpeg"}, ("v4l2",)),
        ("win32", {"rtsp", "mjpeg", "v4l2"}, ("dshow",)),
        ("darwin", {"mjpeg", "avfoundation"}, ("rtsp",)),
        ("freebsd", {"rtsp", "mjpeg"}, ()),  # nobody knows what it needs for USB
    ],
)
def test_what_a_build_lacks_is_named(platform, available, missing):
    assert missing_formats(platform, available) == missing


def test_missing_decoder_is_named():
    assert missing_codecs({"h264", "mjpeg"}) == ("hevc",)


def test_plugged_in_cameras_are_device_files(tmp_path, monkeypatch):
    for name in ("video0", "video10", "video-index", "null"):
        (tmp_path / name).touch()
    monkeypatch.setattr(os, "access", lambda path, mode: path.name == "video0")
    assert [(camera.path, camera.readable) for camera in usb_cameras(tmp_path)] == [
        (str(tmp_path / "video0"), True),
        (str(tmp_path / "video10"), False),
    ]
