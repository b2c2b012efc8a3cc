"""Turned, mirrored, straightened, masked: what a decoded frame becomes, and where a point of it ends."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame
from capture_clips import CAMERA, NOON, Clip, frames_in
from numpy.typing import NDArray

from tracker.capture import LiveSource, PacedFile, ReplaySource
from tracker.capture.optics import Eye
from tracker.domain.frames import Picture
from tracker.domain.optics import Lens, Optics
from tracker.domain.rules import Zone

WIDTH, HEIGHT = 64, 48


def frame_with(marks: dict[tuple[int, int], int], *, width: int = WIDTH, height: int = HEIGHT) -> VideoFrame:
    """A grey frame with blocks of 4x4 pixels at (column, row), each of its own luma and chroma."""
    planes = [np.full((height, width), 100, np.uint8)]
    planes += [np.full((height // 2, width // 2), 90 + number, np.uint8) for number in range(2)]
    for (column, row), luma in marks.items():
        planes[0][row : row + 4, column : column + 4] = luma
        for plane in planes[1:]:
            plane[row // 2 : row // 2 + 2, column // 2 : column // 2 + 2] = luma
    return VideoFrame.from_ndarray(np.concatenate([plane.reshape(-1, width) for plane in planes]), format="yuv420p")


def centre(plane: NDArray[np.uint8], luma: int) -> tuple[float, float]:
    """Where a block lies, in 0..1 of the plane."""
    rows, columns = np.nonzero(np.abs(plane.astype(int) - luma) < 15)
    return (columns.mean() + 0.5) / plane.shape[1], (rows.mean() + 0.5) / plane.shape[0]


def see(optics: Optics, frame: VideoFrame) -> Picture:
    return Eye(optics).see(frame)


@pytest.mark.parametrize(
    ("optics", "place", "size"),
    [
        (Optics(), (0.25, 0.125), (64, 48)),
        (Optics(rotate=90), (0.875, 0.25), (48, 64)),  # clockwise: what was left is on top
        (Optics(rotate=180), (0.75, 0.875), (64, 48)),
        (Optics(rotate=270), (0.125, 0.75), (48, 64)),
        (Optics(mirror=True), (0.75, 0.125), (64, 48)),
        (Optics(rotate=90, mirror=True), (0.125, 0.25), (48, 64)),  # turned first
    ],
)
def test_a_picture_is_turned_and_then_mirrored(
    optics: Optics, place: tuple[float, float], size: tuple[int, int]
) -> None:
    picture = see(optics, frame_with({(14, 4): 200}))
    assert (picture.width, picture.height) == size
    for plane in (picture.y, picture.u, picture.v):
        assert centre(plane, 200) == place
        assert plane.flags.c_contiguous or optics == Optics()
        assert not plane.flags.writeable
    straight = see(Optics(rotate=optics.rotate, mirror=optics.mirror, lens=Lens(1, 1)), frame_with({(14, 4): 200}))
    np.testing.assert_array_equal(straight.y, picture.y)  # a lens that bends nothing changes nothing
    np.testing.assert_array_equal(straight.u, picture.u)


def test_a_camera_that_hangs_as_it_should_costs_no_copy() -> None:
    frame = frame_with({})
    picture = see(Optics(), frame)
    assert np.shares_memory(picture.y, np.frombuffer(frame.planes[0], np.uint8))


def test_a_turn_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="got 45"):
        Optics(rotate=45)


BARREL = Lens(fx=0.8, fy=1.1, cx=0.48, cy=0.53, k1=-0.25, k2=0.06, p1=0.002, p2=-0.003, k3=0.01)


def where(lens: Lens, place: tuple[float, float], zoom: float = 1.0) -> tuple[float, float]:
    """Where a point as the camera sends it should be seen, by OpenCV's own arithmetic, in 0..1."""
    matrix = np.array([[lens.fx, 0, lens.cx], [0, lens.fy, lens.cy], [0, 0, 1]])
    bends = np.array([lens.k1, lens.k2, lens.p1, lens.p2, lens.k3])
    wanted = matrix * np.array([[zoom, 1, 1], [1, zoom, 1], [1, 1, 1]])
    x, y = cv2.undistortPoints(np.array([[place]]), matrix, bends, P=wanted).ravel()
    return float(x), float(y)


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (704, 576)])
@pytest.mark.parametrize("zoom", [1.0, 0.8])
def test_a_lens_is_straightened_alike_at_every_size_and_shape(size: tuple[int, int], zoom: float) -> None:
    width, height = size
    lens = Lens(**{name: getattr(BARREL, name) for name in BARREL.__slots__ if name != "zoom"}, zoom=zoom)
    columns, rows = range(width // 8 // 4 * 4, width * 7 // 8, width // 4), (height // 4, height // 2, height * 3 // 4)
    marks = {(c // 2 * 2, r // 2 * 2): 130 + 20 * i for i, (c, r) in enumerate((c, r) for c in columns for r in rows)}
    marks = dict(list(marks.items())[:6])
    picture = see(Optics(lens=lens), frame_with(marks, width=width, height=height))
    for (column, row), luma in marks.items():
        expected = where(lens, ((column + 2) / width, (row + 2) / height), zoom)
        for plane, tolerance in ((picture.y, 1.0), (picture.u, 1.0), (picture.v, 1.0)):
            found = centre_near(plane, luma, expected)
            assert abs(found[0] - expected[0]) * plane.shape[1] < tolerance
            assert abs(found[1] - expected[1]) * plane.shape[0] < tolerance


def centre_near(plane: NDArray[np.uint8], luma: int, place: tuple[float, float]) -> tuple[float, float]:
    """Where a block lies that is looked for around a place; weighted, since it was resampled."""
    height, width = plane.shape
    left, top = max(0, int(place[0] * width) - 8), max(0, int(place[1] * height) - 8)
    window = plane[top : top + 16, left : left + 16].astype(float)
    weights = np.clip(window - window.min(), 0, None) ** 2
    assert window.max() > luma - 40
    rows, columns = np.mgrid[: window.shape[0], : window.shape[1]]
    x, y = (columns * weights).sum() / weights.sum(), (rows * weights).sum() / weights.sum()
    return (left + x + 0.5) / width, (top + y + 0.5) / height


def test_where_the_camera_saw_nothing_it_is_black() -> None:
    picture = see(Optics(lens=Lens(1, 1, zoom=0.5)), frame_with({}))
    assert picture.y[0, 0] == 16
    assert picture.u[0, 0] == picture.v[0, 0] == 128
    assert picture.y[HEIGHT // 2, WIDTH // 2] == 100
    frame = frame_with({}).reformat(format="yuvj420p")
    assert see(Optics(lens=Lens(1, 1, zoom=0.5)), frame).y[0, 0] == 0


def test_masks_lie_in_the_corrected_picture() -> None:
    top_left = Zone("corner", ((0, 0), (0.25, 0), (0.25, 0.25), (0, 0.25)))
    for optics in (
        Optics((top_left,), rotate=90),
        Optics((top_left,), mirror=True),
        Optics((top_left,), lens=Lens(1, 1)),
    ):
        picture = see(optics, frame_with({}))
        assert (picture.y[: picture.height // 4, : picture.width // 4] == 16).all()
        assert (picture.y[picture.height // 2 :] == 100).all()


def test_an_eye_follows_a_picture_that_changes_its_size() -> None:
    eye = Eye(Optics(lens=BARREL, rotate=90))
    sizes = []
    for width in (64, 128, 64):
        picture = eye.see(frame_with({}, width=width))
        sizes.append((picture.width, picture.height))
    assert sizes == [(48, 64), (48, 128), (48, 64)]


def test_live_and_replay_see_alike(tmp_path: Path) -> None:
    path = Clip(frames=6, rate=100).write(tmp_path / "clip.mp4")
    optics = Optics(rotate=90, mirror=True, lens=BARREL)
    replayed = frames_in(ReplaySource(path, camera=CAMERA, start=NOON, optics=optics))
    live = frames_in(LiveSource(PacedFile(path), camera=CAMERA, clock=lambda: NOON, optics=optics))
    assert live
    for frame in live:
        np.testing.assert_array_equal(frame.picture.y, replayed[frame.moment.frame].picture.y)
    assert replayed[0].picture.height == 64
    assert all((one.picture.y != other.picture.y).any() for one, other in pairwise(replayed))
