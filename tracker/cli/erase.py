"""`tracker erase`: a person goes from everywhere that can be reached."""

import getpass

import click

from tracker.cli.failures import WRONG_USE, CommandError
from tracker.cli.output import counted, say
from tracker.cli.shell import Shell
from tracker.keys import secret_key
from tracker.operations.key_fit import require_key
from tracker.supporters.erasure import (
    ErasureReport,
    erase_again,
    erase_person,
    known_erasures,
)
from tracker.supporters.rows import RowError, read_address


@click.command()
@click.argument("email", required=False)
@click.option(
    "--again",
    "is_again",
    is_flag=True,
    help="Erase everybody again who was erased before: after pg_restore.",
)
@click.pass_obj
def erase(shell: Shell, email: str | None, is_again: bool) -> None:
    """Remove the person with the address EMAIL, and say what cannot be reached.

    Their rows stay without a person, so that numbers stay right; reading the same file
    again does not bring them back. Files that you exported or imported from are yours:
    nothing here reaches them, so take the person out of them yourself.
    """
    if is_again == (email is not None):
        raise CommandError(
            "erase takes either one EMAIL or --again", exit_code=WRONG_USE
        )
    settings = shell.settings()
    with shell.database(settings) as engine:
        require_key(engine, settings)
        if email is None:
            erasures = known_erasures(engine, settings)
            count = erase_again(engine, settings, erasures)
            say(f"erased again: {counted(count, 'person', 'people')}")
            return
        report = erase_person(
            engine,
            settings,
            secret_key(settings),
            read_email(email),
            now=shell.clock(),
            actor=f"command line, {getpass.getuser()}",
        )
    for line in report_lines(report):
        say(line)


def report_lines(report: ErasureReport) -> list[str]:
    """Return what was removed, and what could not be reached, for people."""
    if report.supporter_ref is None:
        first = (
            "nobody was known under this address, so look whether it is right; no file and"
            " no mailbox brings it in from now on, who has it can still write here"
        )
    else:
        first = (
            f"erased: {counted(report.email_count, 'email')},"
            f" {counted(report.message_count, 'message')}"
            f" ({report.cancelled_count} of them had not been sent)"
        )
    lines = [first]
    if report.text_count:
        texts = counted(report.text_count, "text")
        lines.append(f"taken out of what staff wrote: {texts}")
    if report.mailbox_deleted_count is not None:
        gone = counted(report.mailbox_deleted_count, "message")
        lines.append(f"deleted from the drop mailbox: {gone}")
    lines += [f"not reached: {place}" for place in report.not_reached]
    lines += [f"to do: {what}" for what in report.to_do]
    return lines


def read_email(text: str) -> str:
    """Return the address that was typed; CommandError if it is none."""
    try:
        return read_address(text)
    except RowError as error:
        said = str(error).replace("supporter_email", "EMAIL")
        raise CommandError(said, exit_code=WRONG_USE) from error
