import pytest
from django.test import Client


@pytest.fixture
def desk(signed_in, ada) -> Client:
    """Ada's browser."""
    return signed_in(ada)
