"""Pictures in, boxes out: model cards, ONNX Runtime sessions, letterboxing, decode heads."""

from tracker.detect.attention import Attention, Outlook, Surroundings, Worth
from tracker.detect.card import ModelCard, load_card
from tracker.detect.detector import OnnxDetector, load_detector
from tracker.detect.importer import import_model
from tracker.detect.motion import MotionSensor
from tracker.detect.providers import Extras

__all__ = [
    "Attention",
    "Extras",
    "ModelCard",
    "MotionSensor",
    "OnnxDetector",
    "Outlook",
    "Surroundings",
    "Worth",
    "import_model",
    "load_card",
    "load_detector",
]
