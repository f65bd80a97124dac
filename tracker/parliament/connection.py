"""Why there was no answer, in plain words: what a broken connection's error means. Pure.

Owns the wording of checks.md U27: each failure has its own reason. Knows no library of
HTTP: what is under the library's error is looked at.
"""

import re
import socket
import ssl
from collections.abc import Iterator

from tracker.parliament.decode import cleaned

_LONGEST = 200
_CODE = re.compile(r"\[[^\]]*\] *| *\(_ssl\.c:\d+\)")
"""What the libraries put around their words: [Errno 104], [SSL: …], (_ssl.c:1006)."""

_BY_KIND: tuple[tuple[type[BaseException], str], ...] = (
    (ConnectionRefusedError, "the connection was refused"),
    (ConnectionResetError, "the connection was reset"),
    (BrokenPipeError, "the connection was reset"),
    (socket.gaierror, "the server's name can't be found (DNS)"),
)
# What OpenSSL and h11 say, of errors that have no type of their own.
_BY_WORDS = (
    ("certificate has expired", "the server's TLS certificate has expired"),
    (
        "certificate is not valid for",
        "the server's TLS certificate is for another name",
    ),
    ("Hostname mismatch", "the server's TLS certificate is for another name"),
    ("IP address mismatch", "the server's TLS certificate is for another name"),
    ("CERTIFICATE_VERIFY_FAILED", "the server's TLS certificate can't be trusted"),
    ("Receive buffer too long", "the answer's headers are too long to read"),
    ("peer closed connection", "the connection ended in the middle of the answer"),
    ("without sending", "the connection ended without an answer"),
)


def connection_reason(error: BaseException) -> str:
    """Return one clause for staff: why no answer came, and what the library said."""
    causes = list(_causes(error))
    said = next((str(cause) for cause in causes if str(cause)), type(error).__name__)
    shown = cleaned(_CODE.sub("", said), limit=_LONGEST)
    plain = _plain(causes)
    return f"{plain} ({shown})" if plain else f"no answer: {shown}"


def _plain(causes: list[BaseException]) -> str | None:
    for mark, words in _BY_WORDS:
        if any(mark in str(cause) for cause in causes):
            return words
    for kind, words in _BY_KIND:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "no TLS connection could be made"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error and all that it came from, groups of errors opened; each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions
        waiting += [e for e in (cause.__cause__, cause.__context__) if e is not None]
