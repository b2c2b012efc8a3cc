from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from tracker.store.inventory import main, render
from tracker.store.tables import Row
from tracker.store.taxonomy import MEANING, Category, Retention

ROOT = Path(__file__).parents[2]
COLUMNS = [column for table in Row.metadata.sorted_tables for column in table.columns]

FORBIDDEN = """
    worker employee staff operator maker seamstress tailor sewer person people who human_id user author
    name_of first_name last_name full_name surname nickname badge card_no rfid phone email address wechat
    face gender sex age birth skin height pose gait emotion mood voice biometric fingerprint embedding feature
    track identity reid picture image photo frame_data crop jpeg snapshot thumbnail video clip
    wage pay salary bonus score rank rating productivity efficiency password secret token key_hash
""".split()  # noqa: SIM905 - a list of ninety words in ninety lines is not easier to read
"""What no table or column may be called, or have among the words of its name."""

ALLOWED = {"human_counts"}
"""A total that somebody counted by hand; the table has no column that says who."""


def _named(column: Column[object]) -> str:
    return f"{column.table.name}.{column.name}"


@pytest.mark.parametrize("column", COLUMNS, ids=_named)
def test_every_column_says_category_purpose_and_retention(column: Column[object]) -> None:
    assert set(column.info) == {"category", "purpose", "retention"}
    assert column.info["category"] in set(Category)
    assert column.info["retention"] in set(Retention)
    assert len(column.info["purpose"].split()) >= 3


def _is_forbidden(name: str) -> bool:
    words = name.split("_")
    parts = [["_".join(words[start:end]) for end in range(start + 1, len(words) + 1)] for start in range(len(words))]
    spoken = {part for ends in parts for part in ends}
    return bool(spoken & {form for word in FORBIDDEN for form in (word, f"{word}s", f"{word}_id")})


@pytest.mark.parametrize("name", ["worker_id", "sewn_by_operator", "track_id", "face_crop", "users", "age", "photo"])
def test_the_check_for_workers_would_find_one(name: str) -> None:
    assert _is_forbidden(name)


def test_no_table_or_column_is_about_a_worker() -> None:
    names = {column.name for column in COLUMNS} | set(Row.metadata.tables)
    assert not [name for name in sorted(names - ALLOWED) if _is_forbidden(name)]


def test_the_log_holds_nothing_personal_by_design() -> None:
    assert {column.info["category"] for column in Row.metadata.tables["log"].columns} == {Category.OPERATIONS}


def test_every_category_is_explained() -> None:
    assert set(MEANING) == set(Category)


def test_the_data_inventory_is_up_to_date() -> None:
    written = (ROOT / "docs" / "data-inventory.md").read_text(encoding="utf-8")
    assert written == render(), "run: python -m tracker.store.inventory > docs/data-inventory.md"


def test_the_inventory_is_printed_as_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    console = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(console, encoding="cp936", newline="\r\n"))
    main()
    sys.stdout.flush()
    assert console.getvalue() == render().encode()


@pytest.mark.parametrize("table", Row.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_can_be_made_in_postgresql(table: object) -> None:
    dialect = postgresql.dialect()
    text = str(CreateTable(table).compile(dialect=dialect))
    indexes = [str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes]
    assert not re.search(r"\bDATETIME\b|\bTIMESTAMP WITHOUT\b", text)
    assert all(index.startswith("CREATE") for index in indexes)
