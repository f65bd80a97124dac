"""`tracker doctor`: a line for each thing that was looked at; 0 if nothing is wrong."""

import asyncio

import click

from tracker.cli.failures import CommandError
from tracker.cli.output import say
from tracker.cli.shell import Shell
from tracker.doctor import Finding, findings
from tracker.store import DatabaseError


@click.command()
@click.pass_obj
def doctor(shell: Shell) -> None:
    """Look for what is wrong, and say so; works without network."""
    settings = shell.settings()
    try:
        with shell.database(settings) as engine:
            found = asyncio.run(findings(settings, engine, shell.clock))
    except DatabaseError as error:
        found = [Finding("database", False, f"{settings.database.shown_url}: {error}")]
    for finding in found:
        say(
            f"{'ok     ' if finding.is_ok else 'problem'}  {finding.name}: {finding.text}"
        )
    if wrong := [finding for finding in found if not finding.is_ok]:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise CommandError(f"{wrong[0].name}: {wrong[0].text}{more}")
