"""What works on this machine, why not, and what to do: the checks of ``tracker doctor``."""

from tracker.doctor.examine import examine
from tracker.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examine"]
