"""`tracker status`: how each motion stands, from the database alone."""

from collections.abc import Sequence

import click

from tracker import store
from tracker.board import MotionView, motion_object, motion_view
from tracker.cli.output import counted, day_text, moment_text, say, say_json
from tracker.cli.shell import Shell
from tracker.config import MotionSettings
from tracker.rules.calendar import MotionState
from tracker.rules.changes import ChangeKind
from tracker.store import Session
from tracker.store.tables import SignatureEvent

LATEST = 5
"""How many changes are told of."""

_WORDS = {
    ChangeKind.SIGNED: "signed",
    ChangeKind.WITHDRAWN: "Parliament shows the signature as withdrawn",
    ChangeKind.REMOVED: "the name is no longer on Parliament's list",
}


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Write one JSON document.")
@click.pass_obj
def status(shell: Shell, is_json: bool) -> None:
    """Show how each motion stands, without asking Parliament."""
    settings = shell.settings()
    now = shell.clock()
    with shell.database(settings) as engine, store.read(engine) as session:
        views = [
            motion_view(session, settings, watched, now=now)
            for watched in settings.motions
        ]
        latest = [_latest_events(session, watched) for watched in settings.motions]
    if is_json:
        say_json({"motions": [motion_object(view) for view in views]})
        return
    texts = [
        motion_text(view, events, goal=settings.campaign.goal)
        for view, events in zip(views, latest, strict=True)
    ]
    for line in "\n\n".join(texts).split("\n"):
        say(line)


def motion_text(
    view: MotionView, events: Sequence[SignatureEvent], *, goal: int
) -> str:
    """Return a motion in a few lines for people; `events` are the newest, newest first."""
    title = f": {view.title}" if view.title else ""
    lines = [
        f"EDM {view.number} of {view.session}{title}",
        f"  {_signed_text(view, goal)}",
        f"  {_state_text(view)}",
        f"  {view.health_note}",
    ]
    if view.failure:
        lines.append(f"  Why: {view.failure}")
    if view.member_count:
        lines.append(
            f"  {view.eligible_count} of {view.member_count} MPs sign motions like this"
        )
    lines += [f"  {event_text(event)}" for event in events]
    return "\n".join(line.replace("\n", " ") for line in lines)


def event_text(event: SignatureEvent) -> str:
    """Return a change in one line, without a motive (product.md 3.3)."""
    place = ", ".join(part for part in (event.party, event.constituency) if part)
    name = event.name or f"Member {event.member_id}"
    who = f"{name} ({place})" if place else name
    again = " again" if event.again else ""
    return f"{moment_text(event.happened_at)}  {who}: {_WORDS[event.kind]}{again}"


def _signed_text(view: MotionView, goal: int) -> str:
    aim = counted(goal, "signature")
    if view.last_good_poll_at is None:
        return f"No number yet; {aim} aimed at"
    withdrawn = f", {view.withdrawn_count} withdrawn" if view.withdrawn_count else ""
    return f"{view.signature_count} of the {aim} aimed at{withdrawn}"


def _state_text(view: MotionView) -> str:
    if view.state is MotionState.OPEN:
        until = (
            f"; no new name can appear until {day_text(view.no_name_until_on)}"
            if view.no_name_until_on
            else ""
        )
        return f"Open{until}"
    if view.state is MotionState.WITHDRAWN:
        return "Withdrawn by its sponsor: Parliament takes no more names"
    on = f" on {day_text(view.closes_on)}" if view.closes_on else ""
    return f"Closed{on}: its session is over"


def _latest_events(
    session: Session, watched: MotionSettings
) -> Sequence[SignatureEvent]:
    motion = store.motion_by_number(session, watched.session, watched.number)
    if motion is None or motion.id is None:
        return ()
    return store.all_events(session, motion.id)[: -LATEST - 1 : -1]
