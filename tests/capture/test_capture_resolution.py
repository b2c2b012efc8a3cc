"""A camera whose picture changes its size while it is watched: zones stay, tracks begin anew."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from pictured_things import CAMERA, TARGET, SquareFinder, calibration, picture
from rtsp_camera import Film, RtspCamera

from tracker.capture import LiveSource, StreamFeed, resolve_url
from tracker.domain.frames import Frame
from tracker.domain.rules import GateRule, RuleId, StockRule, Zone
from tracker.pipeline import CameraPipeline

LEFT = Zone("left", ((0.03, 0.05), (0.45, 0.05), (0.45, 0.95), (0.03, 0.95)))
RIGHT = Zone("right", ((0.55, 0.05), (0.97, 0.05), (0.97, 0.95), (0.55, 0.95)))
RULES = (
    GateRule(RuleId("line"), TARGET, (0.5, 1.0), (0.5, 0.0)),
    StockRule(RuleId("left"), TARGET, LEFT),
    StockRule(RuleId("right"), TARGET, RIGHT),
)


def still_film(x: float, *, scale: int) -> Film:
    """A piece that lies at a place of the table."""
    luma = picture([[(0, x, 90), (1, x, 90)]], 0.5, scale=scale).y
    return Film.of([np.repeat(luma[:, :, None], 3, axis=2)] * 10, rate=20)


@pytest.mark.socket
@pytest.mark.parametrize(("before", "after"), [((250, 1), (70, 2)), ((70, 2), (250, 1))])
def test_zones_stay_and_tracks_begin_anew(before: tuple[float, int], after: tuple[float, int]) -> None:
    pipeline = CameraPipeline(calibration(*RULES), SquareFinder())
    wanted = {("left" if x < 160 else "right", scale): 1 for x, scale in (before, after)}
    stocks: dict[tuple[str, int], int] = {}
    events = []
    with RtspCamera(still_film(before[0], scale=before[1])) as camera:
        source = LiveSource(StreamFeed(resolve_url(camera.url(), {})), camera=CAMERA, clock=lambda: datetime.now(UTC))
        with source:
            for seen in source:
                assert isinstance(seen, Frame)
                counted = pipeline.update(seen)
                events += counted.events
                stocks |= {(str(read.rule), seen.picture.width // 320): read.count for read in counted.stock}
                if len(stocks) == 2:
                    camera.show(still_film(after[0], scale=after[1]))
                if len(stocks) == 4:
                    break
    # In pixels the piece has crossed the line, or not even left its side; in the picture it lies where it lies.
    assert {place: count for place, count in stocks.items() if count} == wanted
    assert events == []
