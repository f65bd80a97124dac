"""How the log is written: to stderr, one line a record, in UTC.

Owns the format and the level (TRACKER_LOG, else what the command asks for), and making
text of others harmless: a name with a newline or an ANSI code in it must not forge a
line or drive a terminal (checks.md W26), and an error that quotes what it met must not
name whose email address that was (P7). Says nothing about what is logged.
"""

import logging
import re
import time
from collections.abc import Mapping
from types import TracebackType

LEVELS = ("debug", "info", "warning", "error")

_ADDRESS = re.compile(r"[^\s<>()\[\]{},;:\"'=]+@[^\s<>()\[\]{},;:\"'/]+")

_CHATTY = ("alembic", "apscheduler", "uvicorn.access")
_ADDRESSES = ("httpcore", "httpx", "urllib3")
"""They tell what was asked for, and a supporter's postcode may be in it."""


class LevelError(ValueError):
    """TRACKER_LOG names no level; the text is one sentence."""


def set_up_logs(default: str, environ: Mapping[str, str]) -> None:
    """Send the program's log to stderr, from the level `default` or TRACKER_LOG on.

    Raises LevelError for a level that there is not. Libraries that tell of every
    request say only what is a warning; some of them all if the level is debug.
    """
    level = environ.get("TRACKER_LOG", "").strip().lower() or default
    if level not in LEVELS:
        raise LevelError(
            f"TRACKER_LOG must be one of {', '.join(LEVELS)}, not {visible(level)}"
        )
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _CHATTY:
        quiet = logging.NOTSET if level == "debug" else logging.WARNING
        logging.getLogger(name).setLevel(quiet)
    for name in _ADDRESSES:
        logging.getLogger(name).setLevel(logging.WARNING)


class OneLine(logging.Formatter):
    """Writes a record with its traceback, if any, as one line without control codes."""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ"
        )
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return visible(super().format(record))

    def formatException(  # noqa: N802 - logging's own name
        self,
        ei: "tuple[type[BaseException], BaseException, TracebackType | None]"
        " | tuple[None, None, None]",
    ) -> str:
        """Return the traceback, with no email address in it."""
        return without_addresses(super().formatException(ei))


def without_addresses(text: str) -> str:
    """Return the text with "(an address)" for each email address in it."""
    return _ADDRESS.sub("(an address)", text)


def visible(text: str) -> str:
    """Return the text with everything that can't be seen as an escape, such as \\n.

    Line ends, ANSI codes, marks that turn the direction of writing, lone surrogates.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )
