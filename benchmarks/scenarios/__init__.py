"""Scenarios to measure. Each module has a `TITLE` and `run(workplace)`, which returns its figures."""
