"""From labelled pictures to a model folder, and the comparison that decides whether anybody should use it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.count import PEOPLE
from tracker.detect import ModelCard, load_card
from tracker.detect.card import CARD_NAME, WEIGHTS_NAME
from tracker.domain.errors import ConfigError
from tracker.domain.ports import Detector
from tracker.sim.stills import Setting, draw_still, simulated_piece
from tracker.teach.collection import RUN, Box, Collection, Item, Part
from tracker.teach.compare import OPERATING, Outcome
from tracker.teach.pictures import picture_of, read_picture
from tracker.train.teaching import Lesson, Plan, Progress, fine_tune

LEAST_LESSONS = 10
"""Fewer labelled pictures teach a model the pictures, not the pieces."""
SEED = 7


class Trainer(Protocol):
    """Fits a model further; ``tracker.train.teaching.fine_tune`` does."""

    def __call__(
        self,
        start: Path,
        *,
        lessons: tuple[Lesson, ...],
        plan: Plan,
        work: Path,
        report: Callable[[Progress], None],
    ) -> Path:
        """The new ONNX file."""
        ...


@dataclass(frozen=True, slots=True)
class Teaching:
    """What is learnt from.

    Attributes:
        collection: The factory's own pictures.
        start: Model folder to start from.
        also: YOLO data set of the kind the model was made from, mixed in against forgetting; ``None`` takes pictures of
            the simulator, which are always at hand.
        minutes: Time for fitting.
    """

    collection: Collection
    start: Path
    also: Path | None
    minutes: float


def teach(
    teaching: Teaching, target: Path, report: Callable[[Progress], None], *, trainer: Trainer = fine_tune
) -> ModelCard:
    """A model folder that has learnt the factory's own pieces; resumes where an interrupted run stopped.

    Args:
        teaching: What to learn from.
        target: Model folder to write; must not exist.
        report: Called after every step.
        trainer: Does the fitting.

    Returns:
        The new card.

    Raises:
        ConfigError: Too few labelled pictures, the target exists, or the extra ``train`` is missing.
        ModelError: The model cannot be taken up again.
    """
    collection = teaching.collection
    items = collection.accepted(Part.LEARN)
    if len(items) < LEAST_LESSONS:
        raise ConfigError(
            "too few labelled pictures to learn from",
            expected=f"at least {LEAST_LESSONS} accepted ones that are not kept back",
            got=str(len(items)),
            hint=f"`tracker teach label {collection.folder}`",
        )
    if target.exists():
        raise ConfigError(f"{target} exists already", hint="Choose another --name")
    card = load_card(teaching.start)
    lessons = [_lesson(collection, item, card.labels) for item in items]
    lessons += rehearsal(teaching.also, card.labels, len(lessons))
    work = _work(teaching, items)
    plan = Plan(teaching.minutes, seed=SEED)
    made = trainer(teaching.start, lessons=tuple(lessons), plan=plan, work=work, report=report)
    target.mkdir(parents=True)
    shutil.copyfile(made, target / WEIGHTS_NAME)
    _write_card(teaching, target, items)
    return load_card(target)


def rehearsal(also: Path | None, labels: Sequence[str], count: int) -> list[Lesson]:
    """So many pictures of the kind the model was made from.

    Args:
        also: A YOLO data set whose classes are the model's; ``None`` draws simulated tables.
        labels: Class names of the model.
        count: How many.

    Raises:
        ConfigError: The data set holds no pictures.
    """
    rng = np.random.default_rng(SEED)
    if also is None:
        setting = Setting(480, 320, simulated_piece)
        stills = [draw_still(setting, rng) for _ in range(count)]
        lessons = []
        for still in stills:
            sides = np.array([still.picture.shape[1], still.picture.shape[0]] * 2)
            rows = [[labels.index(b.label), *(np.array(b.xyxy) / sides)] for b in still.boxes if b.label in labels]
            lessons.append(Lesson(still.picture, np.array(rows, np.float32).reshape(-1, 5)))
        return lessons
    files = sorted((also / "images" / "train").glob("*.jpg"))
    if not files:
        raise ConfigError(f"{also} holds no pictures", expected="images/train/*.jpg and labels/train/*.txt")
    picks = rng.choice(len(files), min(count, len(files)), replace=False)
    return [_yolo_lesson(also, files[pick]) for pick in sorted(picks)]


def outcomes(detector: Detector, collection: Collection) -> list[Outcome]:
    """What a model makes of every accepted picture of the kept-back part, classes aside, people aside."""
    pieces = np.array([label.lower() not in PEOPLE for label in detector.labels], np.bool_)
    found = []
    for item in collection.accepted(Part.KEPT):
        bgr = read_picture(collection.file(item.name))
        seen = detector.detect(picture_of(bgr))
        boxes = seen.xyxy[pieces[seen.class_id] & (seen.score >= OPERATING)]
        drawn = [box for box in collection.decision(item.name).boxes if box.label.lower() not in PEOPLE]
        truth = _corners(drawn) * np.array([bgr.shape[1], bgr.shape[0]] * 2, np.float32)
        found.append(Outcome.of(item.group, truth=truth, boxes=boxes))
    return found


def note_comparison(target: Path, compared: Mapping[str, Any]) -> None:
    """Adds what was measured to the card of a taught model."""
    lines = [
        {
            "measured_on": "the factory's own kept-back pictures: other blocks of time, not learnt from",
            "images": compared["pictures"],
            "label": "any piece",
            "at_confidence": OPERATING,
            "iou": 0.5,
            "measure": figure["name"],
            "value": figure["new"],
            "before": figure["current"],
            "difference_95": [figure["low"], figure["high"]],
            "verdict": compared["verdict"],
        }
        for figure in compared["figures"]
    ]
    with (target / CARD_NAME).open("a", encoding="utf-8") as file:
        file.writelines("\n" + _table("[[accuracy]]", line) for line in lines)


def _work(teaching: Teaching, items: Sequence[Item]) -> Path:
    """Where checkpoints of exactly this lie: other labels, model or minutes start anew."""
    collection = teaching.collection
    said = [[item.name, repr(collection.decision(item.name))] for item in items]
    digest = load_card(teaching.start).sha256
    text = json.dumps([said, digest, str(teaching.also), teaching.minutes])
    return collection.folder / RUN / hashlib.sha256(text.encode()).hexdigest()[:12]


def _lesson(collection: Collection, item: Item, labels: Sequence[str]) -> Lesson:
    boxes = collection.decision(item.name).boxes
    unknown = sorted({box.label for box in boxes} - set(labels))
    if unknown:
        raise ConfigError(f"the model has no class {unknown[0]!r}", expected=f"one of {', '.join(labels)}")
    classes = np.array([[labels.index(box.label)] for box in boxes], np.float32).reshape(-1, 1)
    return Lesson(read_picture(collection.file(item.name)), np.concatenate([classes, _corners(boxes)], axis=1))


def _yolo_lesson(folder: Path, file: Path) -> Lesson:
    text = (folder / "labels" / "train" / f"{file.stem}.txt").read_text(encoding="utf-8")
    rows = np.array([line.split() for line in text.splitlines()], np.float32).reshape(-1, 5)
    half = rows[:, 3:] / 2
    return Lesson(read_picture(file), np.concatenate([rows[:, :1], rows[:, 1:3] - half, rows[:, 1:3] + half], axis=1))


def _corners(boxes: Sequence[Box]) -> NDArray[np.float32]:
    return np.array([box.xyxy for box in boxes], np.float32).reshape(-1, 4)


def _write_card(teaching: Teaching, target: Path, items: Sequence[Item]) -> None:
    raw = tomllib.loads((teaching.start / CARD_NAME).read_text(encoding="utf-8"))
    digest = hashlib.sha256((target / WEIGHTS_NAME).read_bytes()).hexdigest()
    days = sorted({item.day for item in items})
    head = {"name": target.name, "version": "1", "sha256": digest, "licence": raw["licence"], "layout": raw["layout"]}
    training = {
        "recipe": f"{raw['name']} taught on {len(items)} pictures of the factory's own pieces",
        "minutes": teaching.minutes,
        "seed": SEED,
        "command": "tracker teach fit",
    }
    own = {
        "name": f"the factory's own pieces: {len(items)} pictures of {len(days)} day(s), {days[0]} to {days[-1]}",
        "licence": "not shared",
        "use": "fine-tuning",
    }
    mixed = {
        "name": "Fairloom workshop simulator (tracker/sim)" if teaching.also is None else teaching.also.name,
        "licence": "AGPL-3.0-or-later" if teaching.also is None else "see the data set",
        "use": "mixed in against forgetting",
    }
    start = {"name": f"{raw['name']} (sha256 {raw['sha256']})", "licence": raw["licence"], "use": "start weights"}
    parts = [
        _table("# Written by `tracker teach fit`; see docs/teaching.md.", head | {"labels": raw["labels"]}),
        _table("[input]", raw["input"]),
        _table("[training]", training),
        *(_table("[[sources]]", source) for source in [start, *raw.get("sources", []), own, mixed]),
    ]
    (target / CARD_NAME).write_text("\n".join(parts), encoding="utf-8")


def _table(header: str, values: Mapping[str, object]) -> str:
    # JSON spells strings, numbers and flat lists exactly as TOML does.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([header, *lines]) + "\n"
