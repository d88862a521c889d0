"""The private parts of libraries that we use still exist, and do what we rely on."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from allauth.account.authentication import get_authentication_records
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.contrib.auth import get_user
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.log import log_response
from django.views.decorators.cache import cache_page
from ninja import NinjaAPI
from rest_framework.request import Request

from accounts import compat as site_compat
from accounts.forms.two_step import SecondStepForm
from config.postgresql import compat as postgresql_compat
from oncekeys import compat
from oncekeys.doors.ninja import ApiKeyAuth
from oncekeys.models import Account, ApiKey

WORKER = """
import multiprocessing
from oncekeys import compat

def work():
    compat.at_exit(lambda: print("later", flush=True), priority=1)
    compat.at_exit(lambda: print("sooner", flush=True), priority=2)

if __name__ == "__main__":
    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    worker.join()
"""


def of(library: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A failure says whose upgrade it comes from."""

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def run(*arguments: Any, **fixtures: Any) -> None:
            try:
                test(*arguments, **fixtures)
            except (Exception, pytest.fail.Exception) as error:
                now = f"{library} {version(library) if library != 'Python' else sys.version.split()[0]}"
                raise AssertionError(f"{now} moved something that a compat.py of ours uses: {error!r}") from error

        return run

    return decorated


@of("Python")
def test_work_at_exit_is_done_in_a_worker_of_multiprocessing():
    done = subprocess.run([sys.executable, "-c", WORKER], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["sooner", "later"]


@of("Django")
@pytest.mark.django_db
def test_saved_instance_is_what_the_orm_makes(crm):
    expected = ApiKey.objects.get()
    names = [field.attname for field in ApiKey._meta.concrete_fields]

    made = compat.saved_instance(ApiKey, "default", [(name, getattr(expected, name)) for name in names])

    assert {name: getattr(made, name) for name in names} == {name: getattr(expected, name) for name in names}
    assert (made._state.adding, made._state.db) == (False, expected._state.db)
    made.save()
    assert ApiKey.objects.count() == 1


@of("Django")
@pytest.mark.django_db
def test_related_instance_costs_no_query(crm, django_assert_num_queries):
    key, account = ApiKey.objects.get(), Account.objects.get()

    compat.set_related(key, "account", account)

    with django_assert_num_queries(0):
        assert key.account is account


@of("Django")
def test_response_is_kept_out_of_the_log(rf, caplog):
    loud, silent = HttpResponse(status=401), HttpResponse(status=401)
    compat.keep_out_of_log(silent)

    for response in (loud, silent):
        log_response("Unauthorized: %s", "/", response=response, request=rf.get("/"))

    assert len(caplog.records) == 1


@of("Django")
def test_request_is_spared_the_csrf_token(rf):
    asked, spared = (rf.post("/") for _ in range(2))
    for request in (asked, spared):
        request._dont_enforce_csrf_checks = False  # which the test client sets too
    compat.spare_csrf_token(spared)

    answers = [_csrf_answer(request) for request in (asked, spared)]

    assert (answers[0].status_code, answers[1]) == (403, None)


def _csrf_answer(request: Any) -> Any:
    middleware = CsrfViewMiddleware(lambda request: HttpResponse())
    middleware.process_request(request)
    return middleware.process_view(request, lambda request: HttpResponse(), (), {})


@of("Django")
def test_request_is_kept_out_of_caches(rf):
    calls = []

    @cache_page(60)
    def view(request):
        compat.keep_out_of_caches(request, request.path == "/private")
        calls.append(request.path)
        return HttpResponse()

    for path in ("/public", "/public", "/private", "/private"):
        view(rf.get(path))

    assert calls == ["/public", "/private", "/private"]


@of("asgiref")
def test_thread_of_one_request_is_known():
    async def under_asgi() -> list[bool]:
        outside = await sync_to_async(compat.thread_is_for_one_request)()
        async with ThreadSensitiveContext():
            inside = await sync_to_async(compat.thread_is_for_one_request)()
            compat.leave_threads_of_request()
            left = await sync_to_async(compat.thread_is_for_one_request)()
        return [outside, inside, left]

    # In a thread of its own: a browser of other tests may have its loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, under_asgi()).result() == [False, True, False]


@of("psycopg")
@pytest.mark.postgresql
def test_server_that_does_not_answer_is_given_up():
    given_up = []
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as session:
        postgresql_compat.limit_waits(session, 0.1, lambda: given_up.append(True))
        assert session.execute("SELECT 1").fetchone() == (1,)

        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT pg_sleep(60)")

        assert (given_up, session.closed) == ([True], True)


@of("djangorestframework")
def test_request_of_rest_framework_has_djangos(rf):
    request = rf.get("/")

    assert compat.django_request(Request(request)) is request


@of("django-ninja")
def test_views_of_ninja_are_wrapped():
    api = NinjaAPI(auth=ApiKeyAuth(), urls_namespace="compat")
    api.get("/orders")(lambda request: {})
    paths, *_ = api.urls

    (view,) = [path.callback for path in paths if str(path.pattern) == "orders"]

    assert view.login_required is False


@pytest.fixture
def request_of(signed_in, rf):
    """A request of someone who is signed in, within what the library keeps of it."""

    def make(user: Any) -> Any:
        client = signed_in(user)
        request = rf.post("/")
        request.session = client.session
        request.user = get_user(request)
        return request

    return make


@of("django-allauth")
@pytest.mark.django_db
def test_proof_is_recorded(request_of, ada):
    request = request_of(ada)

    site_compat.record_proof(request, ada, method="test")

    assert get_authentication_records(request, ada)[-1]["method"] == "test"


@of("django-allauth")
def test_rate_limits_count_by_ip_address(rf):
    assert site_compat.rate_limit_source(rf.get("/", REMOTE_ADDR="203.0.113.9")) == "203.0.113.9"


@of("django-allauth")
@pytest.mark.django_db
def test_second_steps_are_limited_until_forgotten(request_of, ada):
    with request_context(request_of(ada)):
        for _ in range(20):
            site_compat.limit_second_steps(ada)()
        with pytest.raises(ValidationError):
            list(map(site_compat.limit_second_steps, [ada] * 20))


@of("django-allauth")
@pytest.mark.django_db
def test_failed_second_step_is_told(request_of, ada):
    told = []
    authenticator = Authenticator(user=ada, type=Authenticator.Type.TOTP)
    authentication_failed.connect(lambda **signal: told.append(signal["authenticator"]), weak=False)

    with request_context(request_of(ada)):
        site_compat.tell_second_step_failed(SecondStepForm(user=ada), authenticator)

    assert told == [authenticator]


@of("django-allauth")
def test_totp_code_is_that_of_the_standard():
    """RFC 6238, appendix B, in six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    assert site_compat.is_totp_code(secret, 1, "287082")
    assert not site_compat.is_totp_code(secret, 2, "287082")
    assert all(isinstance(step, int) for step in site_compat.totp_steps())


@of("django-allauth")
@pytest.mark.django_db
def test_waiting_totp_secret_is_in_the_session(signed_in, ada):
    browser, seen = signed_in(ada), []
    browser.get("/two-step/app/activate/")

    site_compat.change_waiting_totp_secret(SimpleNamespace(session=browser.session), seen.append)

    assert len(seen) == 1


@of("django-allauth")
@pytest.mark.django_db
def test_passkey_signs_in_by_itself(request_of, ada):
    with request_context(request_of(ada)):
        options = site_compat.passkey_options(ada)

    assert options["publicKey"]["authenticatorSelection"]["residentKey"] == "required"


@of("django-allauth")
@pytest.mark.django_db
def test_other_sessions_end(signed_in, rf, ada):
    here, elsewhere = signed_in(ada), signed_in(ada)
    for browser in (here, elsewhere):
        browser.get("/sessions/")
    request = rf.get("/")
    request.session, request.user = here.session, ada

    with request_context(request):
        site_compat.end_other_sessions(request, ada)

    assert [browser.get("/sessions/").status_code for browser in (here, elsewhere)] == [200, 302]
