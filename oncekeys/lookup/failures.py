"""Why a look-up failed, where the driver's own errors don't say enough."""

from django.db import OperationalError


class TooLate(OperationalError):
    """The server did not answer in time. It hangs, so another connection would wait as long."""

    def __init__(self) -> None:
        super().__init__("The database did not answer in time.")
