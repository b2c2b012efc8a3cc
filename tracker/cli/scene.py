"""Pictures without people: ``tracker camera empty``, ``tracker camera scene``, and the scene of a replay."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.shell import JsonOption, WorkshopOption, console, print_json, say
from tracker.domain.errors import ConfigError, NotFoundError

if TYPE_CHECKING:
    from tracker.config import CameraFile, Workshop
    from tracker.domain.frames import Frame, Gap
    from tracker.domain.ports import Detector
    from tracker.scenes import SceneMaker

HERE = Path()
SCENE_S = 5.0
"""Seconds that a camera is watched for a scene: whether a piece lies still takes a few pictures."""

PhotosOption = Annotated[
    bool, typer.Option("--photos", help="In the scene, show pieces that lie by themselves as the camera sees them.")
]
SceneOption = Annotated[
    Path | None, typer.Option(help="Also write the end of the video as a picture without people (PNG).")
]
EmptyUntilOption = Annotated[
    float | None, typer.Option(help="You have looked: nobody is in the picture up to this second.")
]
CameraArgument = Annotated[str, typer.Argument(help="The camera, as its calibration file calls it.")]


def empty(
    name: CameraArgument,
    *,
    seconds: Annotated[float, typer.Option("--for", min=10, max=3600, help="Seconds to watch.")] = 30.0,
    workshop: WorkshopOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """You have looked and nobody is in the picture: keep what is seen as the camera's empty background."""
    from tracker.cameras import detector_of
    from tracker.privacy import background_path, save_background
    from tracker.scenes import SceneMaker, learn_empty, people_eye

    settings, file = _camera(workshop, name)
    detector = detector_of(settings)
    eye = people_eye(detector, provider=settings.provider, threads=settings.threads)
    watch_s = seconds if file.stills is None else max(seconds, 12 * file.stills.every_s)
    with closing(_frames(file)) as frames:
        background = learn_empty(frames, SceneMaker(detector, eye, empty_until_s=watch_s), seconds=watch_s)
    path = background_path(settings.folder, file.calibration.camera)
    save_background(path, background)
    if as_json:
        print_json({"camera": name, "background": str(path), "shown": round(background.share, 4)})
        return
    console().print(f"{name}: {background.share:.0%} of the picture may be shown: {path}", markup=False)
    say("tracker: look at the file: whatever is in it may be shown to others")


def scene(
    name: CameraArgument,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="PNG to write.")],
    photos: PhotosOption = False,
    workshop: WorkshopOption = HERE,
) -> None:
    """Write what a camera sees now as a picture without people: its empty background and the pieces on it."""
    from tracker.cameras import detector_of, learnt_cameras
    from tracker.domain.frames import Frame
    from tracker.privacy import background_path, load_background
    from tracker.scenes import SceneMaker, people_eye

    settings, file = _camera(workshop, name)
    path = background_path(settings.folder, file.calibration.camera)
    if not path.is_file():
        raise NotFoundError(
            f"nobody has said yet when {name} is empty",
            hint=f"When nobody is in the picture, run `tracker camera empty {name}`"
            + (", or wait: `tracker run` learns it from four quiet hours" if learnt_cameras(settings, [file]) else ""),
        )
    detector = detector_of(settings)
    eye = people_eye(detector, provider=settings.provider, threads=settings.threads)
    maker = SceneMaker(detector, eye, background=load_background(path))
    with closing(_frames(file)) as frames:
        for seen in frames:
            maker.take(seen)
            if isinstance(seen, Frame) and seen.moment.t_s >= SCENE_S:
                break
    write_scene(out, maker, photos=photos)


class SceneOfReplay:
    """What watches a replay for the scene at its end; does nothing where none is wanted.

    Args:
        path: PNG to write.
        maker: ``None`` where no scene is wanted.
        photos: Pieces that lie by themselves are shown as the camera saw them.
    """

    def __init__(self, path: Path, maker: SceneMaker | None, *, photos: bool) -> None:
        self._path, self._maker, self._photos = path, maker, photos

    def take(self, seen: Frame | Gap) -> None:
        """Takes in what the camera saw."""
        if self._maker is not None:
            self._maker.take(seen)

    def write(self) -> None:
        """Writes the scene and says what is in it."""
        if self._maker is not None:
            write_scene(self._path, self._maker, photos=self._photos)


def scene_of_replay(
    detector: Detector, path: Path | None, *, empty_until_s: float | None, photos: bool
) -> SceneOfReplay:
    """What watches a replay for its scene.

    Raises:
        ConfigError: What belongs to a scene was given without one.
    """
    from tracker.scenes import SceneMaker, people_eye

    if path is not None:
        maker = SceneMaker(detector, people_eye(detector), empty_until_s=empty_until_s)
        return SceneOfReplay(path, maker, photos=photos)
    if empty_until_s is not None or photos:
        raise ConfigError("--empty-until and --photos belong to a scene", hint="Give --scene FILE.png")
    return SceneOfReplay(HERE, None, photos=False)


def write_scene(path: Path, maker: SceneMaker, *, photos: bool) -> None:
    """Writes the scene and says what is in it."""
    from tracker.privacy import save_picture

    drawn, hidden = maker.scene(photos=photos)
    save_picture(path, drawn.bgr)
    whole = f", {int(drawn.photos.sum())} of them as the camera saw them" if photos else ""
    say(f"tracker: {path}: {drawn.share:.0%} of the picture is shown, {len(drawn.pieces)} pieces{whole}")
    if hidden:
        say(f"tracker: {hidden} places that may show a person are hidden")
    if not drawn.real.any():
        say("tracker: nothing of the room is shown: no part was seen empty and quiet for long enough")


def _camera(folder: Path, name: str) -> tuple[Workshop, CameraFile]:
    from tracker.cameras import camera_files
    from tracker.config import load_workshop

    settings = load_workshop(folder)
    files = {str(file.calibration.camera): file for file in camera_files(settings)}
    if name not in files:
        known = ", ".join(sorted(files)) or "none"
        raise NotFoundError(f"there is no camera {name!r} with a source", expected=f"one of: {known}")
    return settings, files[name]


def _frames(file: CameraFile) -> Generator[Frame | Gap]:
    """What a camera sees, from now on; a video file from its beginning, as fast as it decodes."""
    from tracker.app import utc_now
    from tracker.cameras import feed_of
    from tracker.capture import LiveSource, ReplaySource

    camera, optics = file.calibration.camera, file.optics
    if file.is_video:
        path = file.path.parent / (file.source or "")
        with ReplaySource(path, camera=camera, optics=optics, fps=file.stills or file.fps) as source:
            yield from source
        return
    with LiveSource(feed_of(file), camera=camera, clock=utc_now, optics=optics, fps=file.fps) as live:
        yield from live
