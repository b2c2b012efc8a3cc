"""The page and the API: reads rows, never sees a pixel, answers this machine only."""

from tracker.serve.app import create_app
from tracker.serve.server import serve

__all__ = ["create_app", "serve"]
