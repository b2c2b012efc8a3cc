"""What an outsider may see of an order; the only maker of external status."""

from tracker.release.document import as_dict
from tracker.release.policy import release

__all__ = ["as_dict", "release"]
