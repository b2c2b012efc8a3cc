"""Cameras and files to frames and gaps: decoding, time, masks, reconnection."""

from tracker.capture.address import SecretUrl, resolve_url
from tracker.capture.cameras import LiveCameras
from tracker.capture.feeds import PICTURE_TIMEOUT_S, Feed, PacedFile, SelectiveFeed
from tracker.capture.health import HealthWatch
from tracker.capture.health_file import ViewFile
from tracker.capture.live import CameraState, CameraStats, LiveSource
from tracker.capture.onvif import OnvifFeed
from tracker.capture.replay import ReplaySource
from tracker.capture.stills import StillsFeed
from tracker.capture.streams import StreamFeed
from tracker.capture.usb import UsbFeed

__all__ = [
    "PICTURE_TIMEOUT_S",
    "CameraState",
    "CameraStats",
    "Feed",
    "HealthWatch",
    "LiveCameras",
    "LiveSource",
    "OnvifFeed",
    "PacedFile",
    "ReplaySource",
    "SecretUrl",
    "SelectiveFeed",
    "StillsFeed",
    "StreamFeed",
    "UsbFeed",
    "ViewFile",
    "resolve_url",
]
