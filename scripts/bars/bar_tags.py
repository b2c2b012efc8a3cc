"""Order cards and bundle tickets: what is read, what is misread, and whether a card ever binds a wrong order."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
from figures import Figure
from tag_scenes import Clutter, Look, Luma, covered, put, qr_paper, tag_paper, taken

from tracker.cards import LOOK_S, CardEye
from tracker.detect import TagReader, read_tickets
from tracker.domain.cards import CARDS, BundleTicket, CardSighting
from tracker.domain.frames import CameraId, Frame, Moment, Picture
from tracker.domain.orders import OrderId
from tracker.domain.rules import Calibration, CardPlace, CountUnit, GateRule, RuleId, StepId, Target, Zone

NAME = "tags"
WHAT = "recall and false reads of order cards and bundle tickets; no wrong binding in an hour of clutter"

TRIES, SAMPLE_TRIES = 60, 6
HOUR_LOOKS, SAMPLE_LOOKS = 2400, 40
"""An hour of looks, one every 1.5 s."""
WIDTH, HEIGHT = 960, 540
PATCH = 360
"""Side of the pictures of the tables: a zone of a 1080p camera."""
SCENE_LOOKS = 12
"""So long a scene stays, 18 s, while things move in it."""
LEAST_RECALL = 0.95
"""Wanted of a print at the size that `tracker tickets` chooses, in ordinary light."""

TAGS = Look(32)
TICKETS = Look(4, tilt_deg=10)
RANGES: dict[str, tuple[float, ...]] = {
    "size_px": (12, 16, 20, 24, 28, 32, 40, 60),
    "blur_px": (0, 0.6, 1.0, 1.5, 2.0, 3.0),
    "tilt_deg": (0, 15, 30, 45, 60),
    "light": (1.0, 0.8, 0.5, 0.3, 0.15),
    "covered": (0, 0.05, 0.1, 0.2, 0.4),
}
QR_SIZES = (1.5, 2, 2.5, 3, 4, 5, 6)
CORNER = Zone("corner", ((0.1, 0.2), (0.7, 0.2), (0.7, 0.95), (0.1, 0.95)))
EYE = Calibration(
    CameraId("bar"),
    "measures order cards",
    (),
    (
        GateRule(
            RuleId("line"),
            Target((), CountUnit.PIECE, 1, StepId("sew"), None, CardPlace(CORNER, 28_800.0)),
            (0.9, 1.0),
            (0.9, 0.0),
        ),
    ),
)
START = datetime(2026, 1, 5, tzinfo=UTC)


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Tables for both kinds, the cost of a look, and two hours of clutter."""
    tries, looks = (SAMPLE_TRIES, SAMPLE_LOOKS) if sample else (TRIES, HOUR_LOOKS)
    drawn, bare, carded = (np.random.default_rng([seed, part]) for part in (1, 2, 3))
    clutter = Clutter(drawn)
    figures = [Figure("real pictures among the clutter", float(clutter.real), "", "", None)]
    figures += _tables(clutter, drawn, tries, sample=sample)
    figures += _cost(clutter, drawn)
    figures += _hour(Clutter(bare), bare, looks, with_cards=False)
    figures += _hour(Clutter(carded), carded, looks, with_cards=True)
    return figures


def _tables(clutter: Clutter, rng: np.random.Generator, tries: int, *, sample: bool) -> list[Figure]:
    reader = TagReader()
    figures: list[Figure] = []
    false = dict.fromkeys(("card", "ticket"), 0)
    shown = dict.fromkeys(("card", "ticket"), 0)
    kinds: tuple[tuple[str, Look, Callable[[Look], tuple[bool, int]]], ...] = (
        ("card", TAGS, lambda look: _try_tag(reader, clutter, look, rng)),
        ("ticket", TICKETS, lambda look: _try_ticket(clutter, look, rng)),
    )
    for kind, usual, attempt in kinds:
        for what, values in RANGES.items():
            for value in QR_SIZES if kind == "ticket" and what == "size_px" else values:
                look = replace(usual, **{what: value})
                hits = [attempt(look) for _ in range(tries)]
                recall = sum(hit for hit, _ in hits) / tries
                false[kind] += sum(wrong for _, wrong in hits)
                shown[kind] += tries
                wanted = look == usual
                bar = f"at least {LEAST_RECALL}" if wanted else ""
                ok = (recall >= LEAST_RECALL or sample) if wanted else None
                figures.append(Figure(f"recall, {kind}, {what} {value:g}", recall, "", bar, ok))
        unit = f"in {shown[kind]} looks"
        figures.append(Figure(f"false reads, {kind}", float(false[kind]), unit, "0", not false[kind]))
    return figures


