"""Cameras and files to frames and gaps: decoding, time, masks, reconnection."""

from tracker.capture.address import SecretUrl, resolve_url
from tracker.capture.cameras import LiveCameras
from tracker.capture.feeds import Feed, PacedFile, StreamFeed
from tracker.capture.health import HealthWatch
from tracker.capture.health_file import ViewFile
from tracker.capture.live import CameraState, CameraStats, LiveSource
from tracker.capture.replay import ReplaySource

__all__ = [
    "CameraState",
    "CameraStats",
    "Feed",
    "HealthWatch",
    "LiveCameras",
    "LiveSource",
    "PacedFile",
    "ReplaySource",
    "SecretUrl",
    "StreamFeed",
    "ViewFile",
    "resolve_url",
]
