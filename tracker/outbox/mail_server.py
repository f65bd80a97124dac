"""Which mail server emails are handed to, and how patient we are with it."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from tracker.config import MailSettings

Security = Literal["none", "tls", "starttls"]
_SECURITY: dict[str, tuple[Security, int]] = {
    "smtp": ("none", 25),
    "smtps": ("tls", 465),
    "smtp+starttls": ("starttls", 587),
}


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over, and as whom. `name` is what we greet with."""

    host: str
    port: int
    security: Security
    name: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited: for each step, for all before the text, and for its receipt.

    RFC 5321 would give the receipt ten minutes; three are more than servers take, and
    the queue stands still meanwhile.
    """

    step_seconds: float = 30
    before_text_seconds: float = 90
    text_seconds: float = 180


def server_of(mail: MailSettings) -> Server:
    """Return the server of mail.smtp_url, with the password from the environment."""
    parts = urlsplit(mail.smtp_url)
    security, port = _SECURITY[parts.scheme]
    return Server(
        host=parts.hostname or "",
        port=parts.port or port,
        security=security,
        name=mail.sender.rpartition("@")[2] or "localhost",
        user=unquote(parts.username) if parts.username else None,
        password=mail.smtp_password.get_secret_value() if mail.smtp_password else None,
    )
