"""When an old key can go. Plain objects: the rule asks no database."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import ApiKey
from accounts.models.figures import NO_FIGURES
from accounts.models.verdict import Finding, Verdict

NOW = datetime(2026, 6, 16, 14, 20, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def old(**fields) -> ApiKey:
    return ApiKey(created_at=NOW - 90 * 24 * HOUR, **{"expires_at": NOW + HOUR, **fields})


def new(**fields) -> ApiKey:
    return ApiKey(created_at=NOW - 5 * HOUR, **{"last_used_at": NOW - 12 * MINUTE, **fields})


def judge(old_key: ApiKey, new_key: ApiKey, **figures) -> Verdict:
    return Verdict(old_key, new_key, NO_FIGURES._replace(**figures), NOW)


SILENT = {"last_used_at": NOW - 3 * HOUR}
YESTERDAY = {"last_used_at": NOW - 33 * HOUR}


@pytest.mark.parametrize(
    ("verdict", "finding"),
    [
        (judge(old(**SILENT), new()), Finding.OLD_SILENT),
        (judge(old(last_used_at=NOW - HOUR), new()), Finding.OLD_SILENT),
        (judge(old(), new()), Finding.OLD_NEVER_USED),
        (judge(old(last_used_at=NOW - 59 * MINUTE), new()), Finding.OLD_IN_USE),
        (judge(old(last_used_at=NOW - MINUTE), new(), last_hour=214), Finding.OLD_IN_USE),
        (judge(old(last_used_at=NOW - 61 * MINUTE), new(), last_hour=1), Finding.OLD_JUST_SILENT),
        (judge(old(**SILENT), new(), rhythm=24 * HOUR), Finding.OLD_JUST_SILENT),
        (judge(old(**SILENT), new(), rhythm=3 * HOUR), Finding.OLD_SILENT),
        (judge(old(**SILENT), new(), refused_last_hour=1), Finding.OLD_TRIED),
        (judge(old(paused_at=NOW - 2 * HOUR, **SILENT), new(), refused_last_hour=9), Finding.OLD_TRIED),
        (judge(old(**YESTERDAY), new(), rhythm=24 * HOUR), Finding.OLD_SILENT),
        (judge(old(**YESTERDAY), new(), rhythm=24 * HOUR, last_refused_at=NOW - 9 * HOUR), Finding.OLD_JUST_SILENT),
        (judge(old(), new(), last_refused_at=NOW - 9 * HOUR), Finding.OLD_SILENT),
        (judge(old(**SILENT), new(last_used_at=None)), Finding.NEW_UNUSED),
        (judge(old(**SILENT), new(last_used_at=NOW - 6 * HOUR)), Finding.NEW_UNUSED),
        (judge(old(**SILENT), new(paused_at=NOW - MINUTE)), Finding.NEW_REFUSED),
        (judge(old(**SILENT), new(expires_at=NOW)), Finding.NEW_REFUSED),
        (judge(old(expires_at=NOW), new()), Finding.OLD_ENDED),
        (judge(old(expires_at=NOW), new(last_used_at=None), refused_since_end=3), Finding.OLD_ENDED),
    ],
)
def test_the_verdict_on_an_old_key(verdict, finding):
    assert verdict.finding == finding
    assert verdict.is_safe == (finding in {Finding.OLD_SILENT, Finding.OLD_NEVER_USED})


def test_an_old_key_that_was_called_has_been_silent_since():
    assert judge(old(**SILENT), new()).silence == 3 * HOUR
    assert judge(old(**SILENT), new(), last_refused_at=NOW - 2 * HOUR).silence == 2 * HOUR
    assert judge(old(**SILENT), new(), last_refused_at=NOW - 4 * HOUR).silence == 3 * HOUR
    assert judge(old(), new()).silence is None
