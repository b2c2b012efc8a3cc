"""What the long measurements count: a simulated packing table, as a file and as a camera that never stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from tracker.domain.rules import GateRule
from tracker.sim.render import render
from tracker.sim.script import SceneScript
from tracker.sim.truth import truth_events
from tracker.sim.workshop import PACKING, make_workshop
from tracker.sim.writers import write_video


@dataclass(frozen=True, slots=True)
class Film:
    """A packing table's clip, as JPEG pictures in memory, and when packs truly cross its gate.

    Attributes:
        script: What was rendered.
        pictures: One JPEG a frame.
        crossings_s: True crossings, seconds from the clip's start, ascending.
    """

    script: SceneScript
    pictures: tuple[bytes, ...]
    crossings_s: tuple[float, ...]

    @property
    def duration_s(self) -> float:
        """Length of the clip, seconds; after it, it begins anew."""
        return len(self.pictures) / self.script.fps


def film(seed: int, *, seconds: float, fps: float = 8.0) -> Film:
    """Render the beginning of a packing clip."""
    script = make_workshop(seed, fps=fps).script(PACKING)
    frames = round(seconds * fps)
    pictures = []
    for picture, _ in render(script):
        pictures.append(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
        if len(pictures) == frames:
            break
    crossings = tuple(event.t_s for event in truth_events(script) if event.t_s < seconds)
    return Film(script, tuple(pictures), crossings)


class EndlessCamera:
    """A motion-JPEG camera on 127.0.0.1 that goes on whether anybody watches or not, as real ones do.

    Attributes:
        began_at: Wall clock of the first frame, seconds since 1970.
    """

    def __init__(self, shown: Film) -> None:
        self._film = shown
        self.began_at = time.time()
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                try:
                    for picture in camera.pictures():
                        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                        self.wfile.write(head.encode() + picture + b"\r\n")
                except (BrokenPipeError, ConnectionResetError):
                    return

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()

    @property
    def url(self) -> str:
        """Where the stream is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/stream.mjpg"

    def pictures(self) -> Iterator[bytes]:
        """The picture of now, and every one after it when its time comes."""
        fps, pictures = self._film.script.fps, self._film.pictures
        index = int((time.time() - self.began_at) * fps)
        while True:
            early_s = self.began_at + index / fps - time.time()
            if early_s > 0:
                time.sleep(early_s)
            yield pictures[index % len(pictures)]
            index += 1

    def crossings_at(self, until: float) -> list[float]:
        """Wall clock of every true crossing so far, seconds since 1970."""
        length = self._film.duration_s
        rounds = int((until - self.began_at) / length) + 1
        times = [self.began_at + n * length + t for n in range(rounds) for t in self._film.crossings_s]
        return [at for at in times if at <= until]


def write_workshop(folder: Path, shown: Film, *, source: str, database: str = "fairloom.db") -> None:
    """A workshop folder with one camera on the film's gate and one order.

    Args:
        database: A file in the folder, or a server's URL.
    """
    rule = shown.script.rule
    if not isinstance(rule, GateRule):
        raise TypeError("the packing table has a gate")
    (folder / "calibration").mkdir(parents=True)
    (folder / "workshop.toml").write_text(f'name = "measured"\ndatabase = "{database}"\n', encoding="utf-8")
    (folder / "calibration" / "packing.toml").write_text(
        f"""camera = "packing"
purpose = "A simulated packing table"
source = "{source}"
[[rules]]
id = "gate"
kind = "gate"
line = {[list(rule.start), list(rule.end)]}
classes = ["packed"]
unit = "pack"
step = "pack"
""",
        encoding="utf-8",
    )
    (folder / "orders.csv").write_text(
        "order,customer,style,style family,quantity,unit,promised,route\n"
        "PO-1,ACME,T,t-shirt,500,piece,2027-01-31,pack\n",
        encoding="utf-8",
    )


def write_clip_file(path: Path, shown: Film) -> None:
    """The film as a video file."""
    decoded = (cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR) for picture in shown.pictures)
    write_video(decoded, path, fps=shown.script.fps, size=(shown.script.width, shown.script.height))
