"""The body of an order table as order lines, with every printed total checked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tracker.domain.orders import OrderUnit
from tracker.intake.fields import ORDER_FACTS, Field, is_total, known_field
from tracker.intake.findings import Findings
from tracker.intake.grid import Cell
from tracker.intake.reading import read_cell
from tracker.intake.tables import Table
from tracker.intake.values import CellError, is_blank, number_of, quantity_of, text_of

_NOTE_WORDS: Final = ("备注", "注", "说明", "note", "remark", "制单", "审核", "prepared", "approved")


@dataclass(frozen=True, slots=True)
class Line:
    """One order line as a sheet states it. What could not be read is already a fault; the rest is still judged.

    Attributes:
        order: The cell with the order number; ``None`` when the table has none, which is already a fault.
        facts: What the row or the table says about the order, by field; fields that it says nothing about are absent.
        percents: Fields whose header says that bare numbers are per cent.
        colour: Empty when there is none; ``None`` when it could not be read.
        size: As ``colour``.
        quantity: Units; ``None`` when they could not be read.
        at: The cell with the quantity.
        unit: The unit written behind the quantity, or ``None``.
    """

    order: Cell | None
    facts: dict[Field, Cell]
    percents: frozenset[Field]
    colour: str | None
    size: str | None
    quantity: int | None
    at: Cell
    unit: OrderUnit | None


@dataclass(frozen=True, slots=True)
class _Amount:
    """One quantity cell of a row, with the size its column stands for."""

    size: str
    cell: Cell
    column: int


@dataclass(frozen=True, slots=True)
class _Row:
    """A row with quantities: its number, its order's cell (``None`` when unknown), its quantity cells."""

    number: int
    order: Cell | None
    amounts: list[_Amount]


class _Sums:
    """Running sums of the quantity columns, to compare printed totals with; lives for one table."""

    def __init__(self) -> None:
        self._since: dict[int, int] = {}
        self._overall: dict[int, int] = {}
        self._unreadable: set[int] = set()
        self.seen = False

    def add(self, column: int, quantity: int) -> None:
        """Count a row's quantity."""
        self._since[column] = self._since.get(column, 0) + quantity
        self._overall[column] = self._overall.get(column, 0) + quantity

    def spoil(self, *columns: int) -> None:
        """A row's quantity could not be read: the column's totals would only repeat that fault."""
        self._unreadable.update(columns)

    def compare(self, table: Table, row: int, columns: list[int], findings: Findings) -> None:
        """Check a printed total: it may add up all rows, or those since the total before."""
        self.seen = True
        for column in columns:
            cell = table.grid.at(row, column)
            since, overall = self._since.get(column, 0), self._overall.get(column, 0)
            self._since[column] = 0
            if is_blank(cell) or cell.column != column or column in self._unreadable:
                continue
            try:
                printed = number_of(cell)[0]
            except CellError as error:
                findings.fault(cell, f"printed total: {error}")
                continue
            if printed not in {Decimal(since), Decimal(overall)}:
                both = f"{since}" if since == overall else f"{since} since the total before, {overall} in all"
                findings.fault(cell, f"the printed total is {cell.text}, but the quantities above add up to {both}")


def read_lines(table: Table, findings: Findings) -> list[Line]:
    """All order lines of a table.

    A blank order number continues the row above when the row states no other fact of an order either.

    Args:
        findings: Receives faults of quantities, colours, sizes and totals. Facts are judged where they are compared.
    """
    before = findings.fault_count
    lines: list[Line] = []
    sums = _Sums()
    columns = _quantity_columns(table)
    previous: Cell | None = None
    for row in table.rows:
        cells = table.grid.in_row(row, table.columns)
        if all(_is_note(table, row, cell) for cell in cells):
            continue  # blank rows too
        labels = [cell for cell in cells if cell.column not in columns and isinstance(cell.value, str)]
        if any(is_total(cell.text) for cell in labels):
            sums.compare(table, row, columns, findings)
            continue
        amounts = _amounts(table, row) or _lost_amounts(table, row, cells, findings=findings, after_total=sums.seen)
        if not amounts:
            continue
        order = _order_cell(table, row, previous, findings=findings)
        previous = order or previous
        lines += _row_lines(table, _Row(row, order, amounts), sums, findings)
    if not lines and findings.fault_count == before:
        findings.fault_row(table.grid.sheet, table.header.bottom, "the table under this header has no order lines")
    return lines


def _quantity_columns(table: Table) -> list[int]:
    header = table.header
    if not header.sizes:
        return [header.columns[Field.QUANTITY]]
    return [column for column, _ in header.sizes] + ([header.total] if header.total is not None else [])


def _amounts(table: Table, row: int) -> list[_Amount]:
    header = table.header
    if header.sizes:
        found = [_Amount(cell.text, table.grid.at(row, column), column) for column, cell in header.sizes]
    else:
        column = header.columns[Field.QUANTITY]
        found = [_Amount("", table.grid.at(row, column), column)]
    return [amount for amount in found if not is_blank(amount.cell)]


