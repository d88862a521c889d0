"""A look-up may take only so long."""

from django.db import OperationalError

# For each message that is exchanged with the server, and as a rule there is but one.
SECONDS = 2.0


class TooLate(OperationalError):
    """The server did not answer in time. It hangs, and would let another connection wait as long."""
