"""Cameras and files to frames and gaps: decoding, time, masks, reconnection."""

from tracker.capture.replay import ReplaySource

__all__ = ["ReplaySource"]
