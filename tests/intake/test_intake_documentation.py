"""What docs/order-sheets.md says is what the code does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tracker.domain.orders import OrderLine
from tracker.intake import Intake, example_orders, limits, read_sheet, write_template
from tracker.intake.fields import Field, known_field

DOCUMENT = (Path(__file__).parents[2] / "docs" / "order-sheets.md").read_text(encoding="utf-8")
LONG, MATRIX, BULLETIN = re.findall(r"```csv\n(.*?)```", DOCUMENT, re.DOTALL)
TODAY = date(2026, 11, 23)


def test_the_example_is_the_template(tmp_path: Path) -> None:
    path = tmp_path / "template.csv"
    write_template(path, today=TODAY)
    assert path.read_text(encoding="utf-8-sig") == LONG


def test_the_matrix_and_the_bulletin_read_as_described(tmp_path: Path) -> None:
    sheet, operations = tmp_path / "matrix.csv", tmp_path / "operations.csv"
    sheet.write_text(MATRIX, encoding="utf-8")
    (order,) = read_sheet(sheet, today=TODAY).orders
    assert (order.id, order.customer, order.style, order.style_family) == ("PO-1", "ACME", "T-100 T恤", "t-shirt")
    assert order.requested == date(2026, 12, 18)
    assert order.lines[-1] == OrderLine("蓝", "L", 10)
    assert order.quantity == 65
    operations.write_text(BULLETIN, encoding="utf-8")
    sheet.write_text(LONG, encoding="utf-8")
    intake = read_sheet(sheet, today=TODAY, bulletin=operations)
    assert [step.weight for step in intake.orders[0].route.steps] == [0.6, 3.4, 1.2, 0.6, 0.9]


def test_every_field_is_documented_and_every_documented_header_is_known() -> None:
    documented: set[Field] = {Field.IGNORE}
    for names, headers in re.findall(r"^\| (`[^|]*`) \| ([^|]*) \|", DOCUMENT, re.MULTILINE):
        fields = [Field(name) for name in re.findall(r"`(\w+)`", names) if name in set(Field)]
        documented.update(fields)
        if len(fields) == 1:
            assert {known_field(header) for header in headers.split(", ")} == {fields[0]}, headers
    assert documented == set(Field)


@pytest.mark.parametrize(
    ("name", "value"), re.findall(r"^\| `(MAX_\w+)` \| ([\d,]+(?: MB)?) \|", DOCUMENT, re.MULTILINE)
)
def test_documented_limits_are_the_real_ones(name: str, value: str) -> None:
    number, _, unit = value.replace(",", "").partition(" ")
    assert getattr(limits, name) == int(number) * (2**20 if unit == "MB" else 1)


def test_limits_are_documented() -> None:
    internal = {"MAX_MEMBERS", "MAX_RATIO", "MAX_NESTING", "MAX_SHARED_STRINGS", "MAX_FINDINGS", "MAX_HEADER_CHARS",
                "MAX_FACTS_CHARS", "MAX_DUE_YEARS"}  # fmt: skip
    names = {name for name in vars(limits) if name.startswith("MAX_")}
    assert names - internal == set(re.findall(r"`(MAX_\w+)`", DOCUMENT))


def test_the_quoted_fault_is_the_real_one(tmp_path: Path, faults_of: Callable[..., list[str]]) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("货号,customer,style,quantity\n1,A,T,5\n", encoding="utf-8")
    (fault,) = faults_of(path)
    assert fault.removeprefix("1: ") in DOCUMENT


def test_the_examples_have_no_warnings(tmp_path: Path, intake_of: Callable[..., Intake]) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(LONG, encoding="utf-8")
    intake = intake_of(path)
    assert intake.warnings == ()
    assert [order.id for order in intake.orders] == [order.id for order in example_orders(TODAY)]
