"""The forms of the public JSON (product.md 9), so that its description is right.

Owns types and words only; what is in them comes from board/.
"""

from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dashboard.problems import PROBLEM_JSON
from tracker.rules.calendar import MotionState
from tracker.rules.changes import ChangeKind, TimeFrom
from tracker.rules.health import Health
from tracker.rules.status import NudgeStatus

Moment = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""Written in UTC with a Z, in whatever zone it was given."""


class ProblemAnswer(BaseModel):
    """An error: RFC 9457."""

    type: str
    title: str
    status: int
    detail: str


def problem_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the errors that an address may give, for the description of the API."""
    schema = ProblemAnswer.model_json_schema()
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM_JSON: {"schema": schema}},
        }
        for status in statuses
    }


class MotionAnswer(BaseModel):
    """A motion as it stands. `url` is Parliament's page; moments are UTC."""

    session: str
    number: int
    parliament_id: int | None
    title: str | None
    text: str | None
    url: str | None
    tabled_on: date | None
    state: MotionState
    signature_count: int
    withdrawn_count: int
    member_count: int
    eligible_count: int
    first_poll_at: Moment | None
    last_poll_at: Moment | None
    last_good_poll_at: Moment | None
    last_changed_at: Moment | None
    health: Health
    health_note: str


class MemberAnswer(BaseModel):
    """A Member and where they stand. `url` is our page about them and the motion."""

    member_id: int
    name: str
    party: str | None
    constituency: str | None
    ons_code: str | None
    status: NudgeStatus
    why: str
    signed_on: date | None
    withdrawn_on: date | None
    supporters: int | None = Field(description="null means fewer than 5")
    url: str


class MembersAnswer(BaseModel):
    """Members; `counts` are those of all Members, whatever was asked for."""

    counts: dict[NudgeStatus, int]
    members: list[MemberAnswer]


class EventAnswer(BaseModel):
    """A change of one signature. `happened_at` is by Parliament or our observation."""

    id: int
    kind: ChangeKind
    again: bool
    member_id: int
    name: str | None
    party: str | None
    constituency: str | None
    happened_at: Moment
    time_from: TimeFrom
    observed_at: Moment
    backfilled: bool


class EventsAnswer(BaseModel):
    """Changes after an id, oldest first; `last_id` is what to ask after next."""

    events: list[EventAnswer]
    last_id: int


class PastMemberAnswer(BaseModel):
    """A Member whose signature stood, or was withdrawn, at that moment."""

    model_config = ConfigDict(from_attributes=True)

    member_id: int
    name: str | None
    party: str | None
    constituency: str | None
    status: str
    happened_at: Moment


class HistoryAnswer(BaseModel):
    """The motion as it stood `at`, by the time that things happened."""

    at: Moment
    signature_count: int
    members: list[PastMemberAnswer]
