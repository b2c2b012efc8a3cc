"""The doctor's look at machine, packages and video."""

from __future__ import annotations

import platform
from collections import namedtuple
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError

import psutil
import pytest

from tracker.capture.abilities import UsbCamera
from tracker.doctor.finding import Level
from tracker.doctor.machine import (
    clock,
    disk,
    examine_machine,
    memory,
    processor,
    processor_name,
    python,
    system,
    vectors,
    zones,
)
from tracker.doctor.software import examine_software
from tracker.doctor.video import decoders, examine_video, plugged_in

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
XEON = "processor : 0\nmodel name\t: Some Xeon\nflags : fpu avx2 avx512_vnni sse\n"


def test_this_machine_is_looked_at_whole(tmp_path):
    findings = examine_machine(tmp_path, NOW)
    assert [finding.name for finding in findings] == [
        "Python",
        "system",
        "processor",
        "memory",
        "disk",
        "time zones",
        "clock",
    ]
    assert {finding.topic for finding in findings} == {"machine"}


def test_old_python_is_missing():
    assert python((3, 10, 4)).level is Level.MISSING
    assert python((3, 11, 0)).level is Level.OK
    assert system().what.startswith(platform.system()[:3])


@pytest.mark.parametrize(
    ("flags", "machine", "level"),
    [
        ("avx2 avx512_vnni", "x86_64", Level.OK),
        ("sse4_2", "x86_64", Level.WARNING),  # a Celeron
        ("asimddp", "aarch64", Level.OK),  # which has no AVX to lack
    ],
)
def test_slow_processor_is_said_to_be_slow(tmp_path, monkeypatch, flags, machine, level):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    (tmp_path / "cpuinfo").write_text(f"model name : Some\nflags : {flags}\n", encoding="utf-8")
    assert processor(tmp_path / "cpuinfo").level is level


def test_processor_is_named_and_its_vectors_listed(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text(XEON, encoding="utf-8")
    assert processor_name(path) == "Some Xeon"
    assert vectors(path) == ("avx2", "avx512_vnni")


def test_machine_without_proc_is_asked_otherwise(tmp_path, monkeypatch):
    found = {"SIMD Extensions": {"baseline": ["X86_V2"], "found": ["X86_V3", "AVX512_ICL"]}}
    monkeypatch.setattr("numpy.show_config", lambda mode: found)
    monkeypatch.setattr(platform, "processor", lambda: "Intel64 Family 6")
    assert vectors(tmp_path / "none") == ("avx2", "avx512_vnni")
    assert processor_name(tmp_path / "none") == "Intel64 Family 6"
    # a board whose /proc/cpuinfo has no name in it
    (tmp_path / "cpuinfo").write_text("BogoMIPS : 50\n", encoding="utf-8")
    assert processor_name(tmp_path / "cpuinfo") == "Intel64 Family 6"


@pytest.mark.parametrize(("free", "level"), [(1 << 29, Level.WARNING), (1 << 32, Level.OK)])
def test_little_memory_and_a_full_disk_are_warned_of(tmp_path, monkeypatch, free, level):
    seen = namedtuple("Seen", "total available")(1 << 33, free)  # noqa: PYI024 -- as psutil answers
    monkeypatch.setattr(psutil, "virtual_memory", lambda: seen)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: namedtuple("Usage", "free")(free))  # noqa: PYI024
    assert memory().level is level
    assert disk(tmp_path).level is level


def test_missing_time_zones_are_missing():
    assert zones().level is Level.OK
    assert zones("Asia/Nowhere").todo == "pip install tzdata"


def test_clock_that_is_wrong_or_unset_is_noticed(tmp_path):
    flag = tmp_path / "systemd" / "timesync" / "synchronized"
    assert clock(datetime(1970, 1, 1, tzinfo=UTC), flag).level is Level.MISSING  # booted without a battery
    assert "cannot be seen" in clock(NOW, flag).what  # not systemd's
    flag.parent.mkdir(parents=True)
    assert clock(NOW, flag).level is Level.WARNING
    flag.touch()
    assert clock(NOW, flag).level is Level.OK


def installed(*names):
    def find(name):
        if name in names:
            return "1.0"
        raise PackageNotFoundError(name)

    return find


REQUIRED = ("numpy>=2", "onnxruntime>=1.24", "torch==2.13.0; extra == 'train'")


@pytest.mark.parametrize(
    ("names", "levels", "words"),
    [
        (("numpy", "onnxruntime", "pylopdf-fonts-zh-cn"), ["ok", "ok"], "and the 2 packages"),
        (("numpy", "pylopdf-fonts-zh-cn"), ["missing", "ok"], "without onnxruntime"),
        (("numpy", "onnxruntime"), ["ok", "missing"], "no Chinese type"),
        (
            ("numpy", "onnxruntime", "onnxruntime-gpu", "pylopdf-fonts-zh-cn"),
            ["ok", "warning", "ok"],
            "onnxruntime and onnxruntime-gpu overwrite",
        ),
    ],
)
def test_packages_that_lack_or_clash_are_named(names, levels, words):
    findings = examine_software(installed(*names), REQUIRED)
    assert [finding.level for finding in findings] == levels
    assert any(words in finding.what for finding in findings)


def test_packages_here_are_whole():
    assert {finding.level for finding in examine_software() if finding.name != "rivals"} == {Level.OK}


def test_lacking_decoder_is_missing():
    assert decoders(["hevc"], ["rtsp"]).what == "FFmpeg here lacks hevc, rtsp"
    assert decoders([], []).level is Level.OK


@pytest.mark.parametrize(
    ("cameras", "level"),
    [
        ([], Level.ABSENT),
        ([UsbCamera("/dev/video0", readable=True)], Level.OK),
        ([UsbCamera("/dev/video0", readable=True), UsbCamera("/dev/video1", readable=False)], Level.WARNING),
    ],
)
def test_plugged_in_camera_must_be_readable(cameras, level):
    assert plugged_in(cameras).level is level


def test_video_is_looked_at_whole():
    assert [finding.name for finding in examine_video()] == ["video", "USB"]
