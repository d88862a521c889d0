"""API keys for a Django project: shown once, kept as one-way hashes, checked on every request."""

__version__ = "0.1.0"
