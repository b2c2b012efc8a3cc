"""How large a card or ticket must be printed for a camera to read it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tracker.domain.errors import ConfigError

TAG_PX = 32
"""Pixels across a tag's black square: a third more than where reading begins (docs/order-cards.md)."""
MODULE_PX = 4
"""Pixels a module of a QR code."""
QR_MODULES = 29
"""Modules across the QR code of an ordinary ticket; longer order numbers take more."""
USUAL_TAG_MM, MOST_TAG_MM = 60, 150
"""What people and cameras at arm's length read well, and what A4 holds with its white border and the order number."""
LEAST_TAG_MM = 30
"""Smaller ones get lost, and creases and dirt take whole cells."""
USUAL_QR_MM, MOST_QR_MM = 22, 80
"""What every hand scanner and phone reads, and the largest ticket of which A4 holds two rows."""


@dataclass(frozen=True, slots=True)
class Prints:
    """Sizes to print.

    Attributes:
        tag_mm: Side of the tag's black square.
        qr_mm: Side of a ticket's QR code without its white border.
        camera_reads_tickets: Whether the camera reads QR codes of that size; ``True`` without a camera.
    """

    tag_mm: int
    qr_mm: int
    camera_reads_tickets: bool


def prints_for(px_per_mm: float | None, *, camera: str = "the camera", modules: int = QR_MODULES) -> Prints:
    """The smallest prints that a camera can read, and never smaller than people need.

    Args:
        px_per_mm: Pixels that a millimetre takes up where the card lies; ``None`` prints for scanners and phones.
        camera: Its name, for the error.
        modules: Modules across the largest QR code.

    Raises:
        ConfigError: No card that fits on A4 is large enough for the camera.
    """
    if px_per_mm is None:
        return Prints(USUAL_TAG_MM, USUAL_QR_MM, camera_reads_tickets=True)
    tag_mm = math.ceil(TAG_PX / px_per_mm)
    if tag_mm > MOST_TAG_MM:
        raise ConfigError(
            f"{camera} reads no order card that fits on A4",
            expected=f"at least {TAG_PX / MOST_TAG_MM:.2f} pixels a millimetre",
            got=f"{px_per_mm:.2f}: the tag would have to be {tag_mm} mm wide, A4 holds {MOST_TAG_MM} mm",
            hint="Hang the camera closer, give it more pixels, or scan cards with `tracker scan`.",
        )
    qr_mm = math.ceil(modules * MODULE_PX / px_per_mm)
    reads = qr_mm <= MOST_QR_MM
    return Prints(max(tag_mm, LEAST_TAG_MM), max(qr_mm, USUAL_QR_MM) if reads else USUAL_QR_MM, reads)
