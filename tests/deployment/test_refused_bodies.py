"""The site refuses a body that can't be read, with one line in the log, and never acts on a part of it."""

import pytest

from dev.servers import running_server

pytestmark = pytest.mark.django_db(transaction=True)

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    log = tmp_path_factory.mktemp("refused") / "log"
    with django_db_blocker.unblock(), running_server(log) as server:
        yield server


@pytest.mark.parametrize("charset", ["utf-16", "idna", "latin-1"])
def test_form_in_another_encoding_is_refused(site, charset):
    with site.client(cookies={"csrftoken": "a" * 32}) as browser:
        answer = browser.post("/login/", content=b"login=a%c0", headers={"Content-Type": f"{FORM}; charset={charset}"})

    assert answer.status_code == 400
    assert "Traceback" not in site.log.read_text()


def test_foreign_host_is_one_line_in_the_log(site):
    with site.client() as browser:
        assert browser.get("/login/", headers={"Host": "evil.example"}).status_code == 400

    [line] = [line for line in site.log.read_text().splitlines() if "evil.example" in line]
    assert "DisallowedHost" in line
    assert "Traceback" not in site.log.read_text()


@pytest.mark.parametrize("size", [2_000, 300_000])
def test_rotation_with_too_large_a_body_is_not_done(site, crm, size):
    headers = {"API-Key": crm.token.reveal(), "Content-Type": "application/json"}
    with site.client() as consumer:
        answer = consumer.post("/api/v1/key/rotate", content=b"x" * size, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    crm.api_key.refresh_from_db()
    assert not crm.api_key.is_replaced
