import pytest

from dev import second_step
from tests.pages import PASSWORD


@pytest.fixture
def ada(ada):
    """Return ada, who has a password."""
    ada.set_password(PASSWORD)
    ada.save()
    return ada


@pytest.fixture
def prove():
    """The client, after its person proved by their second step who they are: `prove(signed_in(ada))`."""

    def proven(client, **how):
        second_step.prove(client, **how)
        return client

    return proven
