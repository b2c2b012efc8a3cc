"""Order sheets in the default layout: a template to fill in, and any orders as a sheet that reads back equal."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tracker.domain.errors import ConfigError, ConflictError, UsageError
from tracker.domain.orders import Operation, Order, OrderId, OrderLine, OrderState, OrderUnit, Route, WeightSource
from tracker.domain.rules import StepId
from tracker.intake.grid import column_letter
from tracker.intake.routes import bulletin_route, default_route, parse_route, route_text

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as SheetCell
    from openpyxl.cell.cell import MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

_ORDER_HEADERS: Final = (
    "订单号 Order", "客户 Customer", "款号 Style", "品类 Style family", "颜色 Colour", "尺码 Size", "数量 Quantity",
    "单位 Unit", "交期 Requested", "承诺交期 Promised", "溢装 Over", "短装 Short", "状态 State", "路线 Route",
)  # fmt: skip
_BULLETIN_HEADERS: Final = ("订单号 Order", "序号 No", "工序 Operation", "步骤 Step")
_WEIGHT_HEADERS: Final = {WeightSource.SMV: "SMV", WeightSource.PIECE_PRICE: "工价 Piece price"}
_FORMULA_MARKS: Final = ("=", "+", "-", "@")
_WIDTH_CHARS: Final = 16
_TEXT_FORMAT: Final = "@"
_REQUESTED_AFTER: Final = timedelta(days=8)
_PROMISED_AFTER: Final = timedelta(days=9)
"""Small orders are promised in seven to nine days."""

_Value = str | int | float | date | None


def example_orders(today: date) -> tuple[Order, ...]:
    """The two orders of the template and of docs/order-sheets.md: one by its bulletin, one by its style family.

    Args:
        today: They are wanted a little more than a week later.
    """
    operations = tuple(
        Operation(name, StepId(step), minutes)
        for name, step, minutes in (
            ("裁剪 Cutting", "cut", 0.6),
            ("合肩 Shoulder joining", "sew", 0.67),
            ("上领 Collar attaching", "sew", 0.42),
            ("绱袖 Sleeve attaching", "sew", 0.83),
            ("合侧缝 Side seam", "sew", 1.17),
            ("卷下摆 Hemming", "sew", 0.83),
            ("整烫 Ironing", "finish", 1.2),
            ("检验 Inspection", "qc", 0.6),
            ("包装 Packing", "pack", 0.9),
        )
    )
    by_bulletin, _ = bulletin_route("t-shirt", operations, WeightSource.SMV)
    printed = default_route("shirt", parse_route("cut > print* > sew > finish > qc > pack"))
    orders = (
        _example("PO-1001", "T-100", "t-shirt", _lines("navy 藏青", S=20, M=30, L=30, XL=20), by_bulletin),
        _example("PO-1002", "S-200", "shirt", _lines("white 白", M=40, L=40), printed),
    )
    requested, promised = today + _REQUESTED_AFTER, today + _PROMISED_AFTER
    return tuple(replace(order, requested=requested, promised=promised) for order in orders)


def write_template(path: Path, *, today: date) -> None:
    """Write the order sheet to fill in, with the example orders in it.

    Args:
        path: A new file; ``.xlsx`` also holds an operation bulletin, ``.csv`` (UTF-8 with mark, for Excel) orders only.
        today: The example orders are wanted a little more than a week later.

    Raises:
        UsageError: Another suffix.
        ConfigError: It cannot be written.
        ConflictError: The file exists already; it may hold somebody's orders.
    """
    write_orders(path, example_orders(today))


def write_orders(path: Path, orders: tuple[Order, ...]) -> None:
    """Write orders in the default layout; ``read_sheet`` gives equal ones back (revisions start at 1 again).

    Text that a spreadsheet would take for a formula is written with an apostrophe before it.

    Args:
        path: As for ``write_template``. A CSV file has no room for bulletins: orders with one read back without it.
        orders: In the order they are to stand.

    Raises:
        UsageError: Another suffix.
        ConfigError: It cannot be written.
        ConflictError: The file exists already.
    """
    suffix = path.suffix.casefold()
    if suffix == ".xlsx":
        content = _xlsx(orders)
    elif suffix == ".csv":
        content = _csv(orders)
    else:
        raise UsageError("file to write", expected="a name ending in .xlsx or .csv", got=path.name)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise ConflictError(f"{path.name} exists already", hint="Choose another name or move it away") from error
    except OSError as error:
        hint = "Choose a folder that is there and may be written to"
        raise ConfigError(f"{path} cannot be written", got=str(error.strerror), hint=hint) from error


def _example(number: str, style: str, family: str, lines: tuple[OrderLine, ...], route: Route) -> Order:
    return Order(
        id=OrderId(number),
        customer="ACME",
        style=style,
        style_family=family,
        unit=OrderUnit.PIECE,
        lines=lines,
        requested=None,
        promised=None,
        state=OrderState.ACCEPTED,
        revision=1,
        over_tolerance=0.03,
        short_tolerance=0.0,
        route=route,
    )


def _lines(colour: str, **sizes: int) -> tuple[OrderLine, ...]:
    return tuple(OrderLine(colour, size, quantity) for size, quantity in sizes.items())


def _order_rows(orders: tuple[Order, ...]) -> list[list[_Value]]:
    return [
        [
            order.id, order.customer, order.style, order.style_family, line.colour, line.size, line.quantity,
            order.unit, order.requested, order.promised, _percent(order.over_tolerance),
            _percent(order.short_tolerance), order.state, route_text(order.route),
        ]
        for order in orders
        for line in order.lines
    ]  # fmt: skip


def _bulletin_rows(orders: tuple[Order, ...], source: WeightSource) -> list[list[_Value]]:
    rows: list[list[_Value]] = []
    for order in orders:
        if order.route.weight_source is source:
            rows += [
                [order.id, number, operation.name, operation.step, operation.weight]
                for number, operation in enumerate(order.route.operations, start=1)
            ]
    return rows


def _xlsx(orders: tuple[Order, ...]) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - takes half a second that reading a sheet must not pay

    book = Workbook()
    for unwanted in book.worksheets:
        book.remove(unwanted)
    _fill(book.create_sheet("订单 Orders"), _ORDER_HEADERS, _order_rows(orders))
    for source, header in _WEIGHT_HEADERS.items():
        rows = _bulletin_rows(orders, source)
        if rows:
            total = sum((Decimal(repr(row[-1])) for row in rows), Decimal(0))
            footer: list[_Value] = ["合计 Total", None, None, None, float(total)]
            _fill(book.create_sheet(f"工序 {header}"), (*_BULLETIN_HEADERS, header), [*rows, footer])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _fill(sheet: Worksheet, headers: tuple[str, ...], rows: list[list[_Value]]) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415 - as above

    for row, values in enumerate([headers, *rows], start=1):
        for column, value in enumerate(values, start=1):
            _put(sheet.cell(row, column), value)
    for column in range(1, len(headers) + 1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[column_letter(column)].width = _WIDTH_CHARS
    sheet.freeze_panes = "A2"


def _put(cell: SheetCell | MergedCell, value: _Value) -> None:
    if isinstance(value, str):
        cell.value = _harmless(str(value))  # an enum's own value, not the enum
        cell.number_format = _TEXT_FORMAT  # so that a size such as 3-6 does not become a date when it is edited
        cell.data_type = "s"
    else:
        cell.value = value


def _csv(orders: tuple[Order, ...]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(_ORDER_HEADERS)
    for row in _order_rows(orders):
        writer.writerow(["" if value is None else _harmless(str(value)) for value in row])
    return buffer.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_MARKS) else text


def _percent(share: float) -> str:
    return f"{(Decimal(repr(share)) * 100).normalize():f}%"
