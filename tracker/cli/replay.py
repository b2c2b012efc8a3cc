"""``tracker replay``: count a recorded video."""

from __future__ import annotations

from contextlib import closing, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.scene import EmptyUntilOption, PhotosOption, SceneOption, scene_of_replay
from tracker.cli.shell import JsonOption, console, print_json, progress, say
from tracker.domain.errors import ConfigError

if TYPE_CHECKING:
    from tracker.config import CameraFile
    from tracker.detect.card import ModelCard
    from tracker.replay import Replay, Step


def replay_command(
    video: Annotated[Path, typer.Argument(help="Video file or GIF.")],
    *,
    camera: Annotated[Path, typer.Option("--camera", "-c", help="Calibration file of the camera.")],
    model: Annotated[str, typer.Option("--model", "-m", help="Model folder, or the name of one.")] = "default",
    provider: Annotated[str, typer.Option(help="Execution provider: cpu, cuda, ...")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads inside one inference.")] = 1,
    fps: Annotated[float | None, typer.Option(help="Look at this many frames a second; default: every frame.")] = None,
    every_frame: Annotated[
        bool, typer.Option("--every-frame", help="Let the model look at unchanged frames, too.")
    ] = False,
    start: Annotated[str | None, typer.Option(help="When the video starts, ISO 8601 with offset.")] = None,
    into: Annotated[
        Path | None, typer.Option("--into", "-i", help="Also store the counts in this workshop folder.")
    ] = None,
    scene: SceneOption = None,
    empty_until: EmptyUntilOption = None,
    photos: PhotosOption = False,
    as_json: JsonOption = False,
) -> None:
    """Count a recorded video and print what was counted; the same input always prints the same."""
    from tracker.capture import ReplaySource
    from tracker.cli.shown import instant
    from tracker.config import check_classes, load_calibration
    from tracker.detect import load_detector
    from tracker.models import model_folder
    from tracker.replay import replay

    file = load_calibration(camera)
    detector = load_detector(model_folder(model), provider=provider, threads=threads)
    film = scene_of_replay(detector, scene, empty_until_s=empty_until, photos=photos)
    check_classes(file.calibration, detector.labels)
    with (
        ReplaySource(
            video,
            camera=file.calibration.camera,
            start=instant(start, "--start") if start else None,
            optics=file.optics,
            fps=fps or file.stills or file.fps,
        ) as source,
        progress(quiet=as_json) as bar,
    ):
        task = bar.add_task(video.name, total=source.total_frames)
        with closing(_Stored(into, file, source.start)) if into else nullcontext() as stored:

            def on_step(step: Step) -> None:
                bar.advance(task)
                film.take(step.seen)
                if stored is not None:
                    stored.recorder.take(step)

            result = replay(source, file.calibration, detector, on_step=on_step, every_frame=every_frame)
            if stored is not None:
                stored.finish()
        if source.warning:
            say(f"tracker: warning: {source.warning}")
    film.write()
    _print(result, detector.card, as_json=as_json)


class _Stored:
    """A replay's way into a workshop's database.

    Raises:
        ConfigError: The video does not say when it was recorded, or the rules count people.
    """

    def __init__(self, folder: Path, file: CameraFile, start: datetime) -> None:
        from tracker.app import open_workshop
        from tracker.cameras import refuse_counting_people
        from tracker.capture.replay import EPOCH
        from tracker.recording import ReplayRecorder

        if start == EPOCH:
            raise ConfigError(
                "the video does not say when it was recorded", hint="Give --start 2026-11-23T08:00:00+08:00"
            )
        refuse_counting_people(file)
        self._settings, self._store = open_workshop(folder)
        self.recorder = ReplayRecorder(self._store, file.calibration.camera)
        with self._store.write(start) as unit:
            unit.set_camera_rules(file.calibration.camera, file.calibration.rules)

    def finish(self) -> None:
        """Commit the rest and bring the orders that moved up to date."""
        from tracker.app import utc_now
        from tracker.progress import refresh

        self.recorder.commit()
        refresh(self._store, calendar=self._settings.calendar, now=utc_now(), orders=sorted(self.recorder.orders))

    def close(self) -> None:
        """Let go of the database, whatever became of the replay."""
        self._store.close()


def _model_dict(card: ModelCard) -> dict[str, Any]:
    """Which weights looked, and what they can see."""
    return {"name": card.name, "sha256": card.sha256, "labels": list(card.labels)}


def _print(result: Replay, card: ModelCard, *, as_json: bool) -> None:
    if as_json:
        print_json({"model": _model_dict(card)} | result.as_dict())
        return
    out = console()
    out.print(f"{result.frames} frames, model {card.name} ran on {result.provider}; it knows {', '.join(card.labels)}")
    for rule, values in result.as_dict()["rules"].items():
        kind = values.pop("kind")
        out.print(f"  {rule} ({kind}): " + ", ".join(f"{key} {value}" for key, value in values.items()))
