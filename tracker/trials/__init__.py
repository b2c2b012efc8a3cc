"""Trials: suites of simulated tables, played through the whole of the counting and judged against their truth."""
