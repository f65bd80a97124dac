"""`tracker emails review`: what waits for a decision, and deciding it."""

import getpass
from collections.abc import Sequence

import click

from tracker import store
from tracker.board import iso_moment
from tracker.cli.failures import CommandError
from tracker.cli.output import counted, moment_text, say, say_json
from tracker.cli.shell import Shell
from tracker.store import Engine
from tracker.store.tables import EmailState, SupporterEmail
from tracker.supporters.queue import Waiting, waiting_emails

_SHOWN = 50


@click.command()
@click.option(
    "--assign",
    nargs=2,
    type=int,
    metavar="ID MEMBER_ID",
    help="Count the email for this Member.",
)
@click.option("--dismiss", type=int, metavar="ID", help="Count it for nobody.")
@click.option("--undo", type=int, metavar="ID", help="Let a decided email wait again.")
@click.option("--json", "is_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_obj
def review(
    shell: Shell,
    assign: tuple[int, int] | None,
    dismiss: int | None,
    undo: int | None,
    is_json: bool,
) -> None:
    """Show emails that no MP could be told for, or decide about one."""
    if sum(choice is not None for choice in (assign, dismiss, undo)) > 1:
        raise click.UsageError("only one of --assign, --dismiss and --undo at a time")
    settings = shell.settings()
    with shell.database(settings) as engine:
        decided = _decide(shell, engine, assign, dismiss, undo)
        with store.read(engine) as session:
            waiting = waiting_emails(session, limit=1000 if is_json else _SHOWN)
            count = store.review_count(session)
    if is_json:
        say_json({"waiting_count": count, "emails": [_object(one) for one in waiting]})
    else:
        if decided:
            say(decided)
        _tell(waiting, count)


def _decide(
    shell: Shell,
    engine: Engine,
    assign: tuple[int, int] | None,
    dismiss: int | None,
    undo: int | None,
) -> str:
    """Decide as asked, if anything was; return in words what was done."""
    by, at = f"command line, {getpass.getuser()}", shell.clock()
    try:
        with store.write(engine) as session:
            if assign is not None:
                email_id, member_id = assign
                done = store.assign_review(session, email_id, member_id, by=by, at=at)
                return f"email {email_id}: {_outcome(session, done)}"
            if dismiss is not None:
                store.dismiss_review(session, dismiss, by=by, at=at)
                return f"email {dismiss}: counts for nobody"
            if undo is not None:
                store.undo_decision(session, undo, by=by, at=at)
                return f"email {undo}: waits again"
    except store.ReviewError as error:
        raise CommandError(str(error)) from error
    return ""


def _outcome(session: store.Session, email: SupporterEmail) -> str:
    if email.state is not EmailState.COUNTED or email.member_id is None:
        return "put aside, since the same email is counted already"
    member = store.members_by_id(session, [email.member_id])[email.member_id]
    return f"counts for {member.name}"


def _object(one: Waiting) -> dict[str, object]:
    return {
        "id": one.email_id,
        "session": one.session,
        "number": one.number,
        "supporter_name": one.supporter_name,
        "sent_at": iso_moment(one.sent_at),
        "recipient": one.told.recipient,
        "ons_code": one.told.ons_code,
        "constituency": one.told.constituency,
        "mp_name": one.told.mp_name,
        "reason": one.reason,
        "suggestions": [
            {
                "member_id": member.member_id,
                "name": member.name,
                "constituency": member.constituency,
            }
            for member in one.suggestions
        ],
    }


def _tell(waiting: Sequence[Waiting], count: int) -> None:
    if not count:
        say("no email waits for a decision")
        return
    for one in waiting:
        say(
            f"{one.email_id}: {one.supporter_name or 'no name'},"
            f" {moment_text(one.sent_at)}, EDM {one.number} of {one.session}"
        )
        told = one.told
        for word, text in (
            ("to", told.recipient),
            ("constituency", told.constituency),
            ("MP", told.mp_name),
        ):
            if text:
                say(f"    {word}: {text}")
        say(f"    {one.reason or 'no reason is kept'}")
        for member in one.suggestions:
            where = f" ({member.constituency})" if member.constituency else ""
            say(f"    perhaps {member.member_id}: {member.name}{where}")
    say(f"{counted(count, 'email')} in review, {len(waiting)} shown")
