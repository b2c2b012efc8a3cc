"""Operation bulletins: the operations of a style with their weights, and the routes that follow from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tracker.domain.orders import Operation, Route, WeightSource
from tracker.domain.rules import StepId
from tracker.intake.fields import WEIGHTS, Field, is_total, spoken
from tracker.intake.findings import Findings
from tracker.intake.grid import Cell
from tracker.intake.reading import read_cell
from tracker.intake.routes import RouteStep, bulletin_route, default_route, step_of
from tracker.intake.tables import Table
from tracker.intake.values import CellError, is_blank, number_of, text_of, weight_of

TOTAL_SLACK: Final = Decimal("0.005")
"""A printed total may differ from the sum by half of the second decimal: minutes and prices are printed with two."""

_LONG_OPERATION_MIN: Final = 20.0
"""No single sewing operation takes this many minutes; such figures are seconds in a column of minutes."""

_OPERATION_WORDS: Final[tuple[tuple[str, str], ...]] = (
    # The first match decides, so what only sounds like another step stands before it.
    ("finish", r"thread.?(cut|trim|suck)|trim(ming)? thread|剪线|修线|吸线|清线"),
    ("sew", r"press.?(stud|button)|snap|press open|中烫|小烫|分缝|粘衬|粘朴"),
    ("cut", r"\bcut|\blay|spread|fabric relax|bundl|裁|拉布|铺布|松布|分包|打菲|编号"),
    ("embroidery", r"embroid|绣"),
    ("print", r"\bprint|heat transfer|印花|丝印|烫画|烫标"),
    ("wash", r"\bwash|laundry|洗水|水洗|漂洗"),
    ("qc", r"inspect|\bcheck|\bqc\b|quality|measure|查|检|量尺寸"),
    ("pack", r"\bpack|poly.?bag|carton|\bfold|hang.?tag|包装|装箱|装袋|入袋|折叠|叠衣|挂牌|吊牌|打包"),
    ("finish", r"\biron|\bpress|steam|finish|烫|熨|后整|后道"),
    ("sew", r"sew|stitch|attach|join|seam|hem|lock|tack|bind|pleat|dart|gather|insert|turn|topstitch|run"),
    ("sew", r"button|collar|sleeve|shoulder|cuff|placket|pocket|zip|waist|label|neck|tape|elastic"),
    (
        "sew",
        r"缝|车|拼|合|绱|装|压|锁|卷|包边|坎|冚|打枣|平|拷|订|钉|翻|落|埋|上领|上袖|领|袖|肩|侧|袋|拉链|腰|下摆|脚口|唛",
    ),
)
"""Words that tell an operation's step, English and Chinese."""

_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), StepId(step)) for step, pattern in _OPERATION_WORDS)


@dataclass(frozen=True, slots=True)
class Bulletin:
    """The operations of one style, or of every order of the file.

    Attributes:
        order: Order number it is for, or ``None``.
        style: Style it is for, or ``None``.
        operations: At least one.
        source: What the weights are.
        at: Cell of the first operation.
    """

    order: str | None
    style: str | None
    operations: tuple[Operation, ...]
    source: WeightSource
    at: Cell


@dataclass(frozen=True, slots=True)
class Subject:
    """What a route is wanted for.

    Attributes:
        stated: Steps of the sheet's route column, or ``None``.
        at: Cell of the order number, where faults and warnings about the route are shown.
    """

    order: str
    style: str
    family: str
    stated: tuple[RouteStep, ...] | None
    at: Cell


def read_bulletins(table: Table, findings: Findings) -> tuple[Bulletin, ...]:
    """The bulletins of one table: one per order or style that its rows name.

    The weight is SMV or minutes where there are any, else seconds (as minutes), else the piece price. Printed totals
    of all three are checked against the sum.
    """
    before = findings.fault_count
    columns: list[Field] = [field for field in WEIGHTS if field in table.header.columns]
    sums = dict.fromkeys(columns, Decimal(0))
    groups: dict[tuple[str | None, str | None], list[tuple[Operation, Cell]]] = {}
    for row in table.rows:
        cells = table.grid.in_row(row, table.columns)
        labels = [cell for cell in cells if isinstance(cell.value, str)]
        if any(is_total(cell.text) for cell in labels):
            _compare(table, row, sums, findings)
            continue
        if not cells or is_blank(table.grid.at(row, table.header.columns[Field.OPERATION])):
            _judge_nameless(table, row, columns, findings)
            continue
        operation = _operation(table, row, columns, findings=findings)
        for field in columns:
            sums[field] += _amount(table.grid.at(row, table.header.columns[field]))
        if operation is not None:
            at = table.grid.at(row, table.header.columns[Field.OPERATION])
            groups.setdefault(_belongs(table, row, findings), []).append((operation, at))
    source = WeightSource.PIECE_PRICE if columns[0] is Field.PIECE_PRICE else WeightSource.SMV
    if not groups and findings.fault_count == before:
        findings.fault_row(table.grid.sheet, table.header.top, "the operation bulletin has no operations")
    return tuple(
        Bulletin(order, style, tuple(operation for operation, _ in members), source, members[0][1])
        for (order, style), members in groups.items()
    )


