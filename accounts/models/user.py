"""A person who signs in by email, or the service user as which an account's keys authenticate."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import erased
from accounts.models.email_failure import EmailFailure
from oncekeys.models import names

if TYPE_CHECKING:
    from oncekeys.models.api_key import ApiKey


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person. Without a password they can't sign in until a reset link sets one."""
        return self._create(email=email.strip().lower(), password=password, **fields)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def create_service_user(self, *, name: str) -> "User":
        """An account's API user: no email, no usable password, so it cannot sign in."""
        return self._create(email=None, password=None, name=name, kind=User.Kind.SERVICE)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())

    def _create(self, *, password: str | None, **fields: Any) -> "User":
        user = self.model(**fields)
        user.set_password(password)  # None makes it unusable
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        SERVICE = "service", _("service")

    # Always in lower case, so that unique means what people take it to mean.
    email = models.EmailField(_("email"), unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=names.PERSON_LENGTH, blank=True)
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.PERSON)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    # Both as the browser says where empty.
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    # Whether they get email about the keys of their accounts.
    wants_key_mail = models.BooleanField(_("email about API keys"), default=True)
    # Since when, and why, the emails that the site sends them do not leave. Empty once one has.
    email_failure = models.CharField(max_length=16, choices=EmailFailure, blank=True, default="", db_default="")
    email_failed_at = models.DateTimeField(null=True)
    # False as long as only a link that a colleague could have opened vouches for it.
    email_is_proved = models.BooleanField(default=True, db_default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    # The key with which a service user was authenticated, for this one request.
    api_key: "ApiKey"

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="person", email__isnull=False) | Q(kind="service", email__isnull=True),
                name="user_has_email_if_person",
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_in_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name or erased.shown(self.email or f"user {self.pk}")

    def erase(self) -> None:
        """Leave the row that the log and the keys point to, and nothing of the person."""
        self.email, self.name = erased.address(self.pk), ""
        self.is_active = self.is_staff = self.is_superuser = self.wants_key_mail = False
        self.language = self.time_zone = ""
        self.last_login = None
        self.set_unusable_password()
        self.groups.clear()
        self.user_permissions.clear()
        self.save()

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = self.name.split() or [self.email or "?"]
        letters = words[0][:1] + words[-1][:1] if len(words) > 1 else words[0][:2]
        return letters.upper()
