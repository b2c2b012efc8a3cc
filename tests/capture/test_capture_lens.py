"""A lens measured from drawn photographs whose bend is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tracker.capture.lens import Board, measure_lens
from tracker.domain.errors import ConfigError, SourceError

WIDTH, HEIGHT = 480, 360
FINE = 2
"""Samples a pixel and direction, so that edges are as soft as a camera's."""
MATRIX = np.array([[400.0, 0, 246.0], [0, 404.0, 172.0], [0, 0, 1]])
BENDS = np.array([-0.28, 0.09, 0.001, -0.002, 0.0])
TILTS = [(0.0, 0.0), (0.35, 0.0), (-0.35, 0.1), (0.1, 0.4), (-0.1, -0.4), (0.3, 0.3), (0.25, -0.3)]

Texture = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


def checkers(columns: int, rows: int) -> Texture:
    """A checkerboard with a white margin, in squares."""

    def colour(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        on_board = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        dark = (np.floor(x) + np.floor(y)) % 2 == 0
        return np.where(on_board & dark, 20.0, 235.0)

    return colour


def charuco(columns: int, rows: int) -> Texture:
    markers = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_250)
    board = cv2.aruco.CharucoBoard((columns, rows), 1.0, 0.75, markers)
    drawn = board.generateImage((columns * 60, rows * 60), marginSize=0).astype(float)

    def colour(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        on_board = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        u, v = (np.clip(value * 60, 0, limit * 60 - 1).astype(int) for value, limit in ((x, columns), (y, rows)))
        return np.where(on_board, drawn[v, u], 235.0)

    return colour


@cache
def rays_of_all_samples() -> NDArray[np.float64]:
    ticks = [(np.arange(size * FINE) + 0.5) / FINE - 0.5 for size in (WIDTH, HEIGHT)]
    pixels = np.stack(np.meshgrid(*ticks), axis=-1).reshape(-1, 1, 2)
    rays = cv2.undistortPoints(pixels, MATRIX, BENDS).reshape(-1, 2)
    return np.concatenate([rays, np.ones((len(rays), 1))], axis=1)


def photograph(texture: Texture, tilt: tuple[float, float], columns: int, rows: int) -> NDArray[np.uint8]:
    """The board through the lens: for each pixel, where its ray meets the tilted board."""
    rays = rays_of_all_samples()
    turn, _ = cv2.Rodrigues(np.array([*tilt, 0.05]))
    middle = turn @ np.array([columns / 2, rows / 2, 0.0])
    origin = np.array([tilt[1] * 2, tilt[0] * 2, 1.15 * columns]) - middle
    normal = turn[:, 2]
    reach = (normal @ origin) / (rays @ normal)
    there = (rays * reach[:, None] - origin) @ turn
    picture = texture(there[:, 0], there[:, 1])
    shrunk = picture.reshape(HEIGHT, FINE, WIDTH, FINE).mean(axis=(1, 3))
    noise = np.random.default_rng(1).normal(0, 2, shrunk.shape)
    return np.clip(shrunk + noise, 0, 255).astype(np.uint8)


def photographs(folder: Path, texture: Texture, columns: int, rows: int, tilts=TILTS) -> list[Path]:
    paths = []
    for number, tilt in enumerate(tilts):
        path = folder / f"照片{number}.png"
        _, data = cv2.imencode(".png", photograph(texture, tilt, columns, rows))
        path.write_bytes(data.tobytes())
        paths.append(path)
    return paths


@pytest.fixture(scope="module")
def chequered(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return photographs(tmp_path_factory.mktemp("board"), checkers(9, 7), 9, 7)


def straightened(found) -> NDArray[np.float64]:
    """Where points of a grid end, in widths of the picture, by the table that was found."""
    lens = found.lens
    matrix = np.array(
        [
            [lens.fx * WIDTH, 0, lens.cx * WIDTH - 0.5],
            [0, lens.fy * HEIGHT, lens.cy * HEIGHT - 0.5],
            [0, 0, 1],
        ]
    )
    bends = np.array([lens.k1, lens.k2, lens.p1, lens.p2, lens.k3])
    return rays_through(matrix, bends)


def rays_through(matrix: NDArray[np.float64], bends: NDArray[np.float64]) -> NDArray[np.float64]:
    grid = np.stack(np.meshgrid(np.linspace(60, 420, 7), np.linspace(50, 310, 5)), axis=-1).reshape(-1, 1, 2)
    return cv2.undistortPoints(grid, matrix, bends, P=MATRIX).reshape(-1, 2) / WIDTH


def test_a_checkerboard_tells_the_lens(chequered: list[Path], tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    blank.write_bytes(cv2.imencode(".png", np.full((HEIGHT, WIDTH), 200, np.uint8))[1].tobytes())
    found = measure_lens([*chequered, blank], Board(9, 7))
    assert found.used == tuple(chequered)
    assert found.unused == (blank,)
    assert found.error < 0.0008
    assert np.abs(straightened(found) - rays_through(MATRIX, BENDS)).max() < 0.004
    assert (found.lens.fx, found.lens.fy) == pytest.approx((400 / WIDTH, 404 / HEIGHT), rel=0.02)
    assert 0.7 < found.lens.zoom < 1.0


def test_the_zoom_keeps_the_middle_of_each_edge(chequered: list[Path]) -> None:
    lens = measure_lens(chequered, Board(9, 7)).lens
    matrix = np.array([[lens.fx, 0, lens.cx], [0, lens.fy, lens.cy], [0, 0, 1]])
    bends = np.array([lens.k1, lens.k2, lens.p1, lens.p2, lens.k3])
    wanted = matrix * np.array([[lens.zoom, 1, 1], [1, lens.zoom, 1], [1, 1, 1]])
    edges = np.array([[[0, 0.5]], [[1, 0.5]], [[0.5, 0]], [[0.5, 1]]], np.float64)
    seen = cv2.undistortPoints(edges, matrix, bends, P=wanted).reshape(-1, 2)
    assert (seen > -0.01).all()
    assert (seen < 1.01).all()
    assert min(seen[0, 0], 1 - seen[1, 0], seen[2, 1], 1 - seen[3, 1]) == pytest.approx(0, abs=0.01)


def test_a_charuco_board_tells_the_lens_even_where_some_of_it_is_out_of_sight(tmp_path: Path) -> None:
    paths = photographs(tmp_path, charuco(9, 7), 9, 7, tilts=[*TILTS[:6], (0.0, 1.1)])
    found = measure_lens(paths, Board(9, 7, 0.75))
    assert len(found.used) >= 6
    assert np.abs(straightened(found) - rays_through(MATRIX, BENDS)).max() < 0.006


def test_a_board_of_other_size_is_not_found(chequered: list[Path]) -> None:
    with pytest.raises(SourceError, match=r"at least 5 .* got 0 of 7.*Count the squares"):
        measure_lens(chequered, Board(12, 10))
    with pytest.raises(SourceError, match="got 0 of 7"):
        measure_lens(chequered, Board(9, 7, 0.75))  # it has no markers


def test_photographs_that_are_of_no_lens_are_refused(chequered: list[Path], tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    bent = []
    for number, path in enumerate(chequered):
        grey = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
        rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
        wave = (np.sin(rows / 40 + rng.uniform(0, 6)) * 3).astype(np.float32)
        bent.append(tmp_path / f"{number}.png")
        bent[-1].write_bytes(cv2.imencode(".png", cv2.remap(grey, columns + wave, rows, 1))[1].tobytes())
    with pytest.raises(ConfigError, match="no lens bends like this"):
        measure_lens(bent, Board(9, 7))


def test_what_is_no_photograph_is_told(tmp_path: Path, chequered: list[Path]) -> None:
    text, small = tmp_path / "notes.txt", tmp_path / "small.png"
    text.write_text("not a picture", encoding="utf-8")
    (tmp_path / "empty.png").touch()
    small.write_bytes(cv2.imencode(".png", np.zeros((10, 10), np.uint8))[1].tobytes())
    for path, problem in (
        (text, "is not a photograph"),
        (tmp_path / "empty.png", "is not a photograph"),
        (tmp_path / "missing.png", "cannot be opened"),
        (small, "differ in size"),
    ):
        with pytest.raises(SourceError, match=problem):
            measure_lens([*chequered, path], Board(9, 7))


@pytest.mark.parametrize(
    ("board", "problem"),
    [
        ((2, 6), "3 to 40 squares"),
        ((9, 41), "3 to 40 squares"),
        ((9, 6, 1.5), "smaller than its square"),
        ((9, 6, 0.75, "7x7"), "one of: 4x4, 5x5, 6x6, april"),
    ],
)
def test_a_board_that_cannot_be_is_refused(board: tuple, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        Board(*board)
