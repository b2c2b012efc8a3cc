"""Order cards and bundle tickets as PDF: one page of card, then sheets of tickets to cut apart."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pylopdf_fonts_zh_cn
import typst
import zxingcpp
from numpy.typing import NDArray

from tracker.domain.cards import BundleTicket, OrderCard
from tracker.domain.orders import Order
from tracker.domain.rules import CellId
from tracker.report.sizes import Prints

TEMPLATE = Path(__file__).parent / "sheets.typ"
PAGE_MM, MARGIN_MM = (210, 297), 10
LEAST_TEXT_MM = 40
"""Room beside a ticket's QR code, so that the order number is read at arm's length."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheets:
    """What is to be printed.

    Attributes:
        tag: The card's tag, bool, shape (8, 8), ``True`` where it is black.
        cell: The only cell the card speaks for.
        tickets: Empty prints the card only.
    """

    order: Order
    card: OrderCard
    tag: NDArray[np.bool_]
    cell: CellId | None
    tickets: Sequence[BundleTicket]
    prints: Prints


def make_pdf(sheets: Sheets, *, made_at: datetime) -> bytes:
    """The sheets as PDF; the same sheets at the same time are the same bytes.

    Args:
        made_at: Aware.
    """
    (pdf,) = _compiled(sheets, made_at, "pdf", None)
    return pdf


def make_pictures(sheets: Sheets, *, made_at: datetime, ppi: float) -> tuple[bytes, ...]:
    """The same pages as PNG pictures.

    Args:
        made_at: Aware.
        ppi: Pixels an inch.
    """
    return _compiled(sheets, made_at, "png", ppi)


def _compiled(sheets: Sheets, made_at: datetime, kind: Literal["pdf", "png"], ppi: float | None) -> tuple[bytes, ...]:
    compiler = typst.Compiler(
        TEMPLATE, font_paths=[pylopdf_fonts_zh_cn.sans_path().parent], ignore_system_fonts=True, root=TEMPLATE.parent
    )
    data = json.dumps(_data(sheets), ensure_ascii=False)
    made = compiler.compile(format=kind, ppi=ppi, sys_inputs={"data": data}, timestamp=int(made_at.timestamp()))
    return tuple(made) if isinstance(made, list) else (made or b"",)


def _data(sheets: Sheets) -> dict[str, object]:
    order, prints = sheets.order, sheets.prints
    beside_mm = prints.qr_mm + 8 + LEAST_TEXT_MM
    columns = max(1, (PAGE_MM[0] - 2 * MARGIN_MM) // beside_mm)
    return {
        "order": order.id,
        "style": order.style,
        "unit": order.unit.value,
        "quantity": order.quantity,
        "due": order.due.isoformat() if order.due else None,
        "colours": list(dict.fromkeys(line.colour for line in order.lines)),
        "sizes": list(dict.fromkeys(line.size for line in order.lines)),
        "lines": [[line.colour, line.size, line.quantity] for line in order.lines],
        "card": _card(sheets),
        "qr_mm": prints.qr_mm,
        "columns": columns,
        "ticket_mm": max(30, math.ceil(prints.qr_mm + 8)),
        "tickets": [_ticket(order, ticket, len(sheets.tickets)) for ticket in sheets.tickets],
    }


def _card(sheets: Sheets) -> dict[str, object]:
    return {
        "number": sheets.card.card,
        "cell": sheets.cell,
        "tag": _svg(np.pad(sheets.tag, 1)),
        "tag_mm": sheets.prints.tag_mm,
        "qr": _svg(_qr(sheets.card.code)),
    }


def _ticket(order: Order, ticket: BundleTicket, bundles: int) -> dict[str, object]:
    line = order.lines[ticket.line]
    return {
        "colour": line.colour,
        "size": line.size,
        "bundle": ticket.bundle,
        "bundles": bundles,
        "quantity": ticket.quantity,
        "qr": _svg(_qr(ticket.code)),
    }


def qr_modules(text: str) -> int:
    """Modules across the QR code that says a text, without its border."""
    return len(_qr(text))


def _qr(text: str) -> NDArray[np.bool_]:
    """A QR code without its border: bool, ``True`` where it is black."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return np.asarray(np.array(code.to_image(scale=1, add_quiet_zones=False)) == 0, np.bool_)


def _svg(black: NDArray[np.bool_]) -> str:
    """A pattern of squares as one path, so that no viewer draws seams between them.

    Args:
        black: Shape (n, n).
    """
    side = len(black)
    runs = []
    for row, cells in enumerate(black):
        edges = np.flatnonzero(np.diff(np.pad(cells.astype(np.int8), 1)))
        runs += [f"M{start} {row}h{end - start}v1h{start - end}z" for start, end in edges.reshape(-1, 2).tolist()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{"".join(runs)}" fill="#000"/></svg>'
    )
