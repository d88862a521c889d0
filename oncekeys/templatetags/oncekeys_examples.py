"""The first request with a key, in lines to paste into a shell."""

from typing import Any, NamedTuple

from django import template
from django.utils.translation import gettext as _

register = template.Library()

VARIABLE = "ONCEKEYS_API_KEY"

CURL = """\
curl -H "API-Key: $ONCEKEYS_API_KEY" \\
  {url}"""
PYTHON = """\
python3 -c '
import os, urllib.request
headers = {{"API-Key": os.environ["ONCEKEYS_API_KEY"]}}
request = urllib.request.Request({url}, headers=headers)
print(urllib.request.urlopen(request).read().decode())
'"""
NODE = """\
node -e '
const headers = {{ "API-Key": process.env.ONCEKEYS_API_KEY }};
fetch({url}, {{ headers }})
  .then((response) => response.json())
  .then(console.log);
'"""


class Example(NamedTuple):
    language: str
    name: str
    code: str
    label: str  # of the button that copies it


@register.inclusion_tag("oncekeys/components/_code_tabs.html")
def first_request(url: str, key: str = "") -> dict[str, Any]:
    """One request in each language. With a key, the first line puts it into the environment.

    Where the project hasn't mounted our API, the URL is a variable of their shell.
    """
    return {
        "export": f"export {VARIABLE}={key}" if key else "",
        "env": f"{VARIABLE}={key}" if key else "",
        "examples": [
            Example("curl", "curl", CURL.format(url=url or '"$API_URL"'), _("Copy the curl command")),
            Example("python", "Python", _with_url(PYTHON, url, 'os.environ["API_URL"]'), _("Copy the Python command")),
            Example("node", "Node", _with_url(NODE, url, "process.env.API_URL"), _("Copy the Node command")),
        ],
    }


def _with_url(code: str, url: str, variable: str) -> str:
    return code.format(url=f'"{url}"' if url else variable)
