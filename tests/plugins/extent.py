"""Decides how much is tested: by default what matters most, and with `--all` everything.

By default, tests marked `full` are left out, and what repeats something under load does a tenth of it, as do those of
which hypothesis makes up examples.
"""

import os
from collections.abc import Callable

import hypothesis
import pytest

EXAMPLES = 100
# How long an example takes, or to make one up, says how busy the machine is.
TIMED = [hypothesis.HealthCheck.too_slow]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", dest="everything", help="run everything, as `make test-all` does")


def pytest_configure(config: pytest.Config) -> None:
    for name, examples in (("everything", EXAMPLES), ("a tenth", EXAMPLES // 10)):
        hypothesis.settings.register_profile(name, max_examples=examples, deadline=None, suppress_health_check=TIMED)
    hypothesis.settings.load_profile("everything" if config.option.everything else "a tenth")


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: each waits for a clock or a server a third of its time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.everything:
        return
    left_out = [item for item in items if item.get_closest_marker("full")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("full")]


@pytest.fixture(scope="session")
def everything(pytestconfig: pytest.Config) -> bool:
    """Return whether this run leaves nothing out."""
    return bool(pytestconfig.option.everything)


@pytest.fixture(scope="session")
def repeated(everything: bool) -> Callable[[int], int]:
    """Scale a number of repetitions: `repeated(300)` is 30 by default."""
    return lambda times: times if everything else max(1, times // 10)
