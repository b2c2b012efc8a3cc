"""The vocabulary every stage speaks: frozen types and pure functions, no input or output."""
