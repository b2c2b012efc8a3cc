"""The bench and the changed footage: what is compared is comparable."""

from __future__ import annotations

import importlib
import sys
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tracker.domain.events import Direction
from tracker.domain.frames import Picture

SCRIPTS = Path(__file__).parents[2] / "scripts"
IN, OUT = Direction.IN, Direction.OUT


def module(folder, name):
    """A module of a scripts folder, imported as the scripts there import it."""
    sys.path.insert(0, str(SCRIPTS / folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(SCRIPTS / folder))


bench, worker, clips = (module("bench", name) for name in ("run", "worker", "clips"))
variants, real_footage = (module("bars", name) for name in ("footage_variants", "bar_real_footage"))
CLIP = clips.Clip("film", Path("film.mp4"), ((0.0, 0.5), (1.0, 0.5)))


class Scripted:
    """A worker that takes a known time for each frame, and writes down when it was its turn."""

    turns: list[str]

    def __init__(self, name, cpu_s, turns, *, frames=50):
        self.name, self._cpu_s, self.turns, self._frames = name, cpu_s, turns, frames

    def start(self, clip):
        self._left = self._frames

    def advance(self, frames):
        self.turns.append(self.name)
        took = min(frames, self._left)
        self._left -= took
        done = took < frames
        return {"frames": took, "cpu_s": took * self._cpu_s, "done": done, "count": [1, 0] if done else None}


def test_advantage_is_the_median_of_paired_repetitions():
    rows = [
        bench.Row("film", "supervision", 50, (20.0, 30.0, 40.0), (1, 1, 1), None),
        bench.Row("film", "bytes", 50, (5.0, 6.0, 20.0), (1, 1, 1), None),
    ]
    assert bench.advantages(rows, "bytes") == [("film", "supervision", 4.0)]
    assert bench.advantages(rows, "changes") == []


def test_ratio_is_against_the_bound_of_the_same_repetition():
    turns = []
    workers = [Scripted("bound", 0.02, turns), Scripted("ours", 0.021, turns)]
    bound, ours = bench.measure(CLIP, workers, 3)
    assert (bound.frames, len(ours.ms), ours.count) == (50, 3, [1, 0])
    assert ours.ratio == pytest.approx([1.05] * 3)
    assert ours.ms == pytest.approx([21] * 3)


def test_contenders_take_turns_and_the_first_turn_rotates():
    turns = []
    workers = [Scripted("bound", 0.02, turns), Scripted("ours", 0.02, turns)]
    bench.measure(CLIP, workers, 2)
    assert turns == ["bound", "ours"] * 4 + ["ours", "bound"] * 3  # warm up and three turns; then three the other way


def test_different_frames_are_no_comparison():
    with pytest.raises(RuntimeError, match="same frames"):
        bench.measure(CLIP, [Scripted("bound", 0.02, []), Scripted("ours", 0.02, [], frames=49)], 1)


def test_worker_counts_the_frames_it_took():
    def film():
        for _ in range(5):
            yield
        return (2, 1)

    run = film()
    first, last = worker.advance(run, 3), worker.advance(run, 3)
    assert (first["frames"], first["done"], last["frames"], last["done"], last["count"]) == (3, False, 2, True, (2, 1))
    assert first["cpu_s"] >= 0


def test_short_clip_is_looped_whole(tmp_path):
    source = tmp_path / "short.mp4"
    with av.open(str(source), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for level in range(7):
            grey = np.full((48, 64, 3), 30 * level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey)))
        container.mux(stream.encode())
    clips.loop_as_h264(source, tmp_path / "looped.mp4")
    with av.open(str(tmp_path / "looped.mp4")) as container:
        levels = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    assert len(levels) == 301  # the first multiple of seven from 300 on
    assert levels[:7] == pytest.approx(levels[7:14], abs=8)


def spot(x, y):
    """A picture with a bright spot at a place in 0..1."""
    luma = np.full((90, 160), 40, np.uint8)
    luma[round(y * 90) - 4 : round(y * 90) + 4, round(x * 160) - 4 : round(x * 160) + 4] = 120
    chroma = np.full((45, 80), 128, np.uint8)
    return Picture(luma, chroma, chroma, full_range=False)


SHOTS = [variants.Shot(0.1 * i, spot(0.2 + 0.01 * i, 0.3)) for i in range(40)]


@pytest.mark.parametrize("variant", variants.VARIANTS, ids=lambda variant: variant.name)
def test_variant_shows_each_thing_where_and_when_it_says(variant):
    film = variant.film(SHOTS, np.random.default_rng(0))
    times = [t_s for t_s, _ in film]
    assert all(a < b for a, b in pairwise(times))
    t_s, picture = next(shot for shot in film if shot.t_s >= variant.when(1.2) - 1e-9)
    moved_by = (t_s - variant.when(1.2)) / (variant.when(1.0) - variant.when(0.0)) * 0.1
    rows, columns = np.nonzero(picture.y > picture.y.min() + 0.6 * (int(picture.y.max()) - int(picture.y.min())))
    found = (columns.mean() + 0.5) / picture.width, (rows.mean() + 0.5) / picture.height
    assert found == pytest.approx(variant.point((0.32 + moved_by, 0.3)), abs=0.02)


def test_clip_played_back_ends_as_it_began():
    film = next(variant for variant in variants.VARIANTS if variant.returns).film(SHOTS, np.random.default_rng(0))
    assert len(film) == 80
    assert film[-1].picture is SHOTS[0].picture


CARS = real_footage.FOOTAGE[0]
FRAMES = [variants.Shot(0.08 * i, None) for i in range(377)]
RIGHT = [(79 * 0.08, OUT), (206 * 0.08, IN), (211 * 0.08, OUT), (332 * 0.08, IN)]


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (RIGHT, None),
        ([(t_s + 0.2, way) for t_s, way in RIGHT], None),  # two and a half frames late
        (RIGHT[:3], "missed in at 26.6 s"),
        ([*RIGHT, (5.0, IN)], "extra in at 5.0 s"),
        (
            [(t_s + 0.3, way) for t_s, way in RIGHT[:1]] + RIGHT[1:],
            "missed out at 6.3 s, extra out at 6.6 s",
        ),  # four frames
        ([(RIGHT[0][0], IN), *RIGHT[1:]], "missed out at 6.3 s, extra in at 6.3 s"),  # the wrong way
    ],
)
def test_crossings_are_held_against_the_truth(found, fault):
    assert real_footage.crossing_fault(found, CARS, variants.VARIANTS[0], FRAMES) == fault


def test_truth_of_the_clip_run_back_is_its_mirror_image():
    back = next(variant for variant in variants.VARIANTS if variant.returns)
    turn_s = 2 * FRAMES[-1].t_s + 0.08
    mirrored = [(turn_s - t_s, OUT if way is IN else IN) for t_s, way in RIGHT]
    assert real_footage.crossing_fault([*RIGHT, *mirrored], CARS, back, FRAMES) is None
    assert real_footage.crossing_fault(RIGHT, CARS, back, FRAMES) is not None
