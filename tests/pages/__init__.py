"""Shared parts of page tests: Acme's URLs, a password, and the words on a page."""

import html
import re

KEYS = "/accounts/acme/settings/integrations/apis-webhooks/"
NEW = f"{KEYS}keys/new/"
ACTIVITY = "/accounts/acme/settings/activity/"
MEMBERS = "/accounts/acme/settings/members/"
PASSWORD = "correct horse battery staple"
HTMX = {"HX-Request": "true"}
WHOLE_KEY = re.compile(r"ok_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}")


def markup(response) -> str:
    """Its elements as if they stood on one line: how a template is indented says nothing."""
    return re.sub(r"\s*(<[^>]*>)\s*", lambda tag: re.sub(r"\s+", " ", tag[1]).replace(" >", ">"), response.text)


def words(response) -> str:
    """Without tags, with single spaces."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", response.text)))


def dialog_of(api_key, name: str) -> str:
    """The address of what is done to it: `dialog_of(key, "rotate")`."""
    return f"{KEYS}keys/{api_key.key_id}/{name}/"
