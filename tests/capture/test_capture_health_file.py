"""The view kept between two runs: whole or not at all, and nothing that would stop a camera."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tracker.capture.health_file import FOLDER, ViewFile
from tracker.capture.health_moved import Reference
from tracker.domain.frames import CameraId
from tracker.domain.rules import Calibration, CountUnit, RuleId, StockRule, Target, Zone
from tracker.domain.shift import STRAIGHT, Shift

CAMERA = CameraId("裁床:1")


def reference(shift: Shift = STRAIGHT) -> Reference:
    edges = np.zeros((45, 80, 2), np.float32)
    edges[10, 20] = (0.5, -0.75)
    return Reference(edges, shift)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    shift = Shift(0.02, -0.01, 1.5, 1.01)
    assert ViewFile(tmp_path, CAMERA).load() is None, "a first start has none"
    ViewFile(tmp_path, CAMERA).keep(reference(shift))
    back = ViewFile(tmp_path, CAMERA).load()
    assert back is not None
    assert back.shift == shift
    np.testing.assert_allclose(back.edges, reference().edges, atol=0.005)
    assert [path.suffix for path in (tmp_path / FOLDER).iterdir()] == [".json"], "nothing half written is left"


def test_nothing_but_edge_directions_is_kept(tmp_path: Path) -> None:
    file = ViewFile(tmp_path, CAMERA)
    file.keep(reference())
    stored = json.loads(file.path.read_text(encoding="utf-8"))
    assert set(stored) == {"zones", "shift", "edges"}
    assert len(stored["edges"]) == 4 * (45 * 80 * 2) // 3


def test_a_view_kept_for_other_zones_counts_as_nothing(tmp_path: Path) -> None:
    zone = Zone("tray", ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5)))
    rule = StockRule(RuleId("stock"), Target((), CountUnit.PIECE, 1, None, None), zone)
    drawn = Calibration(CAMERA, "Counts what lies there", (), (rule,))
    ViewFile.of(tmp_path, drawn).keep(reference())
    assert ViewFile.of(tmp_path, replace(drawn, purpose="Counts the same")).load() is not None
    assert ViewFile.of(tmp_path, replace(drawn, masks=(zone,))).load() is None


@pytest.mark.parametrize(
    "text",
    [
        "",  # cut off by a power cut
        "[]",
        '{"zones": "", "shift": [0, 0, 0, 1]}',
        '{"zones": "", "shift": [0, 0, 0, 1], "edges": "AAA"}',
        '{"zones": "", "shift": [0, 0, 0, 1], "edges": "AAAA"}',  # no whole row of cells
        '{"zones": "", "shift": [0, 0], "edges": ""}',
        '{"zones": "", "shift": [0, 0, 0, 1], "edges": ""}',  # no view at all
        "\udcff",
    ],
)
def test_a_damaged_file_is_logged_and_made_anew(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    file = ViewFile(tmp_path, CAMERA)
    file.path.parent.mkdir()
    file.path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert file.load() is None
    assert "view_unreadable" in caplog.text
    file.keep(reference())
    assert file.load() is not None


def test_a_disk_that_refuses_costs_only_the_next_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be", encoding="utf-8")
    file = ViewFile(tmp_path, CAMERA)
    with caplog.at_level(logging.WARNING):
        file.keep(reference())
    assert "view_not_kept" in caplog.text
    assert not file.confirmed()


def test_taking_the_file_away_confirms_once(tmp_path: Path) -> None:
    watching, told = ViewFile(tmp_path, CAMERA), ViewFile(tmp_path, CAMERA)
    assert not watching.confirmed(), "nothing was kept yet"
    watching.keep(reference())
    assert not watching.confirmed()
    assert told.forget()
    assert not told.forget()
    assert watching.confirmed()
    assert not watching.confirmed()
