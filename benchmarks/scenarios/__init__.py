"""What is measured. Each module has a `TITLE` and `run(workplace)`, which returns its figures."""
