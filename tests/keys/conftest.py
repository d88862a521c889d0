import pytest


@pytest.fixture
def light_work():
    """None: what a hash costs is the subject here."""
