"""What one figure for the fast case does not tell: attacks, cold starts, memory, another database.

Each module has `TITLE` and `run(workplace)`, which returns its figures.
"""
