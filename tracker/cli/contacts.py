"""`tracker contacts add`: log that staff spoke to an office, from the command line."""

import getpass
from datetime import datetime

import click

from tracker import store
from tracker.cli.emails_import import watched_motion
from tracker.cli.failures import CommandError
from tracker.cli.output import day_text, say
from tracker.cli.root import LazyGroup
from tracker.cli.shell import Shell
from tracker.clock import london_date
from tracker.contacts import (
    ContactError,
    NewContact,
    NotOneMemberError,
    log_contact,
    member_meant,
)
from tracker.rules.nudge import Stance
from tracker.rules.stances import Channel, ContactOutcome

_OPTIONS = {
    "member_id": "--member-id",
    "call_back_on": "--call-back",
    "note": "--note",
}


@click.group(
    cls=LazyGroup,
    lazy={"add": ("tracker.cli.contacts:add", "Log a call, an email or a letter.")},
)
def contacts() -> None:
    """Keep what offices said."""


@click.command()
@click.option("--member-id", type=click.IntRange(1, 2**31 - 1), help="Parliament's id.")
@click.option("--name", metavar="NAME", help="Else the MP's name …")
@click.option(
    "--constituency", metavar="NAME", help="… or their constituency, or both."
)
@click.option(
    "--channel", required=True, type=click.Choice([one.value for one in Channel])
)
@click.option(
    "--outcome", required=True, type=click.Choice([one.value for one in ContactOutcome])
)
@click.option(
    "--stance",
    default=Stance.UNKNOWN.value,
    type=click.Choice([one.value for one in Stance]),
    help="What the office said about signing.",
)
@click.option("--may-be-shown", is_flag=True, help="A refusal may be shown to anyone.")
@click.option(
    "--call-back",
    "call_back_at",
    metavar="YYYY-MM-DD",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which to ring again.",
)
@click.option("--note", metavar="TEXT", help="What was said; name nobody.")
@click.option(
    "--motion", metavar="SESSION/NUMBER", help="Which motion; else the first."
)
@click.pass_obj
def add(
    shell: Shell,
    member_id: int | None,
    name: str | None,
    constituency: str | None,
    channel: str,
    outcome: str,
    stance: str,
    may_be_shown: bool,
    call_back_at: datetime | None,
    note: str | None,
    motion: str | None,
) -> None:
    """Log that an office was spoken to, and what it said."""
    if (member_id is None) == (not name and not constituency):
        raise click.UsageError(
            "which MP: give --member-id, or --name and --constituency or one of them"
        )
    settings = shell.settings()
    watched = watched_motion(settings, motion)
    now = shell.clock()
    try:
        with shell.database(settings) as engine, store.write(engine) as session:
            if member_id is None:
                today = london_date(now)
                member_id = member_meant(
                    session, today, name=name, constituency=constituency
                ).member_id
            new = NewContact(
                member_id=member_id,
                channel=Channel(channel),
                outcome=ContactOutcome(outcome),
                stance=Stance(stance),
                may_be_shown=may_be_shown,
                call_back_on=call_back_at.date() if call_back_at else None,
                note=note,
            )
            by = f"command line, {getpass.getuser()}"
            log_contact(session, watched, new, by=by, at=now)
            member = store.members_by_id(session, [member_id])[member_id]
    except ContactError as error:
        raise CommandError(f"{_OPTIONS[error.field]} takes {error.takes}") from error
    except NotOneMemberError as error:
        raise CommandError(str(error)) from error
    until = f"; call back on {day_text(new.call_back_on)}" if new.call_back_on else ""
    say(f"a contact with the office of {member.name} is logged{until}")
