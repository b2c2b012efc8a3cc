"""Everything wrong or doubtful in a sheet, gathered before anything is decided."""

from __future__ import annotations

from tracker.domain.errors import SheetError, SheetFault
from tracker.intake.grid import Cell, column_letter
from tracker.intake.limits import MAX_FINDINGS


def refusal(source: str, what: str, *, sheet: str | None = None, row: int | None = None) -> SheetError:
    """The error for a file that cannot be read at all, or not further than this row.

    Args:
        source: Name of the file.
        what: What is wrong and what to do.
    """
    return SheetError(source, (SheetFault(row, None, what, sheet=sheet),))


class Findings:
    """Collects faults and warnings of one file; hands them back in reading order.

    Lives for one import; nothing is evicted, but no more than ``MAX_FINDINGS`` of either kind are handed back.
    """

    def __init__(self) -> None:
        self._faults: list[tuple[tuple[int, int, int], SheetFault]] = []
        self._warnings: list[tuple[tuple[int, int, int], SheetFault]] = []
        self._sheets: dict[str | None, int] = {None: -1}

    def fault(self, cell: Cell, what: str) -> None:
        """Note that this cell must be corrected."""
        self._faults.append(self._entry(cell, what))

    def warn(self, cell: Cell, what: str) -> None:
        """Note something the user should know but need not correct."""
        self._warnings.append(self._entry(cell, what))

    def fault_row(self, sheet: str | None, row: int, what: str) -> None:
        """Note that something in this row must be corrected."""
        self._faults.append(((self._rank(sheet), row, 0), SheetFault(row, None, what, sheet=sheet)))

    def warn_sheet(self, sheet: str | None, what: str) -> None:
        """Note something about a whole sheet."""
        self._warnings.append(((self._rank(sheet), 0, 0), SheetFault(None, None, what, sheet=sheet)))

    def fault_sheet(self, sheet: str | None, what: str) -> None:
        """Note that a whole sheet cannot be used."""
        self._faults.append(((self._rank(sheet), 0, 0), SheetFault(None, None, what, sheet=sheet)))

    @property
    def fault_count(self) -> int:
        """Faults so far."""
        return len(self._faults)

    @property
    def faults(self) -> tuple[SheetFault, ...]:
        """All faults, sheet by sheet, row by row."""
        return _ordered(self._faults)

    @property
    def warnings(self) -> tuple[SheetFault, ...]:
        """All warnings, sheet by sheet, row by row."""
        return _ordered(self._warnings)

    def _rank(self, sheet: str | None) -> int:
        return self._sheets.setdefault(sheet, len(self._sheets))

    def _entry(self, cell: Cell, what: str) -> tuple[tuple[int, int, int], SheetFault]:
        fault = SheetFault(cell.row, column_letter(cell.column), what, sheet=cell.sheet)
        return (self._rank(cell.sheet), cell.row, cell.column), fault


def _ordered(entries: list[tuple[tuple[int, int, int], SheetFault]]) -> tuple[SheetFault, ...]:
    ranked = sorted(entries, key=lambda entry: entry[0])
    seen: dict[str, SheetFault] = {}
    for _, fault in ranked:
        seen.setdefault(str(fault), fault)
    kept = list(seen.values())
    if len(kept) > MAX_FINDINGS:
        rest = SheetFault(None, None, f"and {len(kept) - MAX_FINDINGS} more; correct these first")
        kept = [*kept[:MAX_FINDINGS], rest]
    return tuple(kept)
