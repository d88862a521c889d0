"""A thread of the process does the work that no response waits for."""

import subprocess
import sys
import threading
from threading import Event

import pytest
from django.db import transaction

from dev.servers import running_server, site_environment
from oncekeys.models import KeyUsage
from oncekeys.services.background import Background
from tests.soon import soon


@pytest.fixture
def background(request, settings):
    settings.ONCEKEYS_BACKGROUND = "thread"
    return Background(request.node.name, exit_priority=0)


def test_the_answer_does_not_wait(background):
    may_go_on, done = Event(), Event()

    background.run(lambda: may_go_on.wait(timeout=30) and done.set())
    assert not done.is_set()

    may_go_on.set()
    assert done.wait(timeout=30)


def test_work_is_done_in_the_order_it_came(background):
    done: list[int] = []

    for number in range(100):
        background.run(lambda number=number: done.append(number))
    background.finish(seconds=30)

    assert done == list(range(100))


def test_what_is_offered_is_left_out_while_something_waits(background):
    may_go_on, begun, done = Event(), Event(), []

    background.run(lambda: begun.set() or may_go_on.wait(timeout=30))
    assert begun.wait(timeout=30)
    background.offer(lambda: done.append("offered"))
    background.offer(lambda: done.append("offered while another waits"))
    may_go_on.set()
    background.finish(seconds=30)

    assert done == ["offered"]


def test_a_process_that_ends_lets_go_what_is_on_its_way(background):
    begun, may_end, ended = Event(), Event(), Event()

    def work() -> None:
        begun.set()
        may_end.wait(timeout=30)
        ended.set()

    background.run(work)
    assert begun.wait(timeout=30)
    may_end.set()
    background.finish(seconds=30)

    assert ended.is_set()


def test_a_process_ends_though_its_work_does_not(background):
    may_end, ended = Event(), Event()
    background.run(lambda: (may_end.wait(timeout=30), ended.set()))

    background.finish(seconds=0)

    assert not ended.is_set()
    may_end.set()


def test_a_failure_is_logged_and_keeps_no_other_waiting(background, caplog):
    done: list[str] = []

    background.run(lambda: 1 / 0)
    background.run(lambda: done.append("another"))
    background.finish(seconds=30)

    assert done == ["another"]
    assert "ZeroDivisionError" in caplog.text


def test_where_too_much_waits_work_is_dropped_and_logged(background, caplog):
    may_go_on = Event()
    done: list[int] = []
    background.run(lambda: may_go_on.wait(timeout=30))

    for number in range(10_010):
        background.run(lambda number=number: done.append(number))
    may_go_on.set()
    background.finish(seconds=30)

    assert 10_000 <= len(done) < 10_010
    assert "Too much waits for" in caplog.text


def test_work_waits_where_the_machine_has_no_thread_left(background, monkeypatch, caplog):
    done: list[str] = []
    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", fail_to_start)
        background.run(lambda: done.append("first"))
    assert "did not start" in caplog.text

    background.run(lambda: done.append("second"))
    background.finish(seconds=30)

    assert done == ["first", "second"]


def fail_to_start(*_):
    raise RuntimeError("can't start new thread")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_replaced(background, request):
    done = Event()
    background.run(sys.exit)
    soon(lambda: all(thread.name != request.node.name for thread in threading.enumerate()))

    background.run(done.set)

    assert done.wait(timeout=30)


FORK = """
import os, sys, threading
import django
django.setup()
from oncekeys.models import KeyUsage
from oncekeys.services.background import writes

may_go_on = threading.Event()
writes.run(lambda: may_go_on.wait(timeout=30))
writes.run(lambda: print("parent's", flush=True))
if child := os.fork():
    os.waitpid(child, 0)
    may_go_on.set()
else:
    writes.run(lambda: print("child's", flush=True))
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_does_its_own_work_alone():
    done = subprocess.run([sys.executable, "-c", FORK], env=site_environment(), capture_output=True, text=True)

    assert done.stdout.splitlines() == ["child's", "parent's"], done.stderr


@pytest.mark.django_db(transaction=True)
def test_a_server_that_stops_writes_what_it_counted(crm, tmp_path):
    with running_server(tmp_path / "log") as server:
        server.test(crm.token.reveal())
        soon(KeyUsage.objects.exists)  # the first use; the next ones wait for a minute
        for _ in range(4):
            server.test(crm.token.reveal())

    assert KeyUsage.objects.get().calls == 5


@pytest.mark.django_db(transaction=True)
def test_with_now_the_work_is_done_when_the_transaction_commits(background, settings):
    settings.ONCEKEYS_BACKGROUND = "now"
    done: list[str] = []

    with transaction.atomic():
        background.run(lambda: done.append("after the commit"))
        assert done == []
    background.run(lambda: done.append("at once"))

    assert done == ["after the commit", "at once"]


@pytest.mark.django_db(transaction=True)
def test_with_now_nothing_is_done_after_a_rollback(background, settings):
    settings.ONCEKEYS_BACKGROUND = "now"
    done: list[str] = []

    with transaction.atomic():
        background.run(lambda: done.append("undone"))
        transaction.set_rollback(True)

    assert done == []
