"""What ``tracker teach collect`` and ``tracker teach fit`` join: sources, detectors, chooser, trainer, comparison."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

import numpy as np

from tracker.capture import LiveSource
from tracker.cli.shell import say
from tracker.domain.errors import ConfigError, NotFoundError
from tracker.domain.frames import CameraId, Gap

if TYPE_CHECKING:
    from tracker.capture import ReplaySource
    from tracker.domain.ports import Detector
    from tracker.privacy import PeopleEye
    from tracker.train.teaching import Progress

SEED = 7
REPORT_S = 5.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be collected.

    Attributes:
        count: Pictures at most, a fourth of them kept back.
        block_s: Seconds of a block of time.
        seconds: Of a running camera; ``None`` reads a recording to its end.
    """

    count: int
    block_s: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Fitting:
    """What is to be fitted: pictures, workshop, minutes, start model and data to mix in (``None``: defaults)."""

    folder: Path
    workshop: Path
    minutes: float
    model: str | None
    also: Path | None


def open_source(camera: str, *, replay: Path | None, workshop: Path | None, fps: float) -> ReplaySource | LiveSource:
    """A recording, or a workshop's running camera; masks of the calibration are burnt in either way.

    Raises:
        ConfigError: Neither is given.
        NotFoundError: The workshop has no such camera.
        SourceError: The recording cannot be read.
    """
    from tracker.capture import ReplaySource
    from tracker.domain.optics import AS_IT_COMES

    if workshop is None:
        if replay is None:
            raise ConfigError("nothing to collect from", expected="--workshop FOLDER or --replay CLIP")
        return ReplaySource(replay, camera=CameraId(camera), optics=AS_IT_COMES, fps=fps)
    from tracker.app import utc_now
    from tracker.cameras import feed_of
    from tracker.config import load_calibration, load_workshop

    files = {str(f.calibration.camera): f for f in map(load_calibration, load_workshop(workshop).calibrations)}
    if camera not in files:
        raise NotFoundError(f"there is no camera {camera!r}", expected=f"one of: {', '.join(sorted(files)) or 'none'}")
    file = files[camera]
    if replay is not None:
        return ReplaySource(replay, camera=CameraId(camera), optics=file.optics, fps=fps)
    return LiveSource(feed_of(file), camera=CameraId(camera), clock=utc_now, optics=file.optics, fps=fps)


def collect_into(
    out: Path, source: ReplaySource | LiveSource, models: tuple[Detector, PeopleEye], *, wish: Wish
) -> int:
    """Looks at a source and writes what was chosen, most doubtful first; Ctrl-C ends the looking, not the writing.

    Returns:
        How many pictures were written.

    Raises:
        ConfigError: The folder holds pictures that were proposed with other classes.
    """
    from tracker.teach.choose import SKETCH, Chooser
    from tracker.teach.collect import Collector
    from tracker.teach.collection import MANIFEST, Collection, Part
    from tracker.teach.pictures import luma_of, read_picture, sketch

    detector, eye = models
    collection = (
        Collection.load(out) if (out / MANIFEST).is_file() else Collection(out, labels=detector.labels, items=())
    )
    if collection.labels != tuple(detector.labels):
        raise ConfigError(f"{out} was collected with other classes", expected=", ".join(detector.labels))
    known = [sketch(luma_of(read_picture(collection.file(item.name))), SKETCH) for item in collection.items]
    runs = [int(item.group.partition("-")[0]) for item in collection.items]
    wanted = {Part.KEPT: wish.count // 4, Part.LEARN: wish.count - wish.count // 4}
    chooser = Chooser(wanted, np.random.default_rng(SEED), known)
    collector = Collector(detector, eye, chooser=chooser, run=max(runs, default=0) + 1, block_s=wish.block_s)
    try:
        _look(source, collector.update, collector.blind, seconds=wish.seconds)
    except KeyboardInterrupt:
        say("tracker: stopped looking; writing what was chosen")
    chosen = chooser.chosen()
    for candidate in chosen:
        collection.add(candidate.item, candidate.jpeg)
    return len(chosen)


def _look(
    source: ReplaySource | LiveSource,
    update: Callable[[Any], int],
    blind: Callable[[], None],
    *,
    seconds: float | None,
) -> None:
    with source, ExitStack() as ending:
        if isinstance(source, LiveSource) and seconds is not None:
            # A camera that is silent yields nothing, so the time cannot be looked at between two frames.
            timer = Timer(seconds, source.request_stop)
            timer.daemon = True
            timer.start()
            ending.callback(timer.cancel)
        for seen in source:
            if isinstance(seen, Gap):
                blind()
            else:
                update(seen)


def fit_and_compare(fitting: Fitting, *, name: str | None, keep: bool) -> dict[str, Any]:
    """Fits, compares on the kept-back part, notes it in the card, and switches where the new model is better.

    Args:
        fitting: What to fit.
        name: Of the new model; ``None`` takes the next free ``taught-N``.
        keep: Whether to keep the current model in any case.

    Returns:
        The comparison, both models, and whether was switched.

    Raises:
        ConfigError: See :func:`tracker.teach.fit.teach`.
        ModelError: The model cannot be taken up again.
    """
    from tracker.detect import load_detector
    from tracker.models import model_folder
    from tracker.teach.collection import Collection
    from tracker.teach.compare import Verdict, compare
    from tracker.teach.fit import Teaching, note_comparison, outcomes, teach
    from tracker.teach.switch import current_model, switch

    collection, models = Collection.load(fitting.folder), fitting.workshop / "models"
    current = current_model(fitting.workshop)
    start = model_folder(fitting.model or current, beside=models)
    fresh = name or _free_name(models)
    teach(Teaching(collection, start, fitting.also, fitting.minutes), models / fresh, _reporter())
    before = load_detector(model_folder(current, beside=models))
    both = [outcomes(detector, collection) for detector in (before, load_detector(models / fresh))]
    compared = compare(both[0], both[1], np.random.default_rng(SEED))
    note_comparison(models / fresh, compared.as_dict())
    better = compared.verdict is Verdict.BETTER and not keep
    if better:
        switch(fitting.workshop, fresh)
    return {"model": fresh, "current": current, "switched": better} | compared.as_dict()


def _free_name(models: Path) -> str:
    number = 1
    while (models / f"taught-{number}").exists():
        number += 1
    return f"taught-{number}"


def _reporter() -> Callable[[Progress], None]:
    """Says every few seconds where the fit stands."""
    last = -REPORT_S

    def report(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= REPORT_S or progress.left_s == 0:
            last = now
            say(f"step {progress.step}, loss {progress.loss:.3f}, {progress.left_s / 60:.1f} min left")

    return report
