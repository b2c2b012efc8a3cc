"""What we write reads back equal; so does whatever else is written in the default layout."""

from __future__ import annotations

import csv
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.domain.errors import ConfigError, ConflictError
from tracker.domain.orders import Operation, Order, OrderId, OrderLine, OrderState, OrderUnit, WeightSource
from tracker.domain.rules import StepId
from tracker.intake import example_orders, read_sheet, write_orders, write_template
from tracker.intake.fields import is_total, known_field
from tracker.intake.grid import Cell, clean
from tracker.intake.routes import FAMILIES, bulletin_route, default_route, parse_route
from tracker.intake.values import CellError, id_of, is_blank, text_of

TODAY = date(2026, 11, 23)


def test_the_xlsx_template_reads_back_to_the_example_orders(tmp_path: Path) -> None:
    path = tmp_path / "模板.xlsx"
    write_template(path, today=TODAY)
    intake = read_sheet(path, today=TODAY)
    assert intake.orders == example_orders(TODAY)
    assert intake.warnings == ()


def test_the_csv_template_reads_back_without_the_bulletin(tmp_path: Path) -> None:
    path = tmp_path / "template.csv"
    write_template(path, today=TODAY)
    read, written = read_sheet(path, today=TODAY).orders, example_orders(TODAY)
    assert [(order.id, order.lines, order.due) for order in read] == [
        (order.id, order.lines, order.due) for order in written
    ]
    assert read[1] == written[1]
    assert read[0].route.weight_source is WeightSource.STYLE_FAMILY


def test_a_file_that_exists_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("somebody's orders", encoding="utf-8")
    with pytest.raises(ConflictError, match="exists already"):
        write_template(path, today=TODAY)
    assert path.read_text(encoding="utf-8") == "somebody's orders"


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.xlsx or \.csv"):
        write_template(tmp_path / "orders.ods", today=TODAY)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_formulas_are_neutralised_on_the_way_out(tmp_path: Path, suffix: str) -> None:
    evil = '=HYPERLINK("http://x","y")'
    (first, *_) = example_orders(TODAY)
    order = Order(**{name: getattr(first, name) for name in Order.__dataclass_fields__} | {"customer": evil})
    path = tmp_path / f"out{suffix}"
    write_orders(path, (order,))
    (read,) = read_sheet(path, today=TODAY).orders
    assert read.customer == f"'{evil}"  # text, for us and for the spreadsheet program


def _fit(text: str) -> bool:
    """Text that a sheet can hold as written: the reader's own rules for what is blank, a label or refused."""
    cell = Cell(None, 1, 1, text)
    try:
        return (
            clean(text) == text
            and not is_blank(cell)
            and id_of(cell, limit=64) == text_of(cell)
            and not is_total(text)
            and known_field(text) is None
        )
    except CellError:
        return False


words = st.text(st.characters(codec="gb18030", exclude_categories=("C",)), min_size=1, max_size=12).filter(_fit)
words_or_none = st.one_of(st.just(""), words)
days = st.one_of(st.none(), st.integers(-700, 700).map(lambda days: TODAY + timedelta(days=days)))
shares = st.integers(0, 1000).map(lambda tenths: tenths / 1000)
routes = st.sampled_from(
    ["cut > sew > qc > pack", "cut > print* > sew > wash* > finish > qc > pack > ship", "sew", "quilt > pack"]
)
weights = st.floats(0.01, 60, allow_nan=False).map(lambda minutes: round(minutes, 3))


@st.composite
def orders(draw: st.DrawFn, *, with_bulletins: bool) -> Order:
    family = draw(st.sampled_from(sorted(FAMILIES)))
    stated = parse_route(draw(routes))
    own = [step.id for step in stated if not step.outsourced and step.id != "ship"]
    route = default_route(family, stated)
    if with_bulletins and draw(st.booleans()):
        names = draw(st.lists(st.tuples(words, st.sampled_from(own), weights), min_size=1, max_size=6))
        operations = tuple(Operation(name, StepId(step), weight) for name, step, weight in names)
        source = draw(st.sampled_from([WeightSource.SMV, WeightSource.PIECE_PRICE]))
        route, _ = bulletin_route(family, operations, source, stated=stated)
    colours = draw(st.one_of(st.just([""]), st.lists(words, min_size=1, max_size=3, unique_by=str.casefold)))
    sizes = draw(st.one_of(st.just([""]), st.lists(words, min_size=1, max_size=3, unique_by=str.casefold)))
    quantities = st.integers(1, 100_000)
    return Order(
        id=OrderId(draw(words)),
        customer=draw(words),
        style=draw(words),
        style_family=family,
        unit=draw(st.sampled_from(OrderUnit)),
        lines=tuple(OrderLine(colour, size, draw(quantities)) for colour in colours for size in sizes),
        requested=draw(days),
        promised=draw(days),
        state=draw(st.sampled_from(OrderState)),
        revision=1,
        over_tolerance=draw(shares),
        short_tolerance=draw(shares),
        route=route,
    )


def many(*, with_bulletins: bool) -> st.SearchStrategy[list[Order]]:
    return st.lists(orders(with_bulletins=with_bulletins), min_size=1, max_size=4, unique_by=lambda order: order.id)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(written=many(with_bulletins=True))
def test_any_orders_survive_the_way_through_a_workbook(written: list[Order]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.xlsx"
        write_orders(path, tuple(written))
        assert list(read_sheet(path, today=TODAY).orders) == written


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(written=many(with_bulletins=False), encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
       delimiter=st.sampled_from(",;\t"))  # fmt: skip
def test_any_orders_survive_the_way_through_any_csv(written: list[Order], encoding: str, delimiter: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, again = Path(folder) / "orders.csv", Path(folder) / "again.csv"
        write_orders(path, tuple(written))
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
        with again.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(rows)
        assert list(read_sheet(again, today=TODAY).orders) == written
