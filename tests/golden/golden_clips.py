"""The golden clips as a test or a person takes them: the clip, its rules and its reviewed events.

    python tests/golden/golden_clips.py --sheets FOLDER            # frames around each event, to look at
    python tests/golden/golden_clips.py --sheets FOLDER --every 3  # and every third frame of the whole clip

``README.md`` says how they were reviewed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.config import CameraFile, load_calibration

FOLDER = Path(__file__).parent
CLIPS = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))
AROUND = 6
"""Frames before and after an event that its sheet shows."""
_COLUMNS = 4
_RULE = (40, 220, 255)


@dataclass(frozen=True)
class Reviewed:
    """What a person saw happen.

    Attributes:
        rule: Id of the rule that has to count it.
        direction: ``in``, ``out``, ``moved`` or ``returned``.
        t_s: Seconds from the first frame.
        pieces: Signed.
    """

    rule: str
    direction: str
    t_s: float
    pieces: int


@dataclass(frozen=True)
class Golden:
    """One clip.

    Attributes:
        name: Of its files.
        what: What it tries, in a sentence.
        rules: As a calibration file spells them, one table a rule.
        events: In order of time.
    """

    name: str
    what: str
    rules: tuple[dict[str, Any], ...]
    events: tuple[Reviewed, ...]

    @property
    def video(self) -> Path:
        """The clip."""
        return FOLDER / f"{self.name}.mp4"

    def calibration(self, folder: Path) -> CameraFile:
        """Its rules by way of a calibration file, which is written into the folder."""
        lines = [f"camera = {json.dumps(self.name)}", f"purpose = {json.dumps(self.what)}"]
        for rule in self.rules:
            lines += ["", "[[rules]]", *(f"{key} = {json.dumps(value)}" for key, value in rule.items())]
        path = folder / f"{self.name}.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return load_calibration(path)


def golden(name: str) -> Golden:
    """The clip of that name."""
    read = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Golden(name, read["what"], tuple(read["rules"]), tuple(Reviewed(**event) for event in read["events"]))


def frames(clip: Golden) -> list[NDArray[np.uint8]]:
    """Every frame as it is decoded, BGR."""
    with av.open(str(clip.video)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def sheets(clip: Golden, *, every: int | None) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Contact sheets with the rules drawn in: one an event, and one of the clip where asked for; name and picture."""
    seen, rate = frames(clip), 10.0
    for number, event in enumerate(clip.events):
        middle = round(event.t_s * rate)
        around = range(max(0, middle - AROUND), min(len(seen), middle + AROUND))
        yield f"{clip.name}-{number}-{event.direction}", _sheet(clip, seen, around)
    if every is not None:
        yield f"{clip.name}-all", _sheet(clip, seen, range(0, len(seen), every))


def _sheet(clip: Golden, seen: list[NDArray[np.uint8]], which: range) -> NDArray[np.uint8]:
    cells = [_drawn(clip, seen[number], number) for number in which]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % _COLUMNS)
    rows = [np.hstack(cells[start : start + _COLUMNS]) for start in range(0, len(cells), _COLUMNS)]
    return np.vstack(rows)


def _drawn(clip: Golden, picture: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """A frame with the rules' geometry and its second."""
    canvas = picture.copy()
    size = np.array([canvas.shape[1], canvas.shape[0]])
    for rule in clip.rules:
        for key in ("line", "from", "to"):
            if key in rule:
                points = np.rint(np.array(rule[key]) * size).astype(np.int32)
                cv2.polylines(canvas, [points], isClosed=key != "line", color=_RULE, thickness=1)
    cv2.putText(canvas, f"{number / 10:.1f} s", (6, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(canvas, f"{number / 10:.1f} s", (6, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, _RULE, 1, cv2.LINE_AA)
    return canvas


def main() -> None:
    """Draw the sheets that were asked for."""
    asked = argparse.ArgumentParser(description="Contact sheets of the golden clips, to look at.")
    asked.add_argument("--sheets", type=Path, required=True, metavar="FOLDER", help="where they go")
    asked.add_argument("--every", type=int, metavar="N", help="also the whole clip, every so many frames")
    asked.add_argument("clips", nargs="*", default=list(CLIPS), metavar="CLIP", help="which; default: every one")
    given = asked.parse_args()
    given.sheets.mkdir(parents=True, exist_ok=True)
    for name in given.clips:
        for sheet, picture in sheets(golden(name), every=given.every):
            cv2.imwrite(str(given.sheets / f"{sheet}.png"), picture)


if __name__ == "__main__":
    main()
