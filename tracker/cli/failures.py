"""How a command ends that could not do what it was asked: one sentence and a code.

Owns product.md 8: 1 means that it could not be done, 2 wrong use or configuration.
"""

import difflib
from collections.abc import Iterable

import click

from tracker.logs import LevelError, visible, without_addresses

CANNOT = 1
WRONG_USE = 2
INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
NOBODY_READS = 141
"""128 + SIGPIPE: whoever read our output has gone; nothing is wrong."""


class CommandError(Exception):
    """A command can't do what it was asked; the text is one sentence for people."""

    def __init__(self, text: str, *, exit_code: int = CANNOT) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class NoSuchCommandError(click.UsageError):
    """A word that is no command of this group."""

    def __init__(self, name: str, known: Iterable[str], ctx: click.Context) -> None:
        close = difflib.get_close_matches(name, list(known), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ";"
        super().__init__(f"no such command {name!r}{hint}", ctx)


def known_failure(error: Exception) -> tuple[int, str] | None:
    """Return the exit code and the sentence for a failure that has a name, else None."""
    if isinstance(error, click.UsageError):
        return WRONG_USE, usage_sentence(error)
    if isinstance(error, click.ClickException):
        return CANNOT, _clause(error.format_message())
    if isinstance(error, CommandError):
        return error.exit_code, str(error)
    if isinstance(error, LevelError):
        return WRONG_USE, str(error)
    if isinstance(error, OSError):
        return CANNOT, os_sentence(error)
    return _failure_of_ours(error)


def unknown_failure(error: BaseException) -> str:
    """Return a sentence for a fault of ours, saying how to see more of it."""
    said = without_addresses(f"{type(error).__name__}: {error}")
    return f"a fault of the program itself: {said} (TRACKER_DEBUG=1 shows where)"


def usage_sentence(error: click.UsageError) -> str:
    """Return click's three lines as one sentence that says where to read on."""
    path = error.ctx.command_path if error.ctx else "tracker"
    is_group = error.ctx is not None and isinstance(error.ctx.command, click.Group)
    said, hint = _clause(error.format_message()), "tells more"
    if isinstance(error, NoSuchCommandError):
        hint = "lists them"
    elif is_group:
        hint = "lists the commands"
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        said = "which command is missing"
    end = "" if said.endswith(("?", ";")) else ";"
    below = path.removeprefix("tracker").strip()
    prefix = f"{below}: " if below else ""
    return f"{prefix}{said}{end} `{path} --help` {hint}"


def os_sentence(error: OSError) -> str:
    """Return which file or address it was, and what the system said."""
    said = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {said}" if error.filename else said


def one_line(text: str) -> str:
    """Return the sentence as one line that no terminal can be driven with."""
    return visible(" ".join(text.split()))


def _clause(text: str) -> str:
    said = " ".join(text.split()).replace(". Did you", "; did you").rstrip(".")
    is_word = said[1:2].islower() or said[1:2] == " "
    return said[:1].lower() + said[1:] if is_word else said


def _failure_of_ours(error: Exception) -> tuple[int, str] | None:
    """Return what our own errors mean; their modules are heavy, so only asked for now."""
    from tracker.config import ConfigError
    from tracker.parliament.errors import ParliamentError
    from tracker.store import DatabaseError

    if isinstance(error, ConfigError):
        return WRONG_USE, str(error)
    if isinstance(error, (DatabaseError, ParliamentError)):
        return CANNOT, str(error)
    return None
