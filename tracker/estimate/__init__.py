"""How far an order is, when it will be done, and how sure that is (docs/estimation.md)."""

from tracker.estimate.order import estimate

__all__ = ["estimate"]
