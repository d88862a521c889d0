"""With DEBUG on, Django shows much about an error, but no key."""

import pytest

from dev.servers import running_server

pytestmark = pytest.mark.django_db(transaction=True)


def test_error_page_shows_no_key_of_an_address(static_files, tmp_path, crm):
    key = crm.token.reveal()
    with running_server(tmp_path / "log", DEBUG="true") as site, site.client() as browser:
        page = browser.get(f"/nowhere/{key}", params={"api_key": key})

    assert page.status_code == 404
    assert "Request URL" in page.text
    assert crm.token.masked in page.text
    assert key not in page.text
