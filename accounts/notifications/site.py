"""Shared parts of the site's emails about people."""

from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from oncekeys import conf
from oncekeys.notifications.message import HEADERS, Link, one_line


def page(name: str, view: str, *arguments: str) -> Link:
    """A link to a page of the site, for people who are not on it."""
    return Link(name, conf.public_url() + reverse(view, args=arguments))


def plain(name: str, to: str, context: dict[str, Any]) -> EmailMessage:
    """The email of `templates/account/email/` with that name, in the language of the moment."""
    message = EmailMessage(
        subject=one_line(render_to_string(f"account/email/{name}_subject.txt", context)),
        body=render_to_string(f"account/email/{name}_message.txt", context),
        to=[to],
        headers=HEADERS,
    )
    return urgent(message)


def urgent(message: EmailMessage) -> EmailMessage:
    """Let the outbox send it before emails that no one waits for. It has a link, or is about a sign-in."""
    message.is_urgent = True  # type: ignore[attr-defined]
    return message
