"""Pictures in, boxes out: model cards, ONNX Runtime sessions, letterboxing, decode heads."""

from tracker.detect.card import ModelCard, load_card
from tracker.detect.detector import OnnxDetector, load_detector
from tracker.detect.importer import import_model
from tracker.detect.motion import MotionSensor
from tracker.detect.providers import Extras

__all__ = ["Extras", "ModelCard", "MotionSensor", "OnnxDetector", "import_model", "load_card", "load_detector"]
