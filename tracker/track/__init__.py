"""Detections in time: which boxes of two frames are the same thing."""

from tracker.track.tracker import ByteTracker

__all__ = ["ByteTracker"]
