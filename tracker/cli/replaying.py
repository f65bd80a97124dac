"""`tracker replay`: does the ledger follow from the polls and the stored answers?"""

import click

from tracker.cli.failures import CommandError
from tracker.cli.output import counted, say
from tracker.cli.shell import Shell
from tracker.replay import replay as replay_all


@click.command()
@click.pass_obj
def replay(shell: Shell) -> None:
    """Rebuild the ledger from the stored answers, and report every difference."""
    settings = shell.settings()
    with shell.database(settings) as engine:
        report = replay_all(engine)
    for difference in report.differences:
        say(difference)
    seen = (
        f"{counted(report.poll_count, 'poll')}, {counted(report.event_count, 'event')}"
    )
    if report.differences:
        count = counted(len(report.differences), "difference")
        raise CommandError(f"the ledger does not agree: {count} ({seen})")
    say(f"the ledger agrees: {seen}")
