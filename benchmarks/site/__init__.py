"""The deployment's own settings with the peers beside: one trivial JSON view behind each kind of door."""
