"""The packages that people would use instead, in a plain project with sensible settings. It runs in `.venv-bench`."""
