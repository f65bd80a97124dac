"""`tracker outbox`: what is in it, and what staff decide about it.

Shows numbers, states and reasons; no supporter's name, address or text.
"""

import getpass
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, cast

import click

from tracker import store
from tracker.board import iso_moment
from tracker.cli.failures import CommandError
from tracker.cli.output import counted, moment_text, say, say_json
from tracker.cli.shell import Shell
from tracker.store import OutboxError, Session, outbox_staff
from tracker.store.tables import Message, MessageState, SenderPause

SHOWN = (
    MessageState.UNCERTAIN,
    MessageState.PARKED,
    MessageState.FAILED,
    MessageState.HELD,
)
"""The states that somebody may want to do something about."""
MOST_SHOWN = 20
WAITS = "mail.mode is hold: nothing leaves until it is send"


class IdOrAll(click.ParamType[int | str]):
    """A Message's number, or "all"."""

    name = "ID|all"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """Return the number, or "all"."""
        if value == "all":
            return value
        if not value.isdecimal():
            self.fail(f"{value!r} is neither a number nor all", param, ctx)
        return int(value)


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Write one JSON document.")
@click.option(
    "--release", type=IdOrAll(), metavar="ID|all", help="Let what is held leave."
)
@click.option("--cancel", type=int, metavar="ID", help="Never send this one.")
@click.option(
    "--decide",
    type=(int, click.Choice(["sent", "resend"])),
    metavar="ID sent|resend",
    help="Settle one that is uncertain.",
)
@click.option("--unpark", type=int, metavar="ID", help="Try a parked one again.")
@click.option("--resume", is_flag=True, help="Try the mail server again at once.")
@click.pass_obj
def outbox(shell: Shell, /, is_json: bool, **asked: object) -> None:
    """Show what waits, failed or is uncertain; release, cancel or decide it."""
    wanted = {
        name: value
        for name, value in asked.items()
        if value is not None and value is not False
    }
    if len(wanted) > 1:
        raise click.UsageError(
            "give one thing to do at a time", click.get_current_context()
        )
    settings = shell.settings()
    with shell.database(settings) as engine:
        done = None
        if wanted:
            with store.write(engine) as session:
                done = act(session, wanted, now=shell.clock())
        with store.read(engine) as session:
            counts = store.message_counts(session)
            pause = store.sender_pause(session)
            shown = store.messages_in(session, SHOWN, limit=MOST_SHOWN)
    if is_json:
        say_json(outbox_object(settings.mail.mode, counts, pause, shown))
        return
    for line in [done] if done else []:
        say(line)
    for line in outbox_lines(settings.mail.mode, counts, pause, shown):
        say(line)


def act(session: Session, wanted: Mapping[str, object], *, now: datetime) -> str:
    """Do the one thing that is wanted, and return it in a sentence; it is audited.

    CommandError if it can't be done.
    """
    actor = f"command of {getpass.getuser()}"
    try:
        match dict(wanted):
            case {"release": "all"}:
                count = store.release_all(session, actor=actor, now=now)
                return f"released {counted(count, 'message')}"
            case {"release": int(number)}:
                store.release_message(session, number, actor=actor, now=now)
                return f"released message {number}"
            case {"cancel": int(number)}:
                store.cancel_message(session, number, actor=actor, now=now)
                return f"cancelled message {number}"
            case {"unpark": int(number)}:
                store.unpark_message(session, number, actor=actor, now=now)
                return f"queued message {number}"
            case {"decide": (int(number), str(word))}:
                decision = cast(Literal["sent", "resend"], word)
                store.decide_message(session, number, decision, actor=actor, now=now)
                return f"decided message {number}: {word}"
    except OutboxError as error:
        raise CommandError(str(error).rstrip(".")) from error
    outbox_staff.resume_sending(session, actor=actor, now=now)
    return "the mail server is tried again at once"


def outbox_object(
    mode: str,
    counts: Mapping[MessageState, int],
    pause: SenderPause | None,
    shown: Sequence[Message],
) -> dict[str, object]:
    """Return the document of `outbox --json`."""
    return {
        "mode": mode,
        "counts": {state.value: count for state, count in counts.items()},
        "pause": pause
        and {
            "reason": pause.reason,
            "alert": pause.is_alert,
            "since": iso_moment(pause.since_at),
            "until": iso_moment(pause.until_at),
        },
        "messages": [
            {
                "id": message.id,
                "kind": message.kind.value,
                "state": message.state.value,
                "member_id": message.member_id,
                "created_at": iso_moment(message.created_at),
                "attempt_count": message.attempt_count,
                "reason": message.error,
            }
            for message in shown
        ],
    }


def outbox_lines(
    mode: str,
    counts: Mapping[MessageState, int],
    pause: SenderPause | None,
    shown: Sequence[Message],
) -> list[str]:
    """Return the same for people."""
    found = [f"{count} {state}" for state, count in counts.items() if count]
    lines = [", ".join(found) or "the outbox is empty"]
    if mode == "hold":
        lines.append(WAITS)
    if pause is not None:
        kind = "needs somebody" if pause.is_alert else "sending stands still"
        until = moment_text(pause.until_at)
        lines.append(f"{kind}: {pause.reason}; next try {until}")
    lines += [
        f"  {message.id}  {message.state}  {message.kind}"
        f"  {moment_text(message.created_at)}  {message.error or ''}".rstrip()
        for message in shown
    ]
    return lines
