"""API keys for a Django project: shown once, kept as one-way hashes, checked on every request."""
