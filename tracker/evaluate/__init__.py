"""How good a model is on labelled pictures: found, missed, made up, counted, and whether the data proves anything."""

from tracker.evaluate.dataset import Choice, Dataset, load_dataset
from tracker.evaluate.document import document
from tracker.evaluate.evaluation import Evaluation, Options, evaluate
from tracker.evaluate.page import write_page

__all__ = [
    "Choice",
    "Dataset",
    "Evaluation",
    "Options",
    "document",
    "evaluate",
    "load_dataset",
    "write_page",
]
