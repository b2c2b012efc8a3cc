"""Lines in the picture."""

from __future__ import annotations

from tracker.domain.geometry import Line


def test_way_along_a_line_never_meets_it():
    line = Line.between((0.0, 10.0), (20.0, 10.0))
    assert line.meets((5.0, 0.0), (5.0, 20.0))
    assert not line.meets((5.0, 0.0), (15.0, 0.0))
    assert not line.meets((30.0, 0.0), (30.0, 20.0))  # past its end
