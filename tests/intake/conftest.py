"""Sheets built for one test, and ways of reading them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tracker.domain.errors import SheetError
from tracker.intake import Intake, read_sheet

TODAY = date(2026, 11, 23)

Rows = Sequence[Sequence[object]]
Book = Callable[..., Path]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Write a workbook: sheets by name, each rows of values from A1 on; ``merge`` lists areas of the first sheet."""

    def build(sheets: dict[str, Rows] | Rows, *, merge: Sequence[str] = (), name: str = "orders.xlsx") -> Path:
        named = sheets if isinstance(sheets, dict) else {"Sheet1": sheets}
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.worksheets[0])
        for title, rows in named.items():
            sheet = workbook.create_sheet(title)
            for row, values in enumerate(rows, start=1):
                for column, value in enumerate(values, start=1):
                    if value is not None:
                        sheet.cell(row, column, value)
        for area in merge:
            workbook.worksheets[0].merge_cells(area)
        path = tmp_path / name
        workbook.save(path)
        return path

    return build


@pytest.fixture
def faults_of() -> Callable[..., list[str]]:
    """The faults of a sheet that must have some."""

    def read(path: Path, **options: Any) -> list[str]:
        with pytest.raises(SheetError) as caught:
            read_sheet(path, today=TODAY, **options)
        assert caught.value.faults
        return [str(fault) for fault in caught.value.faults]

    return read


@pytest.fixture
def intake_of() -> Callable[..., Intake]:
    """What a good sheet holds."""

    def read(path: Path, **options: Any) -> Intake:
        return read_sheet(path, today=TODAY, **options)

    return read
