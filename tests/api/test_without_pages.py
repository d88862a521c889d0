"""Everything below `/api/` passes no middleware of pages, and answers with problem documents of one shape."""

import pytest
from django.conf import settings as configured
from django.test import Client

pytestmark = pytest.mark.django_db

TEST = "/api/v1/test"
UNKNOWN = ["/api/v1", "/api/v1/tests", "/api/v1/test/", "/api//v1/test", "/api/v2/test", "/api/ä"]
MEMBERS = {"type", "title", "status", "code", "detail"}


@pytest.fixture
def consumer() -> Client:
    return Client(raise_request_exception=False)


def only_for_pages(get_response):
    def middleware(request):
        raise AssertionError("The API needs nothing of this.")

    return middleware


def problem_of(response) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    assert "no-store" in response["Cache-Control"]
    problem = response.json()
    assert problem.keys() == MEMBERS
    assert problem["status"] == response.status_code
    assert problem["detail"].endswith(".")
    return response.status_code, problem["code"]


@pytest.mark.parametrize(
    "path", ["/api/v1", "/api/v1/tests", "/api/v1/test/", "/api//v1/test", "/api/v2/test", "/api/ä"]
)
def test_unknown_path_is_a_problem_document(consumer, caplog, path):
    assert problem_of(consumer.get(path)) == (404, "not_found")
    assert caplog.records == []


def test_wrong_method_is_a_problem_document(consumer, crm):
    for headers in ({}, {"API-Key": crm.token.reveal()}):
        answer = consumer.post(TEST, headers=headers)

        assert problem_of(answer) == (405, "method_not_allowed")
        assert answer["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", [TEST, "/api/v1/nothing"])
def test_another_host_is_a_problem_document(consumer, crm, path):
    answer = consumer.get(path, headers={"API-Key": crm.token.reveal(), "Host": "attacker.example"})

    assert problem_of(answer) == (400, "bad_request")


def test_defect_of_ours_is_a_problem_document(consumer, crm, break_lookups):
    break_lookups(RuntimeError)

    answer = consumer.get(TEST, headers={"API-Key": crm.token.reveal()})

    assert problem_of(answer) == (500, "internal_error")


@pytest.mark.parametrize("path", [TEST, "/api/v1/verify", "/api/v1/nothing"])
def test_no_middleware_of_pages_is_passed(consumer, crm, settings, path):
    settings.MIDDLEWARE = [*configured.MIDDLEWARE, f"{__name__}.only_for_pages"]

    answer = consumer.get(path, headers={"API-Key": crm.token.reveal()})

    assert answer.status_code in {200, 204, 404}
    assert not {"session", "csrf_processing_done", "htmx", "_messages"} & vars(answer.wsgi_request).keys()
    assert consumer.get("/login/").status_code == 500


def test_session_and_language_of_a_browser_mean_nothing(signed_in, ada, crm, django_assert_num_queries):
    client = signed_in(ada)

    with django_assert_num_queries(1):
        answer = client.get(TEST, headers={"API-Key": crm.token.reveal(), "Accept-Language": "de"})

    assert answer.json()["account"]["slug"] == "acme"
    assert "Content-Language" not in answer
    assert not answer.cookies


@pytest.mark.parametrize("path", [TEST, "/api/v1/nothing", "/api/openapi.json"])
def test_api_keeps_the_headers_that_protect_browsers(consumer, settings, path):
    settings.SECURE_HSTS_SECONDS = 60

    answer = consumer.get(path, secure=True)

    assert answer["Strict-Transport-Security"] == "max-age=60; includeSubDomains; preload"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert int(answer["Content-Length"]) == len(answer.content)


def test_key_sent_in_clear_is_refused_and_not_redirected(consumer, crm, settings):
    settings.SECURE_SSL_REDIRECT, settings.PUBLIC_URL = True, "https://keys.acme.example"

    assert problem_of(consumer.get(TEST, headers={"API-Key": crm.token.reveal()})) == (403, "https_required")
    assert consumer.get("/login/").status_code == 301
