"""From a file to orders, or to every fault at once."""

from __future__ import annotations

import stat
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tracker.domain.errors import SheetError, SheetFault
from tracker.domain.orders import Order, OrderId
from tracker.intake.assemble import Setting, assemble
from tracker.intake.bulletins import Bulletin, check_use, read_bulletins
from tracker.intake.columns import check_columns, explain_unreadable, used_columns
from tracker.intake.csvtext import read_csv
from tracker.intake.findings import Findings, refusal
from tracker.intake.formats import FileKind, kind_of
from tracker.intake.grid import Grid
from tracker.intake.limits import MAX_XLSX_BYTES
from tracker.intake.lines import Line, read_lines
from tracker.intake.mapping import Mapping
from tracker.intake.tables import find_tables
from tracker.intake.workbook import read_workbook


@dataclass(frozen=True, slots=True)
class Intake:
    """What a sheet holds.

    Attributes:
        orders: In order of first appearance; at least one.
        warnings: What was read in a way the user should know of, in reading order.
        mapping: What was given plus every column that only it explains; remember it for this customer.
    """

    orders: tuple[Order, ...]
    warnings: tuple[SheetFault, ...]
    mapping: Mapping


def read_sheet(
    path: Path,
    *,
    mapping: Mapping | None = None,
    today: date,
    existing: Collection[OrderId] = (),
    bulletin: Path | None = None,
) -> Intake:
    """All orders of an XLSX or CSV file: everything or nothing.

    Layouts, headers and limits are described in docs/order-sheets.md.

    Args:
        path: The sheet.
        mapping: What headers mean that are not known words; ``None`` for none.
        today: The shop's local date: dates without a year are placed, and impossible ones found, by it.
        existing: Orders already recorded; the sheet must not hold them again.
        bulletin: A separate file with the operation bulletin.

    Raises:
        SheetError: The file cannot be read, or holds faults; it carries all of them with sheet, row and column.
    """
    used = mapping or Mapping()
    findings = Findings()
    grids = _grids(path, used, findings)
    extra = () if bulletin is None else _bulletin_file(bulletin, used, findings)
    lines, bulletins, used = _contents(grids, used, findings)
    if not lines and not findings.fault_count:
        only = "holds an operation bulletin but no orders; give it with --bulletin" if bulletins else "holds no orders"
        findings.fault_sheet(None, only)
    setting = Setting(today, used.dates, existing, (*bulletins, *extra))
    orders = assemble(lines, setting, findings)
    check_use(setting.bulletins, {order.id: order.style for order in orders}, findings)
    if findings.faults:
        raise SheetError(path.name, findings.faults)
    return Intake(orders, findings.warnings, used)


def _contents(
    grids: tuple[Grid, ...], mapping: Mapping, findings: Findings
) -> tuple[list[Line], tuple[Bulletin, ...], Mapping]:
    found = [(grid, find_tables(grid, mapping)) for grid in grids]
    must_hold_orders = not any(tables for _, tables in found)
    lines: list[Line] = []
    bulletins: list[Bulletin] = []
    for grid, tables in found:
        if not tables:
            explain_unreadable(grid, mapping, findings, certain=must_hold_orders)
            must_hold_orders = False  # one explanation; the other sheets are judged by what they look like
        for table in tables:
            if table.header.is_bulletin:
                bulletins += read_bulletins(table, findings)
            else:
                check_columns(table, findings)
                lines += read_lines(table, findings)
            mapping = mapping.with_columns(used_columns(table))
    return lines, tuple(bulletins), mapping


def _bulletin_file(path: Path, mapping: Mapping, findings: Findings) -> tuple[Bulletin, ...]:
    """The bulletins of a separate file; its cells are named as Excel names another file's: ``[ops.csv]``."""
    bulletins: list[Bulletin] = []
    for grid in _grids(path, mapping, findings):
        named = grid.renamed(f"[{path.name}]{grid.sheet or ''}")
        for table in find_tables(named, mapping):
            if table.header.is_bulletin:
                bulletins += read_bulletins(table, findings)
    if not bulletins:
        what = "holds no operation bulletin: a table with operation (工序) and SMV, seconds or piece price (工价)"
        findings.fault_sheet(f"[{path.name}]", what)
    return tuple(bulletins)


def _grids(path: Path, mapping: Mapping, findings: Findings) -> tuple[Grid, ...]:
    data = _bytes_of(path)
    if kind_of(data, path) is FileKind.XLSX:
        return read_workbook(data, path.name, findings)
    return (read_csv(data, path.name, mapping=mapping, findings=findings),)


def _bytes_of(path: Path) -> bytes:
    """The file's bytes; never more than the limit, and never from a pipe or device that might not end."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # before opening: a pipe would wait for its other end
            raise refusal(path.name, "is not a file; give an .xlsx or .csv file")
        with path.open("rb") as file:
            data = file.read(MAX_XLSX_BYTES + 1)
    except OSError as error:
        raise refusal(path.name, f"cannot be opened: {error.strerror or error}") from error
    if len(data) > MAX_XLSX_BYTES:
        raise refusal(path.name, f"is larger than {MAX_XLSX_BYTES // 2**20} MB; order sheets are far smaller")
    if not data:
        raise refusal(path.name, "is empty (0 bytes); copy or download it again")
    return data
