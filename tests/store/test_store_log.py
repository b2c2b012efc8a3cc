from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from databases import Database
from store_samples import CUT, MONDAY_8, PO, SEW, event, order, record, release

from tracker.domain.orders import HumanCount, OrderState
from tracker.store import Store
from tracker.store.chain import GENESIS, LARGEST_PAYLOAD, entry_hash


def write_three(store: Store) -> None:
    for number in range(3):
        with store.write(MONDAY_8 + timedelta(hours=number)) as unit:
            unit.log("test.kind", f"subject {number}", {"number": number, "a": "裁"})


def test_entries_are_numbered_and_chained(store: Store) -> None:
    write_three(store)
    with store.read() as view:
        entries = view.log_entries()
        assert view.verify_log() is None
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert [entry.prev_hash for entry in entries] == [GENESIS, entries[0].hash, entries[1].hash]
    assert entries[2].payload == '{"a":"裁","number":2}'
    first = entries[0]
    assert first.hash == entry_hash(1, MONDAY_8, ("test.kind", "subject 0", first.payload), GENESIS)


def test_the_hash_of_an_entry_is_fixed_for_all_time() -> None:
    made = entry_hash(1, MONDAY_8, ("order.imported", "PO-1", '{"a":"裁"}'), GENESIS)
    assert made == "7240955175d92a7501cc1124bfd8273ac04fdccfb67d7a24ec3133e3e140eca8"


def test_several_entries_of_one_transaction_are_chained(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        for number in range(3):
            unit.log("test.kind", "s", {"number": number})
        assert [entry.seq for entry in unit.log_entries()] == [1, 2, 3]
        assert unit.verify_log() is None


def test_a_rolled_back_entry_leaves_no_hole(store: Store) -> None:
    def break_off() -> None:
        with store.write(MONDAY_8) as unit:
            unit.log("test.kind", "s", {})
            raise RuntimeError("power")

    write_three(store)
    with pytest.raises(RuntimeError, match="power"):
        break_off()
    write_three(store)
    with store.read() as view:
        assert [entry.seq for entry in view.log_entries()] == [1, 2, 3, 4, 5, 6]
        assert view.verify_log() is None


def test_entries_are_read_in_portions(store: Store) -> None:
    write_three(store)
    with store.read() as view:
        assert [entry.seq for entry in view.log_entries(limit=2)] == [1, 2]
        assert [entry.seq for entry in view.log_entries(after_seq=2)] == [3]


APPENDED = "INSERT INTO log SELECT {}, at, kind, 'me', payload, prev_hash, hash FROM log WHERE seq = 2"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log SET payload = '{}' WHERE seq = 2",
        "DELETE FROM log WHERE seq = 2",
        "DELETE FROM log",
        APPENDED.format("seq + 9"),
        APPENDED.format("seq + 1"),
        "UPDATE log SET seq = seq + 9",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(store: Store, database: Database, statement: str) -> None:
    write_three(store)
    with database.raw() as raw, pytest.raises(database.refusal, match="append-only"):
        raw.execute(statement)


@pytest.mark.parametrize(
    ("database", "statement"),
    [
        ("sqlite", APPENDED.format("seq").replace("INSERT", "INSERT OR REPLACE")),  # a DELETE that fires no trigger
        ("sqlite", APPENDED.format("NULL").replace("INSERT", "INSERT OR REPLACE")),
        ("postgresql", f"{APPENDED.format('seq')} ON CONFLICT (seq) DO UPDATE SET kind = 'mine'"),
        ("postgresql", "TRUNCATE log"),  # fires no trigger of a row
    ],
    indirect=["database"],
)
def test_no_detour_of_one_database_leads_around_it(store: Store, database: Database, statement: str) -> None:
    write_three(store)
    with database.raw() as raw, pytest.raises(database.refusal, match="append-only"):
        raw.execute(statement)


@pytest.mark.parametrize("table", ["events", "releases"])
def test_the_database_itself_refuses_to_change_facts(store: Store, database: Database, table: str) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
        unit.save_release(release())
    record(store, [event(1)], until_s=2)
    column = {"events": "pieces", "releases": "band_low_pct"}[table]
    with database.raw() as raw, pytest.raises(database.refusal, match="never changed"):
        raw.execute(f"UPDATE {table} SET {column} = 99")


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE log SET payload = '{\"number\":9}' WHERE seq = 2", 2),
        ("UPDATE log SET at = (SELECT at FROM log WHERE seq = 1) WHERE seq = 2", 2),
        ("UPDATE log SET subject = 'subject 9' WHERE seq = 1", 1),
        ("UPDATE log SET kind = 'other' WHERE seq = 3", 3),
        ("UPDATE log SET hash = prev_hash WHERE seq = 2", 2),
        ("DELETE FROM log WHERE seq = 2", 2),
        ("DELETE FROM log WHERE seq = 1", 1),
        ("UPDATE log SET seq = 9 WHERE seq = 3", 3),
    ],
)
def test_a_change_behind_the_triggers_is_noticed(store: Store, database: Database, tampering: str, broken: int) -> None:
    write_three(store)
    of_table = " ON log" if database.kind == "postgresql" else ""
    with database.raw() as raw:
        for trigger in ("log_keeps_entries", "log_keeps_all", "log_counts_on"):
            raw.execute(f"DROP TRIGGER {trigger}{of_table}")
        raw.execute(tampering)
    with store.read() as view:
        assert view.verify_log() == broken


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({"url": "rtsp://admin:12345@10.0.0.7/1"}, ValueError),  # a camera's password
        ({"deep": [{"url": "http://token@host/"}]}, ValueError),  # a token, nested
        ({"pace": float("nan")}, ValueError),  # no JSON number
        ({"text": "x" * LARGEST_PAYLOAD}, ValueError),  # a file
        ({"picture": b"\xff\xd8"}, TypeError),  # a picture
    ],
)
def test_what_must_not_stay_for_good_is_refused(
    store: Store, payload: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error), store.write(MONDAY_8) as unit:
        unit.log("test.kind", "s", payload)
    with store.read() as view:
        assert view.log_entries() == ()


