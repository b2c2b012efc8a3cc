"""A frozen picture told from a truly still scene: false alarms, and seconds to notice and to recover, by encoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from figures import Figure
from still_films import (
    AGAIN_S,
    CAMERA_LIKE,
    FREEZES_S,
    LIVES_S,
    NOISES,
    OTHERS,
    RATE,
    Luma,
    Shot,
    decoded,
    table,
)

from tracker.capture import HealthWatch
from tracker.domain.frames import GapReason, Picture

NAME = "frozen"
WHAT = "a frozen picture against a still scene that lives: false alarms, and how soon it is told, by encoder"

WITHIN_S, FAIR_KEYS_S = 10.0, (2, 4)
"""When it must be told, where key frames come this often: of two that are farther apart nobody can tell so soon. Where
one comes every second a coarse encoder shows nothing of the grain in between, and it may take a little longer."""
ROOMS = {
    "daylight drifts": ("daylight", 1.0, 1.0, 2),
    "a lamp flickers": ("lamp", 1.0, 1.0, 2),
    "somebody comes, works and goes": ("visitor", 1.0, 1.0, 2),
    "a night with much noise": ("still", 2.0, 0.4, 4),
}
"""What lives in an hour: its life, noise, brightness and seconds from key frame to key frame; a clock ticks in all."""

Encoders = dict[str, dict[str, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a film.

    Attributes:
        told_s: When it was first called frozen; ``None``: never.
        times: How often it was called frozen anew.
        over_s: When it was last called frozen.
        bare: It was called covered at some time: what is left of a dim picture behind a coarse encoder may show
            hardly an edge. It is not judged then.
    """

    told_s: float | None
    times: int
    over_s: float
    bare: bool


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """False alarms of living scenes, and what becomes of frozen ones."""
    base = table(seed)
    keys = (2,) if sample else (1, 2, 4, 10)
    noises = NOISES[1:2] if sample else NOISES
    encoders: Encoders = {"cameras' encoders": CAMERA_LIKE, "others": OTHERS}
    if sample:
        encoders = {group: dict(list(of.items())[1::3]) for group, of in encoders.items()}
    figures = [
        *living(base, seed, encoders=encoders, runs=[(key_s, *noise) for key_s in keys for noise in noises]),
        *hours(base, seed, encoders=encoders, seconds=60 if sample else 600),
    ]
    for key_s in keys:
        figures += frozen(base, seed, encoders=encoders, runs=[(key_s, *noise) for noise in noises])
    figures += stopped_at_work(base, seed, encoders=encoders)
    still = Shot(CAMERA_LIKE["ultrafast crf 28"], 2, 0.0, 1.0)
    told = watched(base, still, seed, seconds=150).told_s
    figures.append(Figure("drawn scene without any noise: called frozen after", told or 150.0, "s", "", None))
    return figures


def living(base: Luma, seed: int, *, encoders: Encoders, runs: list[tuple[int, float, float]]) -> Iterator[Figure]:
    """Short films of still scenes that live."""
    alarms = films = 0
    for options in _all(encoders):
        for run in runs:
            films += 1
            alarms += watched(base, Shot(options, *run, clock=films % 2 == 0), seed).times
    title = f"still scenes that live, {films} films of {LIVES_S + FREEZES_S} s or more: called frozen"
    yield Figure(title, alarms, "", "0", alarms == 0)


def hours(base: Luma, seed: int, *, encoders: Encoders, seconds: int) -> Iterator[Figure]:
    """Long films of rooms, behind every encoder."""
    for room, (life, sigma, gain, key_s) in ROOMS.items():
        shots = [Shot(options, key_s, sigma, gain, clock=True, life=life) for options in _all(encoders)]
        alarms = sum(watched(base, shot, seed, seconds=seconds).times for shot in shots)
        yield Figure(f"{room}, {len(shots)} encoders, {seconds} s each: called frozen", alarms, "", "0", alarms == 0)


