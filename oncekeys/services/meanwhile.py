"""Errors for changes that someone else made in the meantime."""


class RemovedMeanwhile(Exception):
    """The key or the member is gone, or the person who asks has left the account."""
