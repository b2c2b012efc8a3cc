"""The data inventory: every column with its category, purpose and retention, as docs/data-inventory.md.

``python -m tracker.store.inventory`` prints it.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable

from sqlalchemy import Table

from tracker.store.tables import Row
from tracker.store.taxonomy import MEANING, Retention

HEAD = """# Data inventory

Every column of the database: what kind of data it is, what it is stored for, and for how long it may stay.
Generated from `tracker/store/tables` by `python -m tracker.store.inventory`; a test fails when the two differ.

There is no column about a worker, no picture and no track: cameras are turned into counts before anything is written.
Counts of pieces are about things, but people make them: their times and numbers are classed as behaviour, and cells as
workplaces, and kept accordingly. The log can't be shortened, so nothing personal may enter it.

Retention is what the schema declares; no sweep carries it out yet. Beside these tables Alembic keeps the schema's own
version in `alembic_version`.
"""


def render() -> str:
    """The whole inventory as Markdown, tables by name."""
    tables = sorted(Row.metadata.tables.values(), key=lambda table: table.name)
    kept = ((f"`{retention.name.lower()}`", retention.value) for retention in Retention)
    meant = ((f"`{category.value}`", meaning) for category, meaning in MEANING.items())
    legends = [
        "Categories are keys of the [fideslang](https://ethyca.github.io/fideslang/) taxonomy.\n",
        _table(("category", "means"), meant),
        _table(("retention", "means"), kept),
    ]
    return "\n".join([HEAD, *legends, *(_section(table) for table in tables)])


def _section(table: Table) -> str:
    rows = (
        (
            f"`{column.name}`",
            f"`{column.info['category']}`",
            f"so that {column.info['purpose']}",
            f"`{Retention(column.info['retention']).name.lower()}`",
        )
        for column in table.columns
    )
    columns = _table(("column", "category", "stored", "retention"), rows)
    return f"## {table.name}\n\n{_about(table)}\n\n{columns}"


def _about(table: Table) -> str:
    """First line of the docstring of the table's class."""
    owner = next(mapper.class_ for mapper in Row.registry.mappers if mapper.local_table is table)
    return (owner.__doc__ or "").strip().splitlines()[0]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def main() -> None:
    """Prints the inventory."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # a Windows console may speak cp936
    sys.stdout.write(render())


if __name__ == "__main__":
    main()
