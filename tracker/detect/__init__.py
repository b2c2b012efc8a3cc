"""Pictures in, boxes out: model cards, ONNX Runtime sessions, letterboxing, decode heads."""

from tracker.detect.attention import Attention, Outlook, Surroundings, Worth
from tracker.detect.card import ModelCard, load_card
from tracker.detect.detector import OnnxDetector, load_detector
from tracker.detect.importer import import_model
from tracker.detect.motion import MotionSensor
from tracker.detect.providers import Extras
from tracker.detect.tags import Tag, TagReader, Ticket, read_photo, read_tickets, tag_cells

__all__ = [
    "Attention",
    "Extras",
    "ModelCard",
    "MotionSensor",
    "OnnxDetector",
    "Outlook",
    "Surroundings",
    "Tag",
    "TagReader",
    "Ticket",
    "Worth",
    "import_model",
    "load_card",
    "load_detector",
    "read_photo",
    "read_tickets",
    "tag_cells",
]
