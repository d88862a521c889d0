"""Writes the same request in four languages, ready to paste if ONCEKEYS_API_KEY is set."""

from typing import NamedTuple


class Call(NamedTuple):
    """A request with a key. `body` is JSON; `answers` is whether JSON comes back."""

    method: str
    url: str
    body: str = ""
    answers: bool = True


def samples(call: Call) -> list[dict[str, str]]:
    """Return `x-codeSamples`, as Redoc and others know them in OpenAPI."""
    return [{"lang": lang, "label": label, "source": write(call)} for lang, label, write in LANGUAGES]


def _curl(call: Call) -> str:
    options = [*([] if call.answers else ["-i"]), *([] if call.method == "GET" else ["-X", call.method])]
    lines = [" ".join(["curl", *options, f'"{call.url}"']), '-H "API-Key: $ONCEKEYS_API_KEY"']
    if call.body:
        lines += ['-H "Content-Type: application/json"', f"-d '{call.body}'"]
    return " \\\n  ".join(lines)


def _python(call: Call) -> str:
    body = f"\n    json={call.body}," if call.body else ""
    return f"""import os
import requests

response = requests.{call.method.lower()}(
    "{call.url}",
    headers={{"API-Key": os.environ["ONCEKEYS_API_KEY"]}},{body}
    timeout=10,
)
print(response.{"json()" if call.answers else "status_code"})"""


def _node(call: Call) -> str:
    method = "" if call.method == "GET" else f'\n  method: "{call.method}",'
    content = '\n    "Content-Type": "application/json",' if call.body else ""
    body = f"\n  body: JSON.stringify({call.body})," if call.body else ""
    return f"""fetch("{call.url}", {{{method}
  headers: {{
    "API-Key": process.env.ONCEKEYS_API_KEY,{content}
  }},{body}
}})
  .then((response) => response.{"json()" if call.answers else "status"})
  .then(console.log);"""


def _go(call: Call) -> str:
    strings = '\n\t"strings"' if call.body else ""
    body = f"strings.NewReader(`{call.body}`)" if call.body else "nil"
    content = '\n\trequest.Header.Set("Content-Type", "application/json")' if call.body else ""
    return f"""package main

import (
\t"net/http"
\t"os"{strings}
)

func main() {{
\trequest, err := http.NewRequest("{call.method}", "{call.url}", {body})
\tif err != nil {{
\t\tpanic(err)
\t}}
\trequest.Header.Set("API-Key", os.Getenv("ONCEKEYS_API_KEY")){content}
\tresponse, err := http.DefaultClient.Do(request)
\tif err != nil {{
\t\tpanic(err)
\t}}
\tdefer response.Body.Close()
\tresponse.Write(os.Stdout)
}}"""


LANGUAGES = (
    ("Shell", "curl", _curl),
    ("Python", "Python", _python),
    ("JavaScript", "Node", _node),
    ("Go", "Go", _go),
)
