"""Plays of a suite as files: videos, truth as JSON, and labels as YOLO, COCO and MOT have them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import CameraId
from tracker.sim.calibrations import calibration_text
from tracker.sim.labelling import CocoFile, mot_lines
from tracker.sim.render import LEAST_VISIBLE, Stage
from tracker.sim.scenes import Scene
from tracker.sim.script import EVERY_LABEL, TruthBox
from tracker.sim.settled import settled_events
from tracker.sim.sidecar import SidecarFile, noted_frame
from tracker.sim.stills import Still
from tracker.sim.wardrobe import Wardrobe
from tracker.sim.writers import event_document, rule_document, write_video
from tracker.sim.yolo import YoloFolder
from tracker.trials.suites import Suite

_PURPOSE = 300
"""Letters that a calibration file takes."""
OnFrame = Callable[[int], None]
"""Called after each frame with its number."""


def film(scene: Scene, path: Path, *, on_frame: OnFrame | None = None) -> None:
    """The scene's video alone.

    Raises:
        OSError: The file cannot be written.
    """
    stage = Stage(Wardrobe(scene.script))
    _write(scene, path, (stage.picture(frame) for frame in _frames(scene, on_frame)))


@dataclass(frozen=True, slots=True)
class _Clip:
    """What is being filmed, and under which name."""

    name: str
    suite: str
    scene: Scene


class Player:
    """Writes plays of suites into a folder, with all that is known of them.

    ::

        FOLDER/SUITE-SEED-PLAY-STATION.mp4, .json (events, rules, orders), .mot.txt (every frame), .toml (calibration)
        FOLDER/images/SUITE/000000.jpg, labels/SUITE/000000.txt (YOLO), coco.json      pictures picked evenly
        FOLDER/conditions.json                                                         what is known of each of them
        FOLDER/classes.txt                                                             names of the YOLO labels' numbers

    Args:
        folder: Made when it is not there.
        seed: Of the plays.
        stills: Pictures with labels from each clip.
        url_of: Address at which a video will be served, for its calibration file; ``None``: it will not.
    """

    def __init__(self, folder: Path, *, seed: int, stills: int, url_of: Callable[[Path], str] | None = None) -> None:
        self._folder, self._seed, self._stills, self._url_of = folder, seed, stills, url_of
        self._coco, self._sidecar, self._pictures = CocoFile(), SidecarFile(), 0
        self._yolo = YoloFolder(folder, labels=EVERY_LABEL)
        folder.mkdir(parents=True, exist_ok=True)

    def play(self, suite: Suite, play: int, *, on_frame: OnFrame | None = None) -> list[Path]:
        """One play; its videos.

        Raises:
            OSError: A file cannot be written.
        """
        videos = []
        for scene in suite.scenes(self._seed, play):
            name = f"{suite.name}-{self._seed}-{play:03}-{scene.script.camera}"
            videos.append(self._folder / f"{name}.mp4")
            tracks: list[str] = []
            clip = _Clip(name, suite.name, scene)
            _write(scene, videos[-1], self._labelled(clip, tracks, on_frame))
            (self._folder / f"{name}.mot.txt").write_text("".join(f"{line}\n" for line in tracks), encoding="utf-8")
            truth = json.dumps(truth_document(scene), indent=1, ensure_ascii=False)
            (self._folder / f"{name}.json").write_text(truth + "\n", encoding="utf-8")
            source = None if self._url_of is None else self._url_of(videos[-1])
            camera = CameraId(name)
            calibration = calibration_text(camera, scene.rules, purpose=suite.failure[:_PURPOSE], source=source)
            (self._folder / f"{name}.toml").write_text(calibration, encoding="utf-8")
        self._coco.write(self._folder / "coco.json")
        self._sidecar.write(self._folder)
        (self._folder / "classes.txt").write_text("".join(f"{label}\n" for label in EVERY_LABEL), encoding="utf-8")
        return videos

    def _labelled(self, clip: _Clip, tracks: list[str], on_frame: OnFrame | None) -> Iterator[NDArray[np.uint8]]:
        script = clip.scene.script
        stage = Stage(Wardrobe(script))
        picked = set(np.linspace(0, script.frames - 1, self._stills + 2)[1:-1].round().astype(int).tolist())
        for frame in _frames(clip.scene, on_frame):
            picture, shown = stage.picture(frame), stage.shown(frame)
            tracks += mot_lines(frame, shown)
            if frame in picked:
                self._keep(clip, picture, shown, stage.light(frame))
            yield picture

    def _keep(self, clip: _Clip, picture: NDArray[np.uint8], shown: list[tuple[TruthBox, float]], light: str) -> None:
        """One picture with its labels and all that is known of it."""
        script = clip.scene.script
        labelled = [(box, share) for box, share in shown if box.label and share >= LEAST_VISIBLE]
        boxes = tuple(box for box, _ in labelled)
        self._yolo.write(clip.suite, self._pictures, Still(picture, boxes))
        name = f"images/{clip.suite}/{self._pictures:06d}.jpg"
        self._coco.add(name, (script.width, script.height), boxes)
        self._sidecar.add(name, noted_frame(script, shown, labelled, light=light, group=clip.name))
        self._pictures += 1


def truth_document(scene: Scene) -> dict[str, Any]:
    """What truly happens in a scene, in plain values."""
    script = scene.script
    return {
        "camera": script.camera,
        "width": script.width,
        "height": script.height,
        "fps": script.fps,
        "duration_s": round(script.duration_s, 3),
        "seed": script.seed,
        "rules": [rule_document(rule) for rule in scene.rules],
        "orders": [{"order": turn.order, "from_s": round(turn.from_s, 3)} for turn in scene.turns],
        "events": [event_document(event) for event in settled_events(script, scene.rules)],
    }


def _write(scene: Scene, path: Path, pictures: Iterator[NDArray[np.uint8]]) -> None:
    script = scene.script
    size = (script.width, script.height)
    write_video(pictures, path, fps=script.fps, size=size, bit_rate=script.hardship.bit_rate)


def _frames(scene: Scene, on_frame: OnFrame | None) -> Iterator[int]:
    for frame in range(scene.script.frames):
        yield frame
        if on_frame is not None:
            on_frame(frame)
