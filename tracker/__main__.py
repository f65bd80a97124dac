"""Where the program starts: runs one command, and turns its end into an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

import click

from tracker.cli import failures
from tracker.cli.root import tracker


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (else the command line) ask for.

    Return 0 when it was done, 1 when it could not be done, 2 for wrong use or
    configuration; the last two with one line on stderr (product.md 8).
    """
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
        # A full disk, or a reader that has gone, may show only now.
        sys.stdout.flush()
    except BrokenPipeError:
        _let_stdout_go()
        return failures.NOBODY_READS
    except (KeyboardInterrupt, click.Abort):
        return failures.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last stop: nothing ends in a traceback
        if isinstance(error, OSError):
            _let_stdout_go()
        return _failed(error)
    return code


def _run(arguments: list[str]) -> int:
    try:
        with tracker.make_context("tracker", arguments) as ctx:
            return cast(int | None, tracker.invoke(ctx)) or 0
    except click.exceptions.Exit as end:
        return end.exit_code


def _failed(error: Exception) -> int:
    code, sentence = failures.known_failure(error) or (
        failures.CANNOT,
        failures.unknown_failure(error),
    )
    if os.environ.get("TRACKER_DEBUG") == "1":
        traceback.print_exception(error)
    with suppress(OSError):
        click.echo(f"tracker: {failures.one_line(sentence)}", err=True)
    return code


def _let_stdout_go() -> None:
    """Send what is still to be written nowhere: the interpreter would fail on it again."""
    with suppress(OSError, ValueError):
        descriptor = sys.stdout.fileno()
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


if __name__ == "__main__":
    sys.exit(main())