def _lost_amounts(table: Table, row: int, cells: list[Cell], *, findings: Findings, after_total: bool) -> list[_Amount]:
    """What to make of a row without any quantity: a remark under the total, or a line that lost its number.

    Returns:
        The blank quantity cell of a line that lost its number, so that the rest of the row is judged; else nothing.
    """
    header = table.header
    if header.sizes:
        printed = Cell(None, row, 1) if header.total is None else table.grid.at(row, header.total)
        if not is_blank(printed):
            findings.fault(printed, f"the printed total is {printed.text}, but no size of this row has a quantity")
        elif not after_total:
            findings.warn(cells[0], "this row has no quantities and was passed over")
        return []
    filled = [cell for cell in cells if cell.column in header.columns.values()]
    if after_total and len(filled) < 2:
        return []
    return [_Amount("", table.grid.at(row, header.columns[Field.QUANTITY]), header.columns[Field.QUANTITY])]


def _is_note(table: Table, row: int, cell: Cell) -> bool:
    if not isinstance(cell.value, str):
        return False
    merged = (
        table.grid.at(row, cell.column + 1) is table.grid.at(row, cell.column)
        and len(table.grid.in_row(row, table.columns)) == 1
    )
    return merged or ":" in cell.value or cell.value.casefold().startswith(_NOTE_WORDS)


def _order_cell(table: Table, row: int, previous: Cell | None, *, findings: Findings) -> Cell | None:
    if not table.has(Field.ORDER):
        return None
    cell = table.cell(row, Field.ORDER)
    if not is_blank(cell):
        return cell
    stated = [field for field in ORDER_FACTS if field in table.header.columns]
    continues = all(is_blank(table.grid.at(row, table.header.columns[field])) for field in stated)
    if previous is not None and continues:
        return previous
    findings.fault(cell, "the order number is missing")
    return None


def _row_lines(table: Table, source: _Row, sums: _Sums, findings: Findings) -> list[Line]:
    row, order = source.number, source.order
    facts = {field: table.cell(row, field) for field in ORDER_FACTS if table.has(field)}
    percents = frozenset(field for field in facts if _says_percent(table, field))
    colour = _word(table, row, Field.COLOUR, findings=findings)
    if table.header.sizes and colour and known_field(colour) is Field.QUANTITY:  # "尺码 | S | M" above "数量 | 10 | 20"
        fact = table.facts.get(Field.COLOUR)
        colour = "" if fact is None else read_cell(fact, text_of, field=Field.COLOUR, findings=findings)
    size = "" if table.header.sizes else _word(table, row, Field.SIZE, findings=findings)
    lines: list[Line] = []
    for amount in source.amounts:
        quantity, unit = _read_amount(table, row, amount, findings)
        lines.append(Line(order, facts, percents, colour, amount.size or size, quantity, amount.cell, unit))
        if quantity is None:
            sums.spoil(amount.column, *([table.header.total] if table.header.total is not None else []))
        else:
            sums.add(amount.column, quantity)
    if all(line.quantity is not None for line in lines):
        _check_row_total(table, row, sum(line.quantity or 0 for line in lines), sums=sums, findings=findings)
    return [line for line in lines if line.quantity != 0]


def _read_amount(table: Table, row: int, amount: _Amount, findings: Findings) -> tuple[int | None, OrderUnit | None]:
    cell = amount.cell
    if is_blank(cell):
        findings.fault(cell, "the quantity is missing")
        return None, None
    if (cell.row, cell.column) != (row, amount.column):
        findings.fault(cell, f"quantity: is merged over other cells; row {row} needs a number of its own")
        return None, None
    least = 0 if table.header.sizes else 1
    read = read_cell(cell, lambda one: quantity_of(one, least=least), field=Field.QUANTITY, findings=findings)
    return read or (None, None)


def _check_row_total(table: Table, row: int, total: int, *, sums: _Sums, findings: Findings) -> None:
    column = table.header.total
    if column is None:
        return
    sums.add(column, total)
    cell = table.grid.at(row, column)
    if is_blank(cell) or (cell.row, cell.column) != (row, column):
        return
    try:
        printed = number_of(cell)[0]
    except CellError as error:
        findings.fault(cell, f"printed total: {error}")
        return
    if printed != total:
        findings.fault(cell, f"the printed total is {cell.text}, but the sizes of this row add up to {total}")


def _word(table: Table, row: int, field: Field, *, findings: Findings) -> str | None:
    """The row's colour or size: empty when there is none, ``None`` when it cannot be read."""
    cell = table.cell(row, field)
    if not table.has(field) or is_blank(cell):
        return ""
    return read_cell(cell, text_of, field=field, findings=findings)


def _says_percent(table: Table, field: Field) -> bool:
    column = table.header.columns.get(field)
    return column is not None and "%" in table.grid.at(table.header.top, column).text
