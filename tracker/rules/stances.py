"""What the contacts with an office amount to: its stance, and how long it is quiet. Pure.

Owns which contact counts for what (product.md 6); not the words of a status.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tracker.rules.nudge import Stance


class Channel(StrEnum):
    """How staff spoke to an office."""

    PHONE = "phone"
    EMAIL = "email"
    LETTER = "letter"
    IN_PERSON = "in_person"


class ContactOutcome(StrEnum):
    """What came of it."""

    CONTACT = "contact"
    MESSAGE_LEFT = "message_left"
    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"

    @property
    def reached(self) -> bool:
        """Whether the office was reached: only that quietens an MP."""
        return self in (ContactOutcome.CONTACT, ContactOutcome.MESSAGE_LEFT)


class ContactSource(StrEnum):
    """Who heard what the office said: staff, or supporters whose reports staff accepted."""

    STAFF = "staff"
    SUPPORTERS = "supporters"


@dataclass(frozen=True, slots=True)
class PastContact:
    """A contact as the rules see it. `is_about_motion` is False for another motion's.

    `is_reported` if supporters reported it: it brings a stance, and is nobody's call.
    """

    contacted_at: datetime
    outcome: ContactOutcome
    stance: Stance
    may_be_shown: bool
    call_back_on: date | None
    is_about_motion: bool = True
    is_reported: bool = False


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """What is on record of an office and a motion."""

    stance: Stance | None = None
    stance_at: datetime | None = None
    is_stance_reported: bool = False
    may_be_shown: bool = False
    quieted_at: datetime | None = None
    call_back_on: date | None = None
    last_contact_at: datetime | None = None


def office_facts(contacts: Sequence[PastContact]) -> OfficeFacts:
    """Return what the contacts with one office, newest first, amount to.

    The newest stance counts; one of another motion's contacts only if it is that the
    office signs no motions. A call-back stands until the office was reached again.
    What supporters reported quietens nobody: staff have not spoken to the office.
    """
    own = [c for c in contacts if c.is_about_motion and not c.is_reported]
    telling = [
        contact
        for contact in contacts
        if contact.stance is not Stance.UNKNOWN
        and (contact.is_about_motion or contact.stance is Stance.SIGNS_NO_EDMS)
    ]
    reached = [contact for contact in own if contact.outcome.reached]
    standing = [
        contact for contact in own if contact.outcome.reached or contact.call_back_on
    ]
    return OfficeFacts(
        stance=telling[0].stance if telling else None,
        stance_at=telling[0].contacted_at if telling else None,
        is_stance_reported=telling[0].is_reported if telling else False,
        may_be_shown=telling[0].may_be_shown if telling else False,
        quieted_at=reached[0].contacted_at if reached else None,
        call_back_on=standing[0].call_back_on if standing else None,
        last_contact_at=own[0].contacted_at if own else None,
    )
