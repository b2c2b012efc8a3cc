"""Looking only at changes must count what looking at every frame counts: slow, small and faint pieces above all."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from figures import Figure

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from attention_films import Film, Hardship, differences

NAME = "attention"
WHAT = "slow, small and faint pieces count the same when the model looks only at frames that have changed"

FILMS = 160
KINDS = ("slow", "small", "faint", "fast")


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Films of every kind with other noise, tremble, flicker and compression each; how many count the same."""
    rng = np.random.default_rng(seed)
    count = (8 if sample else FILMS) // len(KINDS)
    figures = []
    for kind in KINDS:
        same, looks = 0, []
        for _ in range(count):
            hardship = drawn(kind, rng)
            different, share = differences(Film(hardship, int(rng.integers(2**31))))
            same += not different
            looks.append(share)
            for fault in different:
                print(f"    {hardship}: {fault}", flush=True)
        figures += [
            Figure(f"{kind} pieces: films that count the same", same, f"of {count}", "all", same == count),
            Figure(f"{kind} pieces: frames looked at, median", round(float(np.median(looks)), 3), "", "", None),
        ]
    return figures


def drawn(kind: str, rng: np.random.Generator) -> Hardship:
    """A film of a kind: that is at its hardest, the rest is as it comes.

    Nothing moves by much more than half of its size from frame to frame: beyond that, identities are a matter of luck
    however often one looks.
    """
    fps = float(rng.choice([8, 10, 12, 15]))
    side_px = int(rng.integers(12, 18)) if kind == "small" else int(rng.integers(20, 60))
    fastest = 0.6 * side_px * fps
    slowest, fastest = {"slow": (4, 12), "fast": (0.7 * fastest, fastest)}.get(kind, (0.2 * fastest, 0.7 * fastest))
    return Hardship(
        side_px=side_px,
        contrast=float(rng.uniform(6, 10) if kind == "faint" else rng.uniform(25, 90)),
        speed_px_s=float(rng.uniform(slowest, fastest)),
        fps=fps,
        noise=float(rng.uniform(0.3, 4)),
        tremble_px=float(rng.choice([0, 0, 0.5])),
        flicker=float(rng.choice([0, 0, 3])),
        crf=None if rng.random() < 0.5 else int(rng.integers(20, 31)),
        back=kind != "slow" and bool(rng.random() < 0.5),
    )
