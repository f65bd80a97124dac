"""The kinds of value that keys take: what is accepted, and in which form it is kept.

Each check raises a bare `ValueError`: the line for people comes from the key's
description (see errors.py), or a `problem` where more must be said.
"""

import ipaddress
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, quote, unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
)

from tracker.config.errors import Hidden, problem

MAX_ID = 2**31 - 1
"""The largest whole number that fits the database's columns."""

_SESSION = re.compile(r"([0-9]{2})([0-9]{2})(?:-([0-9]{2}))?")
_EMAIL = re.compile(r"[^@\s<>(),;:\"\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_PASSWORD = re.compile(r"[^/]+://[^:/]*:[^@]+@")
_QUERY_PASSWORD = re.compile(r"[?&](?:ssl)?password=[^&]")


class Section(BaseModel):
    """A table of config.toml: exactly these keys, of exactly these types."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, hide_input_in_errors=True
    )


def split_url(url: str, schemes: tuple[str, ...]) -> SplitResult:
    """Return the parts of a URL with a host; ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname or not url.isprintable():
        raise ValueError
    if " " in url or parts.port == 0:  # reading .port checks it
        raise ValueError
    return parts


def has_password(url: str) -> bool:
    """Return whether a non-empty password is written in the URL."""
    try:
        in_login = urlsplit(url).password
    except ValueError:
        in_login = None
    return bool(in_login or _PASSWORD.match(url) or _QUERY_PASSWORD.search(url))


def is_session(text: str) -> bool:
    """Return whether `text` names a session: `2014-15`, `2017-19`, `2019`."""
    match = _SESSION.fullmatch(text)
    if match is None or match[3] is None:
        return match is not None
    return 1 <= (int(match[3]) - int(match[2])) % 100 <= 3


def _session(text: str) -> str:
    if not is_session(text):
        raise ValueError
    return text


def _motion_reference(text: str) -> str:
    session, _, number = text.partition("/")
    if not is_session(session) or not re.fullmatch(r"[1-9][0-9]{0,8}", number):
        raise ValueError
    return text


def _web_url(url: str) -> str:
    parts = split_url(url, ("http", "https"))
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError
    return url.rstrip("/")


def _web_url_or_none(url: str) -> str:
    return _web_url(url) if url else ""


def _email_or_none(text: str) -> str:
    if text and not (_EMAIL.fullmatch(text) and text.isprintable()):
        raise ValueError
    return text


def _network(text: str) -> str:
    ipaddress.ip_network(text)
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text


def _mail_url(url: str, name: str, password_variable: str) -> str:
    if not url:
        return ""
    if has_password(url):
        raise problem(
            f"must not hold a password: give it as {password_variable} instead"
        )
    parts = split_url(url, (name, f"{name}s", f"{name}+starttls"))
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError
    return url.rstrip("/")


def _smtp_url(url: str) -> str:
    return _mail_url(url, "smtp", "TRACKER__MAIL__SMTP_PASSWORD")


def _imap_url(url: str) -> str:
    return _mail_url(url, "imap", "TRACKER__MAIL__IMAP_PASSWORD")


def _database_url(url: str, info: ValidationInfo) -> str:
    """Return the URL with an absolute file, or with the driver that we ship."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        name = unquote(rest.removeprefix("/"))
        if not rest.startswith("/") or name in ("", ":memory:") or "?" in rest:
            raise problem(
                "needs a file: sqlite:///data/tracker.db, or postgresql+psycopg://…"
            )
        return "sqlite:///" + quote(str(folder_of(info) / name))
    if scheme not in ("postgresql+psycopg", "postgresql", "postgres") or not rest:
        raise ValueError
    _ = urlsplit(url).port  # ValueError unless a number
    return f"postgresql+psycopg://{rest}"


def _existing_file(text: str, info: ValidationInfo) -> str:
    if not text:
        return ""
    path = folder_of(info) / text
    if not path.is_file():
        raise problem(f"names a file that is not there: {path}")
    return str(path)


def _none_if_empty(secret: SecretStr | None) -> SecretStr | None:
    return secret if secret and secret.get_secret_value() else None


def folder_of(info: ValidationInfo) -> Path:
    """Return where relative paths start."""
    return Path(info.context["folder"]) if info.context else Path.cwd()


def is_rehearsal(info: ValidationInfo) -> bool:
    """Return whether the stand-in Parliament is asked, which has no cache to spare."""
    return bool(info.context and info.context["rehearsal"])


Session = Annotated[str, AfterValidator(_session)]
MotionReference = Annotated[str, AfterValidator(_motion_reference)]
Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Days = Annotated[int, Field(ge=0, le=36_500)]
DaysFromOne = Annotated[int, Field(ge=1, le=36_500)]
WebUrl = Annotated[str, AfterValidator(_web_url)]
WebUrlOrNone = Annotated[str, AfterValidator(_web_url_or_none)]
EmailOrNone = Annotated[str, AfterValidator(_email_or_none)]
Network = Annotated[str, AfterValidator(_network)]
Filled = Annotated[str, AfterValidator(_filled)]
SmtpUrl = Annotated[str, Hidden(), AfterValidator(_smtp_url)]
ImapUrl = Annotated[str, Hidden(), AfterValidator(_imap_url)]
DatabaseUrl = Annotated[str, Hidden(), AfterValidator(_database_url)]
ExistingFile = Annotated[str, AfterValidator(_existing_file)]
Secret = Annotated[SecretStr | None, AfterValidator(_none_if_empty)]
