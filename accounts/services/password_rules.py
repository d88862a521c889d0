"""Refuses passwords that are easy to guess: common ones, and those made of the site's or the person's names."""

import re
import string
from collections.abc import Iterable

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from oncekeys import conf
from oncekeys.models import Account

SITE_WORDS = ("oncekeys", "password")
SHORTEST_WORD = 4
# What has to be left of a password once such words are taken out of it.
LEAST_LEFT = 8
LEAST_DIFFERENT = 5
# As people write letters when a digit is asked for.
AS_LETTERS = str.maketrans("013457@$!", "oieastasi")


class GuessablePasswordValidator(CommonPasswordValidator):
    """Refuses the 20,000 passwords that Django ships, also with digits around them, and what `words_of` the person."""

    def validate(self, password: str, user: User | None = None) -> None:
        refuse_words(password, words_of(user))
        if len(set(password)) < LEAST_DIFFERENT:
            raise ValidationError(_("Use at least %(number)d different characters.") % {"number": LEAST_DIFFERENT})
        for common in (password, password.strip(string.digits + string.punctuation)):
            if len(password) - len(common) < LEAST_LEFT:
                super().validate(common, user)


def refuse_words(password: str, words: Iterable[str]) -> None:
    """Raises ValidationError where too little of the password is anything but these words. Case and leet don't help."""
    left = password.lower().translate(AS_LETTERS)
    for word in sorted({word.lower().translate(AS_LETTERS) for word in words}, key=len, reverse=True):
        left = left.replace(word, "")
    if len(left) < LEAST_LEFT and len(left) < len(password):
        raise ValidationError(
            _("This password is mostly your name, your account’s or this site’s. Add words that others can’t guess."),
            code="password_of_context",
        )


def words_of(user: User | None) -> set[str]:
    """The site, its host, the brand of its keys, the person and the names of their accounts, word by word."""
    texts = [*SITE_WORDS, *conf.brands(), *conf.public_host().split(".")]
    if user is not None:
        texts += [user.name, user.email or ""]
    if user is not None and user.pk:
        texts += Account.objects.filter(memberships__user=user).values_list("name", flat=True)
    return words_in(texts)


def words_in(texts: Iterable[str]) -> set[str]:
    """Each word of some length, and the words of each text as one."""
    words = {word for text in texts for word in (*re.findall(r"\w+", text), re.sub(r"\W", "", text))}
    return {word for word in words if len(word) >= SHORTEST_WORD}