def _try_tag(reader: TagReader, clutter: Clutter, look: Look, rng: np.random.Generator) -> tuple[bool, int]:
    """Whether one card was read, and how many numbers were read that are not there."""
    number = int(rng.integers(CARDS))
    table = clutter.scene(PATCH, PATCH, things=3)
    paper = covered(tag_paper(number), look.covered, rng)
    look = replace(look, turn_deg=float(rng.uniform(0, 360)))
    put(table, paper, _anywhere(rng), side_px=look.size_px * 1.25, look=look)
    found = [tag.number for tag in reader.read(taken(table, look, rng))]
    return number in found, sum(other != number for other in found)


def _try_ticket(clutter: Clutter, look: Look, rng: np.random.Generator) -> tuple[bool, int]:
    """The same of a bundle ticket."""
    code = BundleTicket(OrderId(f"PO-{rng.integers(1000, 9999)}"), 0, int(rng.integers(1, 40)), 12).code
    paper, modules = qr_paper(code)
    table = clutter.scene(PATCH, PATCH, things=3)
    paper = covered(paper, look.covered, rng)
    side_px = min(look.size_px * modules, PATCH * 0.6)
    look = replace(look, turn_deg=float(rng.uniform(-30, 30)))
    put(table, paper, (PATCH / 2, PATCH / 2), side_px=side_px, look=look)
    found = [ticket.text for ticket in read_tickets(taken(table, look, rng))]
    return code in found, sum(other != code for other in found)


def _anywhere(rng: np.random.Generator) -> tuple[float, float]:
    return float(rng.uniform(80, PATCH - 80)), float(rng.uniform(80, PATCH - 80))


def _cost(clutter: Clutter, rng: np.random.Generator) -> list[Figure]:
    """CPU milliseconds of one look; half a table is the common zone."""
    reader, figures = TagReader(), []
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    whole = [taken(clutter.scene(1920, 1080, things=20), TAGS, rng) for _ in range(8)]
    for what, part in (("a quarter of 1080p", np.s_[:540, :960]), ("all of 1080p", np.s_[:, :])):
        spent = []
        for luma in whole:
            began = time.thread_time()
            reader.read(luma[part])
            spent.append((time.thread_time() - began) * 1000)
        figures.append(Figure(f"cpu a look, {what}", float(np.median(spent)), "ms", "", None))
    cv2.setNumThreads(threads)
    return figures


def _hour(clutter: Clutter, rng: np.random.Generator, looks: int, *, with_cards: bool) -> list[Figure]:
    """Looks of one camera at a table whose clutter changes; what it says, against what lies there."""
    eye = CardEye(EYE)
    said: list[tuple[CardSighting, set[int]]] = []
    scene, there, certain, due = np.zeros((HEIGHT, WIDTH), np.uint8), set[int](), 0, 0
    for number in range(looks):
        if number % SCENE_LOOKS == 0:
            scene, before = clutter.scene(WIDTH, HEIGHT, things=14), there
            there = _lay_cards(scene, rng) if with_cards else set()
            due += bool(there) and there != before
        seen = scene.copy()
        _reach_in(seen, rng)
        frame = _frame(taken(seen, Look(32, light=float(rng.uniform(0.4, 1.0))), rng), number)
        new = eye.update(frame, None)
        certain += bool(new)
        said += [(sighting, there) for sighting in new]
    wrong = sum(sighting.card not in lies for sighting, lies in said)
    name = "with cards" if with_cards else "without cards"
    unit = f"in {looks} looks"
    figures = [Figure(f"wrong sightings, {name}", float(wrong), unit, "0", wrong == 0)]
    if with_cards:
        figures.append(Figure("looks that said something new", float(certain), f"at {due} changes of cards", "", None))
    return figures


def _lay_cards(scene: Luma, rng: np.random.Generator) -> set[int]:
    """One card on the table, now and then two or none."""
    numbers = {int(n) for n in rng.choice(CARDS, size=int(rng.choice([0, 1, 1, 1, 1, 2])), replace=False)}
    for place, number in enumerate(sorted(numbers)):
        look = Look(float(rng.uniform(24, 60)), tilt_deg=float(rng.uniform(0, 30)), turn_deg=float(rng.uniform(0, 360)))
        centre = (float(rng.uniform(180, 340)) + 180 * place, float(rng.uniform(190, 420)))
        put(scene, tag_paper(number), centre, side_px=look.size_px * 1.25, look=look)
    return numbers


def _reach_in(seen: Luma, rng: np.random.Generator) -> None:
    """A sleeve that covers something else in every look, cards too."""
    for _ in range(3):
        x, y = (int(rng.integers(0, most)) for most in (WIDTH - 200, HEIGHT - 120))
        seen[y : y + 120, x : x + 200] = rng.integers(40, 200)


def _frame(luma: Luma, number: int) -> Frame:
    chroma = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    t_s = number * LOOK_S
    moment = Moment(number, t_s, START + timedelta(seconds=t_s))
    return Frame(CameraId("bar"), moment, Picture(luma, chroma, chroma, full_range=True))
