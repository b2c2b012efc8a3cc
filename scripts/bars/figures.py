"""What a measurement module gives back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number beside the bar it has to clear.

    Attributes:
        name: What was measured, short: ``cpu per frame, car-detection``.
        value: The number.
        unit: ``ms``, ``MB``, ``of 20`` ...; empty for a plain ratio.
        bar: The bar in words: ``at most 1.06 of the bound``; empty when the figure is for information.
        ok: Whether the bar is cleared; ``None`` when there is none.
    """

    name: str
    value: float
    unit: str
    bar: str
    ok: bool | None
