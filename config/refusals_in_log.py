"""One line in the log for what was refused: a foreign Host header, or an unreadable body, is not our fault."""

import logging

OUR_FAULT = 500


class WithoutTraceback(logging.Filter):
    """Takes the traceback out of Django's records of requests that it answered with a status below 500."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", OUR_FAULT) < OUR_FAULT:
            record.exc_info = record.exc_text = None
        return True
