"""Sheets are printed, photographed and read back by the readers that the cameras use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import cv2
import numpy as np
import pytest

from tracker.detect import TagReader, read_tickets, tag_cells
from tracker.domain.cards import CardNumber, OrderCard, read_code
from tracker.domain.errors import ConfigError
from tracker.domain.orders import (
    Order,
    OrderId,
    OrderLine,
    OrderState,
    OrderUnit,
    Route,
    Step,
    WeightSource,
)
from tracker.domain.rules import CellId, StepId
from tracker.report import Prints, Sheets, bundles, make_pdf, make_pictures, prints_for, qr_modules
from tracker.report.sizes import MODULE_PX, MOST_TAG_MM, TAG_PX

NOW = datetime(2026, 11, 25, 1, tzinfo=UTC)
MM = 25.4


def order(*lines: OrderLine, **changes: object) -> Order:
    made = Order(
        id=OrderId("PO-1001"),
        customer="ACME",
        style="T-100 圆领短袖",
        style_family="t-shirt",
        unit=OrderUnit.PIECE,
        lines=lines or (OrderLine("藏青 navy", "M", 25), OrderLine("白 white", "XL", 8)),
        requested=None,
        promised=date(2026, 12, 1),
        state=OrderState.ACCEPTED,
        revision=1,
        over_tolerance=0.0,
        short_tolerance=0.0,
        route=Route((Step(StepId("sew"), 1.0, outsourced=False),), (), WeightSource.SMV),
    )
    return replace(made, **changes)


def sheets(of: Order, prints: Prints, *, size: int = 10, card: int = 42, cell: str | None = None) -> Sheets:
    number = CardNumber(card)
    slips = bundles(of, size) if size else ()
    return Sheets(of, OrderCard(number, of.id), tag_cells(number), CellId(cell) if cell else None, slips, prints)


def photographed(page: bytes, *, px_per_mm: float, ppi: float) -> np.ndarray:
    """A page as a camera sees it: scaled, tilted, unsharp, dim, noisy and compressed."""
    luma = cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_GRAYSCALE)
    scale = px_per_mm * MM / ppi
    small = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = small.shape
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    tilted = flat + np.array([[20, 12], [30, 20], [20, 20], [10, 14]], np.float32)
    warp = cv2.getPerspectiveTransform(flat, tilted)
    seen = cv2.warpPerspective(small, warp, (width + 50, height + 40), borderValue=90, flags=cv2.INTER_AREA)
    noise = np.random.default_rng(3).normal(0, 3, seen.shape)
    dim = np.clip(cv2.GaussianBlur(seen, (0, 0), 0.5) * 0.6 + 30 + noise, 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", dim, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize("px_per_mm", [0.3, 0.77, 2.0])
def test_a_card_printed_for_a_camera_is_read_at_its_distance(px_per_mm: float) -> None:
    made = sheets(order(), prints_for(px_per_mm), size=0)
    (page,) = make_pictures(made, made_at=NOW, ppi=150)
    (tag,) = TagReader().read(photographed(page, px_per_mm=px_per_mm, ppi=150))
    assert tag.number == 42
    edges = np.linalg.norm(np.diff([*tag.corners, tag.corners[0]], axis=0), axis=1)
    assert edges.mean() == pytest.approx(made.prints.tag_mm * px_per_mm, rel=0.1)


def test_every_ticket_is_read_back_from_its_sheet() -> None:
    of = order()
    slips = bundles(of, 4)
    modules = max(qr_modules(slip.code) for slip in slips)
    made = sheets(of, prints_for(4.0, modules=modules), size=4)
    card, *pages = make_pictures(made, made_at=NOW, ppi=150)
    read = [code.text for page in pages for code in read_tickets(photographed(page, px_per_mm=4.2, ppi=150))]
    assert {read_code(code) for code in read} == set(slips)
    (code,) = read_tickets(photographed(card, px_per_mm=4.2, ppi=150))
    assert read_code(code.text) == OrderCard(CardNumber(42), of.id)


def test_bundles_hold_every_piece_once_and_mix_no_lines() -> None:
    of = order(OrderLine("a", "S", 25), OrderLine("b", "S", 10), OrderLine("c", "S", 3))
    slips = bundles(of, 10)
    assert [(slip.bundle, slip.line, slip.quantity) for slip in slips] == [
        (1, 0, 10),
        (2, 0, 10),
        (3, 0, 5),
        (4, 1, 10),
        (5, 2, 3),
    ]


SHAPES = (
    (order(), prints_for(None), {}),  # the usual one
    (order(), prints_for(None), {"cell": "二组"}),  # for one cell
    (order(), prints_for(0.22), {"cell": "二组"}),  # the largest tag
    (order(unit=OrderUnit.SET, promised=None), prints_for(0.3), {}),  # sets, without a date
    (order(unit=OrderUnit.PAIR), prints_for(None), {}),
    (order(OrderLine("", "", 30)), prints_for(None), {}),  # neither colours nor sizes
    (order(OrderLine("red", "S", 5), OrderLine("blue", "M", 5)), prints_for(None), {}),  # a matrix with holes
    (order(*(OrderLine(f"colour {n}", "M", 9) for n in range(30))), prints_for(None), {}),  # too many for a card
    (order(id=OrderId("订单-" + "长" * 58)), prints_for(None), {}),  # the longest order number
    (order(id=OrderId('#"]$x$ \\ *_')), prints_for(None), {}),  # signs that Typst would read
)


@pytest.mark.parametrize(("of", "prints", "how"), SHAPES)
def test_every_order_makes_a_pdf_whose_card_is_one_page(of: Order, prints: Prints, how: dict) -> None:
    made = sheets(of, prints, **how)
    pdf = make_pdf(made, made_at=NOW)
    assert pdf.startswith(b"%PDF")
    assert pdf == make_pdf(made, made_at=NOW)
    assert len(make_pictures(sheets(of, prints, size=0, **how), made_at=NOW, ppi=20)) == 1


@pytest.mark.parametrize(
    ("px_per_mm", "tag_mm", "reads_tickets"),
    [
        (None, 60, True),  # for people
        (0.77, 42, False),  # 2.5 m across 1920 px
        (0.22, 146, False),  # the farthest that A4 serves
        (2.0, 30, True),
        (20.0, 30, True),
    ],
)
def test_sizes_are_what_the_camera_needs(px_per_mm: float | None, tag_mm: int, reads_tickets: bool) -> None:
    prints = prints_for(px_per_mm)
    assert (prints.tag_mm, prints.camera_reads_tickets) == (tag_mm, reads_tickets)
    if px_per_mm:
        assert prints.tag_mm * px_per_mm >= TAG_PX
        assert not reads_tickets or prints.qr_mm * px_per_mm >= MODULE_PX * 29


def test_a_camera_too_far_for_any_card_is_told_what_it_takes() -> None:
    with pytest.raises(
        ConfigError, match=r"camera far reads no order card that fits on A4.*0\.21 pixels.*0\.10.*320 mm"
    ):
        prints_for(0.1, camera="camera far")
    assert prints_for(TAG_PX / MOST_TAG_MM).tag_mm == MOST_TAG_MM