def route_for(subject: Subject, bulletins: tuple[Bulletin, ...], findings: Findings) -> Route | None:
    """The route of an order: from its bulletin, else from its style family; ``None`` when a fault was noted.

    A bulletin for the order itself comes before one for its style, and that before one for the whole file.
    """
    ranked = sorted((rank, index) for index, one in enumerate(bulletins) if (rank := _rank(one, subject)) is not None)
    if not ranked:
        return default_route(subject.family, subject.stated)
    best = [bulletins[index] for rank, index in ranked if rank == ranked[0][0]]
    if len(best) > 1:
        findings.fault(best[1].at, f"order {subject.order} already has an operation bulletin, in {best[0].at.place}")
        return None
    bulletin = best[0]
    try:
        route, defaulted = bulletin_route(subject.family, bulletin.operations, bulletin.source, stated=subject.stated)
    except CellError as error:
        findings.fault(bulletin.at, f"for order {subject.order}: {error}")
        return None
    if defaulted:
        steps = ", ".join(defaulted)
        findings.warn(bulletin.at, f"the bulletin has no operations for {steps}: their weights are scaled defaults")
    return route


def check_use(bulletins: tuple[Bulletin, ...], orders: dict[str, str], findings: Findings) -> None:
    """Note bulletins that fit no order, and one for the whole file when the file holds several styles.

    Args:
        orders: Style by order number.
    """
    styles = {style.casefold() for style in orders.values()}
    for bulletin in bulletins:
        if bulletin.order is not None and bulletin.order not in orders:
            findings.warn(bulletin.at, f"no order {bulletin.order} in this file: the bulletin was not used")
        elif bulletin.order is None and bulletin.style is not None and bulletin.style.casefold() not in styles:
            findings.warn(bulletin.at, f"no order of style {bulletin.style} in this file: the bulletin was not used")
        elif bulletin.order is None and bulletin.style is None and len(styles) > 1:
            findings.fault(
                bulletin.at,
                f"the bulletin does not say its style, and the file holds {len(styles)} styles; add a column or label "
                f"{spoken(Field.STYLE)}",
            )


def step_of_operation(name: str) -> StepId | None:
    """The step an operation belongs to, by its name; ``None`` when no word of it is known.

    >>> [step_of_operation(name) for name in ("Side seam sewing", "整烫", "Thread cutting", "包装", "Quux")]
    ['sew', 'finish', 'finish', 'pack', None]
    """
    return next((step for pattern, step in _COMPILED if pattern.search(name)), None)


def _rank(bulletin: Bulletin, subject: Subject) -> int | None:
    if bulletin.order is not None:
        return 0 if bulletin.order == subject.order else None
    if bulletin.style is not None:
        return 1 if bulletin.style.casefold() == subject.style.casefold() else None
    return 2


def _operation(table: Table, row: int, columns: list[Field], *, findings: Findings) -> Operation | None:
    name_cell = table.grid.at(row, table.header.columns[Field.OPERATION])
    name = read_cell(name_cell, text_of, field=Field.OPERATION, findings=findings)
    weight_cell = table.grid.at(row, table.header.columns[columns[0]])
    weight = read_cell(weight_cell, weight_of, field=columns[0], findings=findings)
    step = _step(table, row, name or "", findings=findings)
    if name is None or weight is None or step is None:
        return None
    if columns[0] is Field.SECONDS:
        weight = round(weight / 60, 6)
    if columns[0] is Field.SMV and weight > _LONG_OPERATION_MIN:
        findings.warn(weight_cell, f"{weight_cell.text} minutes for one operation: are these seconds?")
    return Operation(name, step, weight)


def _step(table: Table, row: int, name: str, *, findings: Findings) -> StepId | None:
    if Field.STEP in table.header.columns:
        cell = table.grid.at(row, table.header.columns[Field.STEP])
        if not is_blank(cell):
            return read_cell(cell, lambda stated: step_of(text_of(stated)), field=Field.STEP, findings=findings)
    step = step_of_operation(name)
    if step is None and name:
        cell = table.grid.at(row, table.header.columns[Field.OPERATION])
        findings.warn(cell, f"operation {name!r} names no known step; it counts as sew. A step column would tell")
        return StepId("sew")
    return step or StepId("sew")


def _belongs(table: Table, row: int, findings: Findings) -> tuple[str | None, str | None]:
    def said(field: Field) -> str | None:
        if not table.has(field) or is_blank(table.cell(row, field)):
            return None
        return read_cell(table.cell(row, field), text_of, field=field, findings=findings)

    order = said(Field.ORDER)
    return (order, None) if order is not None else (None, said(Field.STYLE))


def _judge_nameless(table: Table, row: int, columns: list[Field], findings: Findings) -> None:
    """A row without an operation but with a weight lost its name; any other such row is a note or blank."""
    for field in columns:
        cell = table.grid.at(row, table.header.columns[field])
        if not is_blank(cell) and (cell.problem is not None or _amount(cell)):
            findings.fault(cell, "a weight without an operation; name it, or label the row Total (合计)")
            return


def _amount(cell: Cell) -> Decimal:
    try:
        return number_of(cell)[0]
    except CellError:
        return Decimal(0)


def _compare(table: Table, row: int, sums: dict[Field, Decimal], findings: Findings) -> None:
    for field, total in sums.items():
        cell = table.grid.at(row, table.header.columns[field])
        if is_blank(cell):
            continue
        printed = read_cell(cell, lambda one: number_of(one)[0], field=field, findings=findings)
        if printed is not None and abs(printed - total) > TOTAL_SLACK:
            findings.fault(
                cell, f"the printed total is {cell.text}, but the operations add up to {total.normalize():f}"
            )
