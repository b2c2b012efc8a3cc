"""Wiring: from a workshop's calibration files to the live watch over its cameras."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tracker.app import utc_now
from tracker.backgrounds import BackgroundLearner
from tracker.capture import (
    PICTURE_TIMEOUT_S,
    Feed,
    HealthWatch,
    LiveCameras,
    LiveSource,
    OnvifFeed,
    PacedFile,
    SelectiveFeed,
    StillsFeed,
    StreamFeed,
    UsbFeed,
    ViewFile,
    resolve_url,
)
from tracker.config import CameraFile, Workshop, check_classes, load_calibration
from tracker.count import PEOPLE
from tracker.detect import Extras, OnnxDetector, load_detector
from tracker.domain.errors import CalibrationError, ConfigError, NotFoundError
from tracker.domain.frames import CameraId
from tracker.domain.rules import ActivityRule
from tracker.models import model_folder
from tracker.pipeline import CameraPipeline
from tracker.privacy import PeopleEye, background_path
from tracker.scenes import people_eye
from tracker.store import Store
from tracker.watch import Model, Shop, Watch


def detector_of(workshop: Workshop) -> OnnxDetector:
    """The workshop's model, loaded on the provider it asks for.

    Raises:
        ConfigError: The settings name a model that is not there.
        ModelError: It cannot be loaded.
    """
    folder = _folder_of(workshop)
    return load_detector(folder, provider=workshop.provider, threads=workshop.threads, extras=provider_extras(workshop))


def _folder_of(workshop: Workshop) -> Path:
    try:
        return model_folder(workshop.model, beside=workshop.folder / "models")
    except NotFoundError as missing:
        raise ConfigError(f"workshop.toml: detect.model: {missing}") from None


def provider_extras(workshop: Workshop) -> Extras:
    """What the workshop's settings tell the execution provider beyond its name."""
    return Extras(
        options=workshop.provider_options,
        library=workshop.provider_library,
        library_sha256=workshop.provider_library_sha256,
        cache=workshop.engines,
    )


def camera_files(workshop: Workshop) -> tuple[CameraFile, ...]:
    """Every camera of a workshop that has a source to watch.

    Raises:
        CalibrationError: A file is wrong.
        ConfigError: Two files describe the same camera.
    """
    files = tuple(load_calibration(path) for path in workshop.calibrations)
    names = [file.calibration.camera for file in files]
    for name in names:
        if names.count(name) > 1:
            paths = ", ".join(file.path.name for file in files if file.calibration.camera == name)
            raise ConfigError(f"camera {name!r} is described {names.count(name)} times", got=paths)
    return tuple(file for file in files if file.source is not None)


def watch_of(workshop: Workshop, store: Store, cameras: Sequence[CameraFile]) -> Watch:
    """The live loop over a workshop's cameras.

    Raises:
        CalibrationError: A rule counts people, or what the model cannot see.
        ModelError: The model cannot be loaded.
    """
    detector = detector_of(workshop)
    for file in cameras:
        check_classes(file.calibration, detector.labels)
        refuse_counting_people(file)
    sources = [_source_of(file, workshop) for file in cameras]
    every = workshop.every_frame
    pipelines = [CameraPipeline(file.calibration, detector, every_frame=every) for file in cameras]
    model = Model(detector.card.name, detector.card.sha256, detector.provider)
    shop = Shop(store, workshop.calendar, utc_now)
    return Watch(LiveCameras(sources), pipelines, model=model, shop=shop, onlooker=learner_of(workshop, cameras))


def learner_of(workshop: Workshop, cameras: Sequence[CameraFile]) -> BackgroundLearner | None:
    """What learns empty backgrounds while counting; ``None`` where the settings want none."""
    paths = {name: background_path(workshop.folder, name) for name in learnt_cameras(workshop, cameras)}
    return BackgroundLearner(paths, partial(_eye_beside, workshop)) if paths else None


def learnt_cameras(workshop: Workshop, cameras: Sequence[CameraFile]) -> tuple[CameraId, ...]:
    """Whose empty backgrounds are learnt: both have to want it, the workshop for all and the camera for itself."""
    return tuple(file.calibration.camera for file in cameras if workshop.learn_empty and file.learn_empty)


def _eye_beside(workshop: Workshop) -> PeopleEye:
    """What looks for people beside the counting loop: models of its own, on the processor wherever counting runs."""
    return people_eye(load_detector(_folder_of(workshop)))


def _source_of(file: CameraFile, workshop: Workshop) -> LiveSource:
    calibration = file.calibration
    source = LiveSource(feed_of(file), camera=calibration.camera, clock=utc_now, optics=file.optics, fps=file.fps)
    source.guard(HealthWatch(calibration.masks, keeper=ViewFile.of(workshop.folder, calibration)))
    return source


def feed_of(file: CameraFile) -> Feed:
    """Where a camera's pictures come from, a still every so often where that is asked for.

    Raises:
        ConfigError: The source is no address, no USB camera and no file, or a secret of it is missing.
    """
    feed = film_of(file)
    return feed if file.stills is None else StillsFeed(feed, file.stills)


def film_of(file: CameraFile) -> SelectiveFeed:
    """A stream, a USB camera, or a video file beside the calibration, played live.

    Raises:
        ConfigError: It is none of these.
    """
    source = file.source or ""
    # Of a camera that sends a still every so often, nothing is undecodable before two of them are missed.
    patience_s = file.stills.patience_s if file.stills else PICTURE_TIMEOUT_S
    if source.startswith("usb:"):
        return UsbFeed(source.removeprefix("usb:"), file.usb, picture_timeout_s=patience_s)
    if "://" in source:
        address = resolve_url(source, os.environ)
        if source.startswith("onvif:"):
            return OnvifFeed(address, utc_now, file.transport, picture_timeout_s=patience_s)
        return StreamFeed(address, file.transport, picture_timeout_s=patience_s)
    path = file.path.parent / source
    if not path.is_file():
        expected = "rtsp://..., onvif://..., usb:... or the name of a video file"
        raise ConfigError(f"{file.path}: source {source!r}", expected=expected, got="no such file")
    return PacedFile(path)


def refuse_counting_people(file: CameraFile) -> None:
    """Make sure that nothing about people is counted into the database.

    Replays may count whatever a model sees, since nothing of them is kept.

    Raises:
        CalibrationError: A counting rule names a class of people.
    """
    for rule in file.calibration.rules:
        named = () if isinstance(rule, ActivityRule) else rule.target.classes
        for name in named:
            if name.lower() in PEOPLE:
                raise CalibrationError(
                    f"{file.path}: rules.{rule.id} counts {name!r}",
                    expected="garments or what holds them",
                    hint="Fairloom counts pieces, never people; an activity rule may use people as a cue",
                )