def frozen(base: Luma, seed: int, *, encoders: Encoders, runs: list[tuple[int, float, float]]) -> Iterator[Figure]:
    """Repeated packets and stopped sensors, with one interval of key frames."""
    for kind, clock in (("packets", False), ("sensor", False), ("sensor", True)):
        for group, of in encoders.items():
            shots = [Shot(options, *run, clock=clock, frozen=kind) for options in of.values() for run in runs]
            yield from _fates(base, seed, group, shots)


def stopped_at_work(base: Luma, seed: int, *, encoders: Encoders) -> Iterator[Figure]:
    """Sensors that stop while somebody works before them: their grain was not seen to be new just before."""
    shots = [Shot(options, 2, 1.0, 1.0, frozen="sensor", life="visitor") for options in _all(encoders)]
    told = [verdict.told_s - LIVES_S for shot in shots if (verdict := watched(base, shot, seed)).told_s is not None]
    title = (
        f"sensor stopped while somebody works, {len(shots)} encoders, key frame every 2 s: told within {FREEZES_S} s"
    )
    yield Figure(title, len(told) / len(shots), "of 1", "", None)
    yield Figure("  within 10 s", sum(after <= WITHIN_S for after in told) / len(shots), "of 1", "", None)


def _all(encoders: Encoders) -> Iterable[dict[str, str]]:
    return (options for of in encoders.values() for options in of.values())


def _fates(base: Luma, seed: int, group: str, shots: list[Shot]) -> Iterator[Figure]:
    """What becomes of frozen films: told within 10 s, never taken back meanwhile, and over when the sensor lives."""
    first = shots[0]
    repeated = first.frozen == "packets"
    fair = first.key_s in FAIR_KEYS_S or (repeated and first.key_s < max(FAIR_KEYS_S))
    what = "packets repeated" if repeated else f"sensor stopped{', clock ticks' if first.clock else ''}"
    watched_all = [(shot, watched(base, shot, seed)) for shot in shots]
    verdicts = [(shot, verdict) for shot, verdict in watched_all if not verdict.bare]
    told = [verdict.told_s - shot.lives_s for shot, verdict in verdicts if verdict.told_s is not None]
    share = len(told) / len(verdicts)
    title = f"{what}, {group}, key frame every {first.key_s} s: told"
    yield Figure(title, share, "of 1", "1" if repeated else "", share == 1.0 if repeated else None)
    soon = sum(0 <= after <= WITHIN_S for after in told) / len(verdicts)
    yield Figure("  within 10 s", soon, "of 1", "1" if fair else "", soon == 1.0 if fair else None)
    if len(verdicts) < len(shots):
        yield Figure("  called covered at some time, left out", len(shots) - len(verdicts), "", "", None)
    if told:
        yield Figure("  slowest after", max(told), "s", "", None)
    if not repeated:
        again = sum(verdict.times > 1 for _, verdict in verdicts)
        yield Figure("  taken back while it stood still", again, f"of {len(verdicts)}", "", None)
        over = max(verdict.over_s - shot.lives_s - FREEZES_S for shot, verdict in verdicts)
        yield Figure("  over after", max(0.0, over), "s", "", None)


def watched(base: Luma, shot: Shot, seed: int, *, seconds: int | None = None) -> Verdict:
    """What a watch says to a film."""
    watch = HealthWatch()
    grey = np.full((base.shape[0] // 2, base.shape[1] // 2), 128, np.uint8)
    again_s = AGAIN_S if shot.frozen == "sensor" else 0
    verdict, before = Verdict(None, 0, 0.0, bare=False), None
    film = decoded(base, shot, seed, seconds=seconds or shot.lives_s + FREEZES_S + again_s)
    for number, (key, luma) in enumerate(film):
        t_s = number / RATE
        reason = watch.update(Picture(luma, grey, grey, full_range=False), t_s, key=key).reason
        if reason is GapReason.FROZEN:
            told_s = t_s if verdict.told_s is None else verdict.told_s
            verdict = replace(verdict, told_s=told_s, times=verdict.times + (reason is not before), over_s=t_s)
        verdict = replace(verdict, bare=verdict.bare or reason is GapReason.BLOCKED)
        before = reason
    return verdict
