"""The simulated power cut, small: it finds what a careless setting loses, and finds nothing with ours."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BARS = Path(__file__).resolve().parents[2] / "scripts" / "bars"
BATCHES = 3


@pytest.fixture(scope="module")
def bar() -> ModuleType:
    sys.path.insert(0, str(BARS))
    try:
        module = importlib.import_module("bar_power_cut")
    finally:
        sys.path.remove(str(BARS))
    if module.sqlite_library() is None:
        pytest.skip("this Python has SQLite built in and hides it")
    return module


def faults(bar: ModuleType, operations: list, ends: list[int], *survivals: str) -> list[str]:
    rng = np.random.default_rng(20260302)
    tried = [bar.Survivor(survives) for survives in survivals]
    left = list(bar.states(operations, ends, tried, rng))
    assert len(left) >= BATCHES
    return [fault for files, said in left if (fault := bar.found_wrong(files, said, BATCHES))]


def test_after_a_cut_at_any_sync_every_reported_transaction_is_there(bar: ModuleType) -> None:
    operations = bar.record(BATCHES)
    syncs = [end for end, one in enumerate(operations) if one.kind is bar.Kind.SYNC]
    around = sorted({end + step for end in syncs for step in (0, 1)} | set(bar.after_reports(operations)))
    assert len(syncs) >= 8
    assert faults(bar, operations, around, "nothing", "everything", "some", "some") == []


@pytest.mark.parametrize("setting", ["NORMAL", "OFF"])
def test_a_setting_that_syncs_too_little_is_found_out(bar: ModuleType, setting: str) -> None:
    operations = bar.record(BATCHES, synchronous=setting)
    assert faults(bar, operations, bar.after_reports(operations), "nothing")


def test_a_disk_may_keep_any_sectors_of_what_was_not_synced(bar: ModuleType) -> None:
    recorded = sys.modules["recorded_disk"]
    kind, operation = recorded.Kind, recorded.Operation
    written = [
        operation(kind.WRITE, "a", 0, b"1" * 1024),
        operation(kind.SYNC, "a"),
        operation(kind.WRITE, "a", 0, b"2" * 1024),
        operation(kind.TRUNCATE, "a", 600),
    ]
    rng = np.random.default_rng(1)
    found = {recorded.after_power_cut(written, recorded.Survivor.SOME, rng)[0]["a"] for _ in range(100)}
    assert {content[:512] for content in found} == {b"1" * 512, b"2" * 512}
    assert {len(content) for content in found} == {600, 1024}
    assert {content[0] == content[-1] for content in found} == {True, False}  # torn, and whole


def test_a_deleted_file_may_come_back_until_its_folder_is_synced(bar: ModuleType) -> None:
    recorded = sys.modules["recorded_disk"]
    kind, operation, survivor = recorded.Kind, recorded.Operation, recorded.Survivor
    deleted = [operation(kind.WRITE, "a", 0, b"1"), operation(kind.SYNC, "a"), operation(kind.DELETE, "a")]
    rng = np.random.default_rng(1)
    assert recorded.after_power_cut(deleted, survivor.NOTHING, rng) == ({"a": b"1"}, -1)
    assert recorded.after_power_cut(deleted, survivor.EVERYTHING, rng) == ({}, -1)
    assert recorded.after_power_cut([*deleted, operation(kind.SYNC_FOLDER, "")], survivor.NOTHING, rng) == ({}, -1)
