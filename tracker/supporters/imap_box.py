"""The drop mailbox over IMAP: one connection, its commands, and one kind of error.

Owns talking to the server (imap-tools) and how long it may take. What a message means,
and which are settled, is in mailbox.py. Commands go by UID only; nothing is marked as
seen by being read.
"""

import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from imap_tools.errors import ImapToolsError, MailboxLoginError
from imap_tools.mailbox import BaseMailBox

from tracker.config import MailSettings
from tracker.supporters.mail_head import HEADERS_LIMIT

STEP_SECONDS = 8.0
"""How long the server may be silent: a stopping program waits no longer."""
WHOLE_SECONDS = 110.0
WHOLE_LIMIT = 2 * 1024 * 1024
"""Bytes of a delivery report that are read."""
_AT_ONCE = 50
_PORTS = {"imap": 143, "imaps": 993, "imap+starttls": 143}
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
"""As IMAP has them, whatever language the machine speaks."""
_UID = re.compile(rb"\bUID (\d+)")
_ARRIVED = re.compile(rb'INTERNALDATE "([^"]+)"')
_DROPPED = (imaplib.IMAP4.error, ImapToolsError, OSError, ValueError)


class MailboxError(Exception):
    """The mailbox can't be read; the text is one clause for people, without a person."""


@dataclass(frozen=True, slots=True)
class MailboxMessage:
    """One message: its UID, when it arrived (aware UTC), and its headers or all of it."""

    uid: int
    arrived_at: datetime | None
    data: bytes


class Box:
    """The INBOX, selected. Any trouble is a MailboxError."""

    def __init__(self, mailbox: BaseMailBox) -> None:
        self._client = mailbox.client
        said = (self._client.untagged_responses.get("UIDVALIDITY") or [b""])[-1]
        if not (isinstance(said, bytes) and said.isdigit()):
            raise MailboxError("the server gives no UIDVALIDITY: no message has a name")
        self.uid_validity = int(said)

    def uids_above(self, last_uid: int) -> list[int]:
        """Return the UIDs of newer messages, ascending."""
        found = self._search(f"UID {last_uid + 1}:*")
        # "*" is the newest message, also when that is older than what is asked for.
        return [uid for uid in found if uid > last_uid]

    def heads(self, uids: Sequence[int]) -> Iterator[MailboxMessage]:
        """Give the messages' headers; those that are gone meanwhile are left out."""
        part = f"BODY.PEEK[HEADER]<0.{HEADERS_LIMIT}>"
        yield from self._fetch(uids, f"(UID INTERNALDATE {part})")

    def whole(self, uid: int) -> bytes:
        """Return a message with its body, b"" if it is gone."""
        fetched = self._fetch([uid], f"(UID BODY.PEEK[]<0.{WHOLE_LIMIT}>)")
        return next((message.data for message in fetched), b"")

    def people(self, uids: Sequence[int]) -> Iterator[MailboxMessage]:
        """Give of each message the headers that name people."""
        names = "FROM TO CC BCC REPLY-TO SENDER DELIVERED-TO X-ORIGINAL-TO ENVELOPE-TO"
        part = f"BODY.PEEK[HEADER.FIELDS ({names})]"
        yield from self._fetch(uids, f"(UID {part})")

    def uids_up_to(self, last_uid: int) -> list[int]:
        """Return the UIDs of messages that are settled."""
        return self._search(f"UID 1:{last_uid}") if last_uid else []

    def unseen_up_to(self, last_uid: int) -> list[int]:
        """Return settled messages that are not marked as seen: a kill came between."""
        return self._search(f"UNSEEN UID 1:{last_uid}") if last_uid else []

    def with_text(self, text: str) -> list[int]:
        """Return messages that have the text anywhere; none if it can't be asked for."""
        if not text.isascii() or not text.isprintable() or '"' in text or "\\" in text:
            return []
        return self._search(f'TEXT "{text}"')

    def arrivals(self, before: date, last_uid: int) -> dict[int, datetime]:
        """Return when settled messages arrived that are from before a day, by UID."""
        day = f"{before.day}-{_MONTHS[before.month - 1]}-{before.year}"
        uids = self._search(f"BEFORE {day} UID 1:{last_uid}") if last_uid else []
        fetched = self._fetch(uids, "(UID INTERNALDATE)")
        return {found.uid: found.arrived_at for found in fetched if found.arrived_at}

    def mark_seen(self, uids: Collection[int]) -> None:
        """Mark messages as seen."""
        for some in _chunks(list(uids)):
            self._command("STORE", _joined(some), "+FLAGS.SILENT", r"(\Seen)")

    def delete(self, uids: Collection[int]) -> None:
        """Delete messages for good."""
        for some in _chunks(list(uids)):
            self._command("STORE", _joined(some), "+FLAGS.SILENT", r"(\Deleted)")
        if uids:
            with _translated():
                self._client.expunge()

    def _search(self, criteria: str) -> list[int]:
        [found, *_] = self._command("SEARCH", criteria) or [None]
        words = found.split() if isinstance(found, bytes) else []
        return sorted(int(word) for word in words if word.isdigit())

    def _fetch(self, uids: Sequence[int], parts: str) -> Iterator[MailboxMessage]:
        for some in _chunks(list(uids)):
            wanted = set(some)
            for item in self._command("FETCH", _joined(some), parts):
                head, data = item if isinstance(item, tuple) else (item, b"")
                found = _UID.search(head or b"")
                if head and found is not None and int(found[1]) in wanted:
                    yield MailboxMessage(int(found[1]), _arrived_at(head), data)

    def _command(self, *words: str) -> list[bytes | tuple[bytes, bytes] | None]:
        with _translated():
            kind, said = self._client.uid(*words)
        if kind != "OK":
            raise MailboxError(f"the server refused {words[0]}")
        return list(said)


