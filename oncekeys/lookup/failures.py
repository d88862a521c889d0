"""Why a look-up failed, where the driver's own errors don't say enough."""

from django.db import OperationalError


class TooLate(OperationalError):
    """The server did not answer in time. It hangs, and would let another connection wait as long."""


class StatementLost(OperationalError):
    """The connection no longer knows the prepared statement, or not as it was. Another one is worth a try."""
