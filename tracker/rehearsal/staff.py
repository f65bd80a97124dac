"""The rehearsal's own member of staff, and the calls they made before one looks.

Owns the name and the password that `tracker demo` prints. They open a rehearsal only:
its database is made anew every time, and everybody in it is invented.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker import store
from tracker.board import NudgeRow, nudges_view
from tracker.clock import Clock, london_date
from tracker.config import MotionSettings, Settings
from tracker.contacts import NewContact, log_contact
from tracker.passwords import hash_password
from tracker.rules.nudge import Stance
from tracker.rules.roles import Role
from tracker.rules.stances import Channel, ContactOutcome
from tracker.store import DatabaseError, Engine, Session, users

NAME = "rehearsal"
PASSWORD = "only for the rehearsal"
_FEWEST_LISTED = 12
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call some days ago, with the day to ring again (0: today; None: none agreed)."""

    days_ago: int
    outcome: ContactOutcome
    stance: Stance = Stance.UNKNOWN
    note: str | None = None
    again_in_days: int | None = None


CALLS = (
    PastCall(2, ContactOutcome.UNAVAILABLE, again_in_days=0),
    PastCall(
        9, ContactOutcome.CONTACT, Stance.WILL_SIGN, "Will add the name next week."
    ),
    PastCall(
        8, ContactOutcome.CONTACT, Stance.CONSIDERING, "Wants a briefing of one page."
    ),
    PastCall(8, ContactOutcome.MESSAGE_LEFT),
    PastCall(1, ContactOutcome.BUSY),
    PastCall(3, ContactOutcome.WRONG_NUMBER),
    PastCall(3, ContactOutcome.CONTACT, Stance.SIGNS_NO_EDMS, "Signs no motions."),
)


def add_rehearsal_staff(engine: Engine, *, clock: Clock) -> None:
    """Add who may sign in to look at every page of the rehearsal."""
    with store.write(engine) as session:
        users.add_user(
            session,
            NAME,
            Role.ADMIN,
            hash_password(PASSWORD),
            by="the rehearsal",
            at=clock(),
        )


async def staff_rang(
    settings: Settings, engine: Engine, *, clock: Clock, stop: asyncio.Event
) -> None:
    """Log the calls of past days, as soon as there are MPs on the list to have rung."""
    while not stop.is_set():
        with suppress(DatabaseError):  # busy: they ring a second later
            if await asyncio.to_thread(log_past_calls, settings, engine, clock):
                return
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await stop.wait()


def log_past_calls(settings: Settings, engine: Engine, clock: Clock) -> bool:
    """Log CALLS, each with another MP of the list; False while that is too short."""
    now, watched = clock(), settings.motions[0]
    with store.read(engine) as session:
        listed = nudges_view(session, settings, watched, now=now).rows
    if len(listed) < _FEWEST_LISTED:
        return False
    with store.write(engine) as session:
        for row, call in zip(listed, CALLS, strict=False):
            _log(session, watched, row, call, now)
    return True


def _log(
    session: Session,
    watched: MotionSettings,
    row: NudgeRow,
    call: PastCall,
    now: datetime,
) -> None:
    at = now - timedelta(days=call.days_ago)
    again = call.again_in_days
    new = NewContact(
        member_id=row.member_id,
        channel=Channel.PHONE,
        outcome=call.outcome,
        stance=call.stance,
        call_back_on=None
        if again is None
        else london_date(now) + timedelta(days=again),
        note=call.note,
    )
    log_contact(session, watched, new, by=NAME, at=at)
