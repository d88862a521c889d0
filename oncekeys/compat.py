"""The private parts of libraries that we use, all in one place: what to look at when one of them is upgraded.

`tests/test_compat.py` has a test for each, which names the library that moved. What is not Django or asgiref is
imported when it is needed, since a project may have none of it.
"""

from collections.abc import Callable, Iterable
from multiprocessing.util import Finalize
from typing import Any

from asgiref.sync import SyncToAsync
from django.db.models import Model
from django.db.models.base import ModelState
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., Any]


# Python


def at_exit(finish: Callable[[], object], *, priority: int) -> None:
    """Call it when this process ends, the higher priority first. A process forked from this one does not call it.

    Unlike `atexit`, it is called in the workers of granian too, which multiprocessing ends by `os._exit`.
    """
    Finalize(None, finish, exitpriority=priority)


# Django


def saved_instance(model: type[Model], alias: str, values: Iterable[tuple[str, Any]]) -> Any:
    """Build a saved instance, six times as fast as `Model.from_db`: it sends no signals and skips unread fields."""
    instance: Any = model.__new__(model)
    instance._state = ModelState()
    instance._state.adding = False
    instance._state.db = alias
    instance.__dict__.update(values)
    return instance


def set_related(instance: Model, field: str, related: Model | None) -> None:
    """Not by attribute: that would tie the two into a circle, which only the garbage collector frees."""
    instance._meta.get_field(field).set_cached_value(instance, related)  # type: ignore[union-attr]


def keep_out_of_log(response: HttpResponseBase) -> None:
    """Django writes no line about its status."""
    response._has_been_logged = True  # type: ignore[attr-defined]


def spare_csrf_token(request: HttpRequest) -> None:
    """CsrfViewMiddleware asks none of this request."""
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]


def keep_out_of_caches(request: HttpRequest, kept_out: bool = True) -> None:
    """Neither Django's cache middleware nor `cache_page` stores an answer to this request, for as long as it's so."""
    request._kept_out_of_caches = kept_out  # type: ignore[attr-defined]


def is_kept_out_of_caches(request: HttpRequest) -> bool:
    return getattr(request, "_kept_out_of_caches", False)


# What they set before the view is called, even behind a door, and ask for afterwards: the only thing that they ask of a
# request. So it has to be a property, and a property has to be on the class.
WANTED = "_cache_update_cache"


def can_be_kept_out_of_caches(kind: type) -> None:
    """Requests of this class, or of one that wraps such a request as Django REST framework's does."""
    setattr(kind, WANTED, property(_may_be_stored, _want_stored))


def _may_be_stored(request: HttpRequest) -> bool:
    return vars(request).get(WANTED, False) and not is_kept_out_of_caches(request)


def _want_stored(request: HttpRequest, wanted: bool) -> None:
    vars(request)[WANTED] = wanted


can_be_kept_out_of_caches(HttpRequest)


# asgiref


def thread_is_for_one_request() -> bool:
    """As under an ASGI server, which opens a ThreadSensitiveContext for each request."""
    return SyncToAsync.thread_sensitive_context.get(None) is not None


def leave_threads_of_request() -> None:
    """From here on, this thread is as good as any for synchronous code."""
    SyncToAsync.thread_sensitive_context.set(None)  # type: ignore[arg-type]


# Django REST framework and Django Ninja


def django_request(request: Any) -> HttpRequest:
    """Return the Django request that a request of Django REST framework was made from."""
    inner: HttpRequest = request._request
    return inner


def wrap_ninja_views(wrap: Callable[[Any, View], View]) -> None:
    """Put `wrap(path, view)` in place of every view that Django Ninja makes from now on.

    Its decorators go around an operation, so behind the view that Django's LoginRequiredMiddleware looks at, and an
    authenticator doesn't know where it is used. So there is nothing else to take hold of.
    """
    from ninja.operation import PathView

    get_view = PathView.get_view
    PathView.get_view = lambda path: wrap(path, get_view(path))  # type: ignore[method-assign, assignment]


# django-allauth
