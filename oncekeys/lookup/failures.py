"""Why a look-up failed, where the driver's own errors don't say enough."""

from django.db import OperationalError


class TooLate(OperationalError):
    """The server did not answer in time. It hangs, so another connection would wait as long."""


class StatementLost(OperationalError):
    """The connection no longer knows the prepared statement, or knows another. A new connection is worth a try."""