@contextmanager
def open_box(mail: MailSettings) -> Iterator[Box]:
    """Give the INBOX of mail.imap_url; MailboxError if it can't be had, or takes too long.

    All of it may take two minutes, however slowly the server drips.
    """
    with _translated():
        mailbox = _Mailbox(mail.imap_url)
    try:
        with _translated():
            _log_in(mailbox, mail)
        yield Box(mailbox)
    finally:
        with suppress(*_DROPPED):
            mailbox.client.logout()


class _Limited:
    """A client whose connection ends after WHOLE_SECONDS, from its first word on.

    The library's time-out is for each read: a server that drips would have us for ever.
    """

    sock: socket.socket
    _timer: threading.Timer

    def open(self, *args: Any, **kwargs: Any) -> None:
        self._timer = threading.Timer(WHOLE_SECONDS, self._hang_up)
        self._timer.daemon = True
        self._timer.start()
        super().open(*args, **kwargs)  # type: ignore[misc]

    def shutdown(self) -> None:
        self._timer.cancel()
        super().shutdown()  # type: ignore[misc]

    def _hang_up(self) -> None:
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


class _Plain(_Limited, imaplib.IMAP4):
    pass


class _Tls(_Limited, imaplib.IMAP4_SSL):
    pass


class _Mailbox(BaseMailBox):
    """imap-tools' mailbox over a client of ours."""

    def __init__(self, url: str) -> None:
        self._url = url
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        parts = urlsplit(self._url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        context = ssl.create_default_context()
        if parts.scheme == "imaps":
            return _Tls(host, port, ssl_context=context, timeout=STEP_SECONDS)
        client = _Plain(host, port, timeout=STEP_SECONDS)
        if parts.scheme == "imap+starttls":
            try:
                client.starttls(context)
            except _DROPPED:
                client.shutdown()
                raise
        return client


def _log_in(mailbox: BaseMailBox, mail: MailSettings) -> None:
    user = unquote(urlsplit(mail.imap_url).username or "")
    password = mail.imap_password.get_secret_value() if mail.imap_password else ""
    try:
        if user.isascii() and password.isascii():
            mailbox.login(user, password)
        else:
            mailbox.login_utf8(user, password)
    except MailboxLoginError as error:
        raise MailboxError(
            "the server refused the name or the password: see mail.imap_url and"
            " TRACKER__MAIL__IMAP_PASSWORD"
        ) from error


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what imap-tools, imaplib and the socket raise into a MailboxError."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(
            f"the server's certificate is not good: {error.verify_message}"
        ) from error
    except TimeoutError as error:
        raise MailboxError("the server did not answer in time") from error
    except _DROPPED as error:
        raise MailboxError(f"the connection failed: {_clause(error)}") from error


def _clause(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) else str(error)
    words = " ".join((said or type(error).__name__).split())
    return "".join(char for char in words if char.isprintable())[:200]


def _arrived_at(head: bytes) -> datetime | None:
    found = _ARRIVED.search(head)
    if found is None:
        return None
    text = found[1].decode("ascii", "replace").strip()
    with suppress(ValueError):
        return datetime.strptime(text, "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    return None


def _chunks(uids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(uids), _AT_ONCE):
        yield uids[start : start + _AT_ONCE]


def _joined(uids: Collection[int]) -> str:
    return ",".join(map(str, uids))
