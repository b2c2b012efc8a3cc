"""How often 80 % intervals hold the truth of made-up orders, and what one estimate costs."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from figures import Figure

from tracker.estimate import estimate
from tracker.estimate.worlds import CALENDAR, WORLDS, World, play

NAME = "coverage"
WHAT = "80 % intervals of pieces, work content and finish hold the truth; one estimate takes below 20 ms"

ORDERS, SAMPLE = 1000, 100
LOWEST, HIGHEST, HIGHEST_PIECES = 0.70, 0.92, 0.96
"""Whole pieces make the intervals of small numbers hold more than 80 %."""

BEYOND_THE_MODEL = "short sight"
"""Cameras that miss a quarter cannot be found out before somebody counts: shown, with no bar until recall is learnt."""

LONGEST_MS = 20.0


@dataclass(frozen=True, slots=True)
class Score:
    """Of the orders of one world: shares whose interval holds the truth, and CPU time."""

    pieces: float
    work: float
    finish: float
    cpu_ms: float


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Coverage in each world, and the CPU time of an estimate at 4,000 draws."""
    orders = SAMPLE if sample else ORDERS
    # Three standard errors of a share of 0.8 more, for the few orders of a sample.
    slack = 3 * (0.16 / orders) ** 0.5 if sample else 0.0
    figures = []
    costs = []
    for world in WORLDS:
        score = score_world(world, orders, seed)
        costs.append(score.cpu_ms)
        for what, share in (("pieces", score.pieces), ("work content", score.work), ("finish", score.finish)):
            highest = HIGHEST_PIECES if what == "pieces" else HIGHEST
            bar = f"{LOWEST:.2f} to {highest:.2f}" if world.name != BEYOND_THE_MODEL else ""
            ok = LOWEST - slack <= share <= highest + slack if bar else None
            figures.append(Figure(f"P10-P90 holds the {what}, {world.name}", round(share, 3), "", bar, ok))
    cpu_ms = float(np.median(costs))
    figures.append(
        Figure("cpu per estimate", round(cpu_ms, 1), "ms", "below 20 ms", None if sample else cpu_ms < LONGEST_MS)
    )
    return figures


def score_world(world: World, orders: int, seed: int) -> Score:
    """Play orders of a world and compare each estimate with the truth."""
    rng = np.random.default_rng(seed)
    held, costs_ms = [], []
    for number in range(orders):
        order = play(world, rng)
        begin = time.process_time()
        got = estimate(order.evidence, calendar=CALENDAR, now=order.now, rng=np.random.default_rng(number))
        costs_ms.append((time.process_time() - begin) * 1e3)
        steps = [row.pieces.p10 <= order.pieces[row.step] <= row.pieces.p90 for row in got.steps]
        work = got.work_content.p10 <= order.work_content <= got.work_content.p90
        finish = got.finish is not None and got.finish.p10 <= order.finish <= got.finish.p90
        held.append((np.mean(steps), work, finish))
    pieces, work, finish = (float(share) for share in np.mean(held, axis=0))
    return Score(pieces, work, finish, float(np.median(costs_ms)))
