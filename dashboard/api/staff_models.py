"""The forms of the staff JSON (product.md 9), so that its description is right."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from dashboard.api.models import Moment
from dashboard.api.parameters import LARGEST_ID, MOST_EMAILS
from tracker.contacts import LONGEST_NOTE
from tracker.rules.nudge import Stance
from tracker.rules.stances import Channel, ContactOutcome
from tracker.rules.status import NudgeStatus


class HintAnswer(BaseModel):
    """Why a Member is likely to sign, and where that is from."""

    text: str
    source: str


class PhoneAnswer(BaseModel):
    """A number of an office."""

    label: str
    number: str
    checked_on: date


class AddressAnswer(BaseModel):
    """An email address of an office."""

    label: str
    address: str
    checked_on: date


class NudgeAnswer(BaseModel):
    """A Member who needs a nudge; `why` is staff's form."""

    member_id: int
    name: str
    party: str | None
    constituency: str | None
    status: NudgeStatus
    why: str
    supporters: int
    first_email_at: Moment | None
    last_email_at: Moment | None
    last_contact_at: Moment | None
    call_back_on: date | None
    replies_reported: int
    hints: list[HintAnswer]
    phones: list[PhoneAnswer]
    emails: list[AddressAnswer]


class NudgesAnswer(BaseModel):
    """The nudge list in rank order."""

    nudges: list[NudgeAnswer]


class NewContactBody(BaseModel):
    """A contact with an office, as staff log it."""

    model_config = ConfigDict(extra="forbid")

    member_id: int = Field(ge=1, le=LARGEST_ID)
    channel: Channel
    outcome: ContactOutcome
    stance: Stance = Stance.UNKNOWN
    may_be_shown: StrictBool = False
    call_back_on: date | None = None
    note: str | None = Field(default=None, max_length=LONGEST_NOTE)


class ContactAnswer(BaseModel):
    """A contact that was logged."""

    id: int
    member_id: int
    channel: Channel
    outcome: ContactOutcome
    stance: Stance
    may_be_shown: bool
    call_back_on: date | None
    note: str | None
    contacted_at: Moment


class NewEmails(BaseModel):
    """Emails about one motion."""

    model_config = ConfigDict(extra="forbid")

    session: str
    number: int = Field(ge=1, le=10**9)
    emails: list[dict[str, object]] = Field(max_length=MOST_EMAILS)


class RejectedAnswer(BaseModel):
    """An email that can't be taken: its place in the list, from 1, and why."""

    line: int
    reason: str


class ImportAnswer(BaseModel):
    """What became of the emails."""

    read: int
    counted: int
    duplicates: int
    review: int
    rejected: list[RejectedAnswer]


class SupporterAnswer(BaseModel):
    """Who a `supporter_ref` is; only of those who agreed to hear from the campaign."""

    ref: str
    email: str
    name: str | None
    agreed_reminders: bool
    agreed_campaigns: bool
