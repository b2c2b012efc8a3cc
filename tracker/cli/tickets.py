"""``tracker tickets``: print an order's card and bundle tickets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.shell import JsonOption, WorkshopOption, console, print_json, say
from tracker.domain.errors import ConfigError, NotFoundError, UsageError

if TYPE_CHECKING:
    from tracker.config import Workshop
    from tracker.report import Sheets

HERE = Path()
LEAST_PX_PER_MM, MOST_PX_PER_MM = 0.001, 1000.0
"""A kilometre of table, and a microscope: beyond, somebody mistook the unit."""


def tickets(
    order: Annotated[str, typer.Argument(help="Order number.")],
    *,
    out: Annotated[Path | None, typer.Option(help="PDF to write; default: ORDER-tickets.pdf here.")] = None,
    camera: Annotated[str | None, typer.Option(help="Print as small as this camera can read.")] = None,
    px_per_mm: Annotated[float | None, typer.Option(help="Pixels a millimetre, instead of a camera.")] = None,
    cell: Annotated[str | None, typer.Option(help="The only cell the card speaks for; default: any place.")] = None,
    bundle_size: Annotated[int, typer.Option(min=0, max=1000, help="Pieces a bundle; 0 prints no tickets.")] = 10,
    workshop: WorkshopOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Print an order's card and its bundle tickets as PDF sheets, sized for a camera."""
    from tracker.app import open_workshop, utc_now
    from tracker.cli.cells import check_cell
    from tracker.detect.tags import tag_cells
    from tracker.domain.cards import OrderCard
    from tracker.domain.orders import OrderId
    from tracker.domain.rules import CellId
    from tracker.report import Sheets, bundles, make_pdf, prints_for, qr_modules

    if out is not None and out.suffix.lower() != ".pdf":
        raise UsageError(f"--out {out}", expected="a file whose name ends in .pdf")
    if camera is not None and px_per_mm is not None:
        raise UsageError("--camera and --px-per-mm contradict each other", expected="one of them")
    if px_per_mm is not None and not MOST_PX_PER_MM >= px_per_mm >= LEAST_PX_PER_MM:  # true of NaN as well
        raise UsageError(
            f"--px-per-mm {px_per_mm:g}",
            expected=f"pixels that a millimetre takes up, {LEAST_PX_PER_MM:g} to {MOST_PX_PER_MM:g}",
            hint="A picture 1920 pixels wide that shows 1000 mm of the table has 1.92.",
        )
    settings, store = open_workshop(workshop)
    now = utc_now()
    with store:
        scale = px_per_mm if camera is None else _scale_of(settings, camera)
        with store.read() as view:
            found = view.order(OrderId(order))
            if cell is not None:
                check_cell(cell, settings, view)
        slips = bundles(found, bundle_size) if bundle_size else ()
        modules = max((qr_modules(slip.code) for slip in slips), default=0)
        prints = prints_for(scale, camera=f"camera {camera}" if camera else "such a camera", modules=modules)
        with store.write(now) as unit:
            card = unit.issue_card(found.id, CellId(cell) if cell else None)
    sheets = Sheets(found, OrderCard(card.card, found.id), tag_cells(card.card), card.cell, slips, prints)
    target = out or Path(f"{_file_name(order)}-tickets.pdf")
    _write(target, make_pdf(sheets, made_at=now))
    if not prints.camera_reads_tickets:
        say(
            f"tracker: at {scale:.2f} pixels a millimetre no bundle ticket is large enough; "
            f"they are printed at {prints.qr_mm} mm for scanners and phones, and the card is for the camera"
        )
    if as_json:
        unknown = {"camera_reads_tickets": None} if scale is None else {}
        print_json({"file": str(target), **_sheets_dict(sheets), **unknown})
        return
    console().print(
        f"wrote {target}: order card {card.card} (tag {prints.tag_mm} mm), "
        f"{len(slips)} bundle tickets (QR {prints.qr_mm} mm)"
    )


def _sheets_dict(sheets: Sheets) -> dict[str, Any]:
    """What was printed, for ``--json``."""
    order, prints = sheets.order, sheets.prints
    return {
        "order": order.id,
        "card": sheets.card.card,
        "cell": sheets.cell,
        "tag_mm": prints.tag_mm,
        "qr_mm": prints.qr_mm,
        "camera_reads_tickets": prints.camera_reads_tickets,
        "bundles": [
            {
                "bundle": slip.bundle,
                "line": order.lines[slip.line].label,
                "quantity": slip.quantity,
                "code": slip.code,
            }
            for slip in sheets.tickets
        ],
    }


def _scale_of(settings: Workshop, camera: str) -> float:
    """Pixels a millimetre of a camera.

    Raises:
        NotFoundError: No such camera.
        ConfigError: Its calibration has no scale.
    """
    from tracker.config import load_calibration

    files = {str(file.calibration.camera): file for file in map(load_calibration, settings.calibrations)}
    if camera not in files:
        known = ", ".join(sorted(files)) or "none"
        raise NotFoundError(f"no camera {camera!r}", expected=f"one of: {known}")
    scale = files[camera].px_per_mm
    if scale is None:
        raise ConfigError(
            f"{files[camera].path} does not say how large things look",
            expected="view = { width_mm = 2500, width_px = 1920 }",
            hint="Measure with a tape how many millimetres of the table the picture shows from edge to edge.",
        )
    return scale


def _file_name(order: str) -> str:
    """An order number as part of a file name on every system."""
    return "".join("_" if sign in '<>:"/\\|?*' or ord(sign) < 32 else sign for sign in order).strip(". ") or "order"


def _write(target: Path, pdf: bytes) -> None:
    try:
        target.write_bytes(pdf)
    except OSError as error:
        raise ConfigError(f"{target} cannot be written", got=str(error.strerror)) from error
