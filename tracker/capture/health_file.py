"""The view that a camera should have, kept beside the workshop's settings: it may be moved while nobody watches.

The file holds 80 x 45 edge directions, as whole numbers from -127 to 127, and nothing else of the picture. Taking the
file away says that the view as it is now is the right one; ``tracker camera confirm`` does no more.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import math
import os
from pathlib import Path
from urllib.parse import quote

import numpy as np

from tracker.capture.health_moved import Reference
from tracker.capture.health_view import COLUMNS
from tracker.domain.frames import CameraId
from tracker.domain.rules import Calibration
from tracker.domain.shift import Shift

log = logging.getLogger(__name__)

FOLDER = "views"
_FINE = 127
_FEWEST_ROWS = 8


class ViewFile:
    """One camera's reference on disk.

    What was kept for other zones counts as nothing: whoever draws zones anew has looked at the picture.

    Args:
        folder: The workshop's folder.
        camera: Whose view; any characters.
        zones: Text that changes with the zones.
    """

    def __init__(self, folder: Path, camera: CameraId, *, zones: str = "") -> None:
        self.path = folder / FOLDER / f"{quote(camera, safe='')}.json"
        self._camera, self._zones = camera, zones
        self._kept = False

    @classmethod
    def of(cls, folder: Path, calibration: Calibration) -> ViewFile:
        """The file for a calibration: its masks and rules decide whether an old view still counts."""
        drawn = hashlib.sha256(repr((calibration.masks, calibration.rules)).encode()).hexdigest()
        return cls(folder, calibration.camera, zones=drawn)

    def load(self) -> Reference | None:
        """What was kept; ``None`` when there is nothing, or nothing that can be used, which the log says."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("view_unreadable camera=%s problem=%s", self._camera, error)
            return None
        try:
            stored = json.loads(text)
            if stored["zones"] != self._zones:
                return None
            cells = np.frombuffer(base64.b64decode(stored["edges"], validate=True), np.int8)
            edges = cells.reshape(-1, COLUMNS, 2).astype(np.float32) / np.float32(_FINE)
            dx, dy, angle_deg, scale = (float(value) for value in stored["shift"])
        except (ValueError, KeyError, TypeError) as error:
            log.warning("view_unreadable camera=%s problem=%s", self._camera, type(error).__name__)
            return None
        if len(edges) < _FEWEST_ROWS or not all(map(math.isfinite, (dx, dy, angle_deg, scale))):
            log.warning("view_unreadable camera=%s problem=no view in it", self._camera)
            return None
        self._kept = True
        return Reference(edges, Shift(dx, dy, angle_deg, scale))

    def keep(self, reference: Reference) -> None:
        """Writes a reference, whole or not at all; a disk that refuses is logged and only costs the next start."""
        shift = reference.shift
        cells = np.rint(np.clip(reference.edges, -1, 1) * _FINE).astype(np.int8)
        stored = {
            "zones": self._zones,
            "shift": [shift.dx, shift.dy, shift.angle_deg, shift.scale],
            "edges": base64.b64encode(cells.tobytes()).decode(),
        }
        beside = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(exist_ok=True)
            beside.write_text(json.dumps(stored), encoding="utf-8")
            os.replace(beside, self.path)  # noqa: PTH105  atomic, over an existing file, on Windows too
        except OSError as error:
            log.warning("view_not_kept camera=%s problem=%s", self._camera, error)
            return
        self._kept = True

    def confirmed(self) -> bool:
        """Whether somebody took the file away since it was kept; told once."""
        if not self._kept or self.path.exists():
            return False
        self._kept = False
        return True

    def forget(self) -> bool:
        """Takes the file away; whether there was one."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        return True
