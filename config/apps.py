"""Apps of libraries, where they should do less than they do by themselves; and the checks of this deployment."""

from allauth.usersessions.apps import UserSessionsConfig


class SessionsConfig(UserSessionsConfig):
    def ready(self) -> None:
        """The list is kept by `config.last_seen` and read by `accounts.services.sessions`.

        The library opens all of a person's sessions when they sign in. Django renews a session that it opens after
        SECRET_KEY has changed, and so signs out the device that has it.
        """
        from config import checks  # noqa: F401 - registers them