def test_an_address_without_credentials_may_be_logged(store: Store) -> None:
    with store.write(MONDAY_8) as unit:
        unit.log("test.kind", "s", {"url": "https://platform.example/hook", "mail": "see @ the door"})


def _count(unit: object) -> None:
    unit.add_human_count(HumanCount(PO, CUT, None, 5, MONDAY_8))


@pytest.mark.parametrize(
    ("change", "logged"),
    [
        (lambda unit: unit.set_order_state(PO, OrderState.HELD), ["order.state"]),
        (lambda unit: unit.set_order_state(PO, OrderState.ACCEPTED), []),  # no change
        (lambda unit: unit.revise_order(order(revision=2)), ["order.revised"]),
        (lambda unit: unit.revise_order(order(revision=2, state=OrderState.HELD)), ["order.revised", "order.state"]),
        (_count, ["count.human"]),
        (lambda unit: unit.assign(event(1).id, None, "why"), ["event.assigned"]),
        (lambda unit: unit.save_release(release()), ["release.made"]),
        (lambda unit: unit.remember_mapping("x", {}), []),
    ],
)
def test_writes_that_matter_log_themselves(store: Store, change: Callable[[object], object], logged: list[str]) -> None:
    with store.write(MONDAY_8) as unit:
        unit.add_orders([order()])
    record(store, [event(1, step=SEW)], until_s=2)
    with store.write(MONDAY_8) as unit:
        change(unit)
    with store.read() as view:
        entries = view.log_entries()
        assert [entry.kind for entry in entries] == ["order.imported", *logged]
        assert "Northwind" not in "".join(entry.payload for entry in entries)


def test_the_log_goes_on_after_reopening(database: Database) -> None:
    for _ in range(2):
        with database.open() as store:
            write_three(store)
    with database.open() as store, store.read() as view:
        assert view.verify_log() is None
        assert len(view.log_entries()) == 6
