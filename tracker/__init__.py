"""Fairloom: cameras in, order progress out. Garments are counted, people are not."""

__version__ = "0.1.0"
