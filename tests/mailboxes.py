"""Mail servers with a will of their own."""

from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

from django.core.mail.backends.locmem import EmailBackend

from accounts import outbox


class RefusesAda(EmailBackend):
    def send_messages(self, messages):
        for message in messages:
            if message.to == ["ada@acme.example"]:
                raise SMTPRecipientsRefused({message.to[0]: (550, b"No such mailbox")})
        return super().send_messages(messages)


class BreaksOnCrm(EmailBackend):
    """Goes away whenever a mail is about a key called CRM."""

    def send_messages(self, messages):
        if any("“CRM”" in message.subject for message in messages):
            raise SMTPServerDisconnected("Connection unexpectedly closed")
        return super().send_messages(messages)


class OutboxElsewhere(outbox.EmailBackend):
    """An outbox in another database than the keys."""

    database = "another"
