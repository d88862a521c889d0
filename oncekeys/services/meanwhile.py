"""Errors for what others did while someone was about to change something."""


class RemovedMeanwhile(Exception):
    """The key or the member is gone, or the person who asks has left the account."""
