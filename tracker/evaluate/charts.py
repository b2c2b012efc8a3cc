"""The two charts of the page as SVG, without a library: a few lines on a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

_LEFT, _TOP, _SIZE_X, _SIZE_Y = 44, 14, 420, 220
"""Where the plot begins and how large it is, in units of the SVG."""
_LINES = (("recall", "found", ""), ("exact", "counted right", "7 4"), ("false", "false boxes", "2 4"))


def sweep_chart(sweep: Sequence[dict[str, Any]], confidence: float) -> Markup:
    """Found, false and counted right against the threshold; the operating threshold is marked."""
    parts = [_grid("threshold"), _line([(confidence, 0.0), (confidence, 1.0)], "mark", "")]
    for key, name, dash in _LINES:
        points = [(row["confidence"], row[key]["value"]) for row in sweep if row[key]["value"] is not None]
        band = [(row["confidence"], row[key]["low"]) for row in sweep if row[key]["value"] is not None]
        band += [(row["confidence"], row[key]["high"]) for row in reversed(sweep) if row[key]["value"] is not None]
        if points:
            parts.append(_band(band, key))
            parts.append(_line(points, key, dash))
            parts.append(_dot(points, key, name))
    return _chart(parts, "Share of things found, of pictures counted right and of false boxes at each threshold")


def reliability_chart(bins: Sequence[dict[str, Any]]) -> Markup:
    """How often boxes of a confidence are right, with intervals, against what would be honest."""
    most = max([row["boxes"] for row in bins] + [1])
    bars = [_bar(row, row["boxes"] / most, len(bins)) for row in bins if row["right"]["value"] is not None]
    parts = [_grid("confidence"), *bars, _line([(0.0, 0.0), (1.0, 1.0)], "mark", "4 4")]
    return _chart(parts, "Share of boxes that are right, by confidence")


def _bar(row: dict[str, Any], weight: float, count: int) -> Markup:
    """One bin: a bar, the darker the more boxes are in it, with its interval."""
    right, middle = row["right"], _x((row["low"] + row["high"]) / 2)
    title = f"{row['boxes']} boxes of {row['confidence']:.2f}: {right['value']:.0%} right"
    bar = Markup(
        '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" style="opacity:{:.2f}"/>'
    ).format(
        _x(row["low"]) + 2, _y(right["value"]), _SIZE_X / count - 4, _SIZE_Y * right["value"], 0.35 + 0.65 * weight
    )
    whisker = Markup('<line class="whisker" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>').format(
        middle, middle, _y(right["low"]), _y(right["high"])
    )
    return Markup("<g><title>{}</title>{}{}</g>").format(title, bar, whisker)


def _chart(parts: Sequence[Markup], title: str) -> Markup:
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    return head.format(_LEFT + _SIZE_X + 16, _TOP + _SIZE_Y + 40, title) + Markup("").join(parts) + Markup("</svg>")


def _grid(name: str) -> Markup:
    line = Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
    text = Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>')
    parts = []
    for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(line.format(_LEFT, _LEFT + _SIZE_X, _y(value), _y(value)))
        parts.append(text.format("y", _LEFT - 6, _y(value) + 4, f"{value:.0%}"))
        parts.append(text.format("x", _x(value), _TOP + _SIZE_Y + 18, f"{value:g}"))
    return Markup("").join([*parts, text.format("x", _LEFT + _SIZE_X / 2, _TOP + _SIZE_Y + 35, name)])


def _line(points: Sequence[tuple[float, float]], kind: str, dash: str) -> Markup:
    text = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return Markup('<polyline class="line {}" points="{}" stroke-dasharray="{}"/>').format(kind, text, dash or "none")


def _band(points: Sequence[tuple[float, float]], kind: str) -> Markup:
    text = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return Markup('<polygon class="band {}" points="{}"/>').format(kind, text)


def _dot(points: Sequence[tuple[float, float]], kind: str, name: str) -> Markup:
    """Invisible places to point at; each says its figures."""
    return Markup("").join(
        Markup('<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="5"><title>{} at {:g}: {}</title></circle>').format(
            kind, _x(x), _y(y), name, x, f"{y:.1%}"
        )
        for x, y in points
    )


def _x(value: float) -> float:
    return _LEFT + value * _SIZE_X


def _y(value: float) -> float:
    return _TOP + (1 - value) * _SIZE_Y
