"""A workshop drawn by code, with exact truth: scenes for training, clips for the demo and for tests."""
