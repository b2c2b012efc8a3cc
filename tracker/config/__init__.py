"""TOML in, validated domain values out; unknown keys fail with the nearest known one."""

from tracker.config.calibration import CameraFile, check_classes, load_calibration
from tracker.config.suite import SuiteFile, load_suite
from tracker.config.workshop import Workshop, load_workshop

__all__ = ["CameraFile", "SuiteFile", "Workshop", "check_classes", "load_calibration", "load_suite", "load_workshop"]
