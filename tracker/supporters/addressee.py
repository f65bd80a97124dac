"""The MP that a supporter is about to write to: where they stand, and how to reach them.

Read for the action page before anything is written; what is true in the moment of
writing is looked at again in action.py.
"""

from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.board import MemberView, MotionView
from tracker.board.house import House, house_of
from tracker.board.members import member_of, members_of
from tracker.board.motion import motion_of
from tracker.config import MotionSettings, Settings
from tracker.outbox.look import why_over
from tracker.rules.asks import Ask, ask_of
from tracker.rules.calendar import MotionState
from tracker.rules.sending import CLOSED, chosen_address
from tracker.store import Session
from tracker.store.tables import Member

NOT_READ = "the motion has not been read from Parliament yet"
COMMONS = ("House of Commons", "House of Commons, London, SW1A 0AA")
"""Where post reaches any MP."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One sitting MP. `phones` and `addresses` are pairs of label and value.

    `email` is None if the office is not to be emailed (`asked_not_to`) or no address is
    known; then there are the phone and the post.
    """

    member: MemberView
    ask: Ask
    email: str | None
    asked_not_to: bool
    phones: tuple[tuple[str, str], ...]
    addresses: tuple[tuple[str, str], ...]

    @property
    def can_be_emailed(self) -> bool:
        """Whether an email with a request can be sent: not to who signed already."""
        return self.email is not None and self.ask is not Ask.THANK


@dataclass(frozen=True, slots=True)
class Occasion:
    """The motion to write about, its House, and why it is over, if it is.

    A form needs one Member of 650: only who is asked for is worked out.
    """

    motion: MotionView
    house: House
    over: str | None

    @property
    def members(self) -> tuple[MemberView, ...]:
        """Every sitting Member, by name."""
        return tuple(m for m in members_of(self.house).members if m.is_sitting)

    def holder_of(self, ons_code: str) -> MemberView | None:
        """Return who holds a seat, None while it is vacant."""
        seats = self.house.seats.values()
        found = next((one.member_id for one in seats if one.ons_code == ons_code), None)
        return None if found is None else self.member(found)

    def member(self, member_id: int) -> MemberView | None:
        """Return a sitting Member by id."""
        is_sitting = member_id in self.house.seats
        return member_of(self.house, member_id) if is_sitting else None


def occasion(
    session: Session, settings: Settings, watched: MotionSettings, *, now: datetime
) -> Occasion:
    """Return the motion and who could be written to about it now."""
    house = house_of(session, settings, watched, now=now)
    view = motion_of(session, settings, watched, house, now=now)
    known = store.motion_by_number(session, watched.session, watched.number)
    over = why_over(session, settings, known, now) if known else None
    if over is None and view.state is not MotionState.OPEN:
        over = CLOSED
    if over is None and view.parliament_id is None:
        over = NOT_READ
    return Occasion(view, house, over)


def addressee(session: Session, member: MemberView) -> Addressee:
    """Return how an MP is reached, and what to ask of them."""
    known = session.get(Member, member.member_id)
    asked_not_to = bool(known and known.no_email_reason)
    contacts = store.contacts_of(session, member.member_id)
    emails = [c.value for c in contacts if c.kind == "email"]
    addresses = dict.fromkeys(
        [COMMONS, *((c.label, c.value) for c in contacts if c.kind == "address")]
    )
    return Addressee(
        member=member,
        ask=ask_of(member.status),
        email=None if asked_not_to else chosen_address(emails),
        asked_not_to=asked_not_to,
        phones=tuple((c.label, c.value) for c in contacts if c.kind == "phone"),
        addresses=tuple(a for a in addresses if a == COMMONS or "SW1A 0AA" not in a[1]),
    )
