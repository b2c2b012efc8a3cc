"""Clips and their truth on disk: H.264 in MP4, truth as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tracker.domain.rules import GateRule, TransferRule
from tracker.sim.hardship import BIT_RATE
from tracker.sim.render import render
from tracker.sim.script import FrameTruth, SceneScript, TruthEvent
from tracker.sim.truth import truth_events

_TIME_BASE = Fraction(1, 90_000)


def write_clip(
    script: SceneScript, path: Path, *, on_frame: Callable[[int], None] | None = None
) -> tuple[FrameTruth, ...]:
    """Renders the script into an MP4 file a camera could have sent: H.264 without B frames, a key frame a second.

    Args:
        script: What to render.
        path: File to write; what was there is replaced once the clip is complete.
        on_frame: Called after each frame with its number, for a progress bar.

    Returns:
        What is in each frame.

    Raises:
        OSError: The file cannot be written.
    """
    truth = []

    def pictures() -> Iterable[NDArray[np.uint8]]:
        for picture, frame in render(script):
            truth.append(frame)
            yield picture
            if on_frame is not None:
                on_frame(frame.frame)

    size = (script.width, script.height)
    write_video(pictures(), path, fps=script.fps, size=size, bit_rate=script.hardship.bit_rate)
    return tuple(truth)


def write_video(
    pictures: Iterable[NDArray[np.uint8]], path: Path, *, fps: float, size: tuple[int, int], bit_rate: int = BIT_RATE
) -> None:
    """Encodes BGR pictures of one size; see ``write_clip`` for the format.

    Args:
        pictures: uint8, shape (height, width, 3).
        path: MP4 file to write.
        fps: Frames per second.
        size: Width and height, even.
        bit_rate: Bits a second that the encoder aims at.

    Raises:
        OSError: The file cannot be written.
    """
    unfinished = path.with_name(path.name + ".part")
    with av.open(str(unfinished), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], "yuv420p"
        stream.bit_rate, stream.gop_size, stream.max_b_frames = bit_rate, max(1, round(fps)), 0
        # One thread: the bytes do not depend on the number of cores.
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "threads": "1", "sc_threshold": "0"}
        stream.codec_context.time_base = _TIME_BASE
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = round(index / fps / _TIME_BASE), _TIME_BASE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    unfinished.replace(path)


def write_truth(script: SceneScript, path: Path, frames: Iterable[FrameTruth] = ()) -> None:
    """What truly happens in a clip, as JSON.

    Keys: ``camera``, ``width``, ``height``, ``fps``, ``duration_s``, ``seed``, ``rule`` (geometry in 0..1), ``events``
    (t_s, rule, piece, direction, signed pieces, order) and ``frames`` (frame, t_s, boxes with piece, label, xyxy in
    pixels, held).

    Args:
        script: What was rendered.
        path: File to write.
        frames: Boxes of each frame, as ``write_clip`` returns them; without them the file holds no boxes.
    """
    events = truth_events(script) if script.rule is not None else ()
    document = {
        "camera": script.camera,
        "width": script.width,
        "height": script.height,
        "fps": script.fps,
        "duration_s": script.duration_s,
        "seed": script.seed,
        "rule": rule_document(script.rule) if script.rule is not None else None,
        "events": [event_document(event) for event in events],
        "frames": [frame_document(frame) for frame in frames],
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def rule_document(rule: GateRule | TransferRule) -> dict[str, Any]:
    """The rule and its geometry in plain values, as a calibration file spells them."""
    target = rule.target
    common: dict[str, Any] = {
        "id": rule.id,
        "kind": "gate" if isinstance(rule, GateRule) else "transfer",
        "classes": list(target.classes),
        "unit": target.unit.value,
        "pieces_per_unit": target.pieces_per_unit,
        "step": target.step,
    }
    if isinstance(rule, GateRule):
        return common | {"start": list(rule.start), "end": list(rule.end)}
    zones = {"source": rule.source, "destination": rule.destination}
    return common | {
        key: {"name": zone.name, "polygon": [list(point) for point in zone.polygon]} for key, zone in zones.items()
    }


def event_document(event: TruthEvent) -> dict[str, Any]:
    """An event in plain values."""
    return {
        "t_s": round(event.t_s, 3),
        "rule": event.rule,
        "piece": event.piece,
        "direction": event.direction.value,
        "pieces": event.pieces,
        "order": event.order,
    }


def frame_document(frame: FrameTruth) -> dict[str, Any]:
    """A frame's boxes in plain values."""
    boxes = [
        {"piece": box.piece, "label": box.label, "xyxy": [round(edge, 1) for edge in box.xyxy], "held": box.held}
        for box in frame.boxes
    ]
    return {"frame": frame.frame, "t_s": round(frame.t_s, 4), "boxes": boxes}
