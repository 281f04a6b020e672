"""Mail, through Django's own client of SMTP."""

from __future__ import annotations

import smtplib

from django.core import mail

from hotgate.apps.messaging.transports.failing import NotSent
from hotgate.environment import MessageServer

BACKEND = "django.core.mail.backends.smtp.EmailBackend"
SECONDS = 20


def send(server: MessageServer, recipient: str, subject: str, text: str) -> None:
    """NotSent."""
    connection = mail.get_connection(
        BACKEND,
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.kind == "smtp",
        use_ssl=server.kind == "smtps",
        timeout=SECONDS,
    )
    one_line = " ".join(subject.split())
    try:
        mail.EmailMessage(one_line, text, server.sender, [recipient], connection=connection).send()
    except smtplib.SMTPRecipientsRefused as error:
        raise NotSent("the server refuses this address", is_final=_is_final(error)) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"the server answers {error.smtp_code}", is_final=500 <= error.smtp_code < 600) from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotSent(f"the mail server can't be used ({type(error).__name__})") from error


def _is_final(error: smtplib.SMTPRecipientsRefused) -> bool:
    return all(500 <= code < 600 for code, _ in error.recipients.values())
