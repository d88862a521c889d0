"""Static files as `collectstatic` leaves them: compressed, and named by what is in them."""

import re
import subprocess
import sys

import pytest

from dev.servers import ROOT, running_server, site_environment


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_they_are_sent_compressed_and_may_be_kept_for_good(tmp_path):
    folder = {"STATIC_ROOT": str(tmp_path / "static")}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env={**site_environment(), **folder}, check=True)

    with running_server(tmp_path / "log", **folder) as server:
        (sheet,) = re.findall(r'href="(/static/css/site\.[^"]+\.css)"', server.http.get("/login/").text)
        answer = server.http.get(sheet, headers={"Accept-Encoding": "br"})

    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
