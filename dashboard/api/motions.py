"""The public JSON about a motion: as it stands, its Members, its events, its past.

Owns the addresses; what is shown comes from board/, its form from models.py.
"""

from typing import Annotated

from fastapi import APIRouter, Path

from dashboard.api.models import (
    EventAnswer,
    EventsAnswer,
    HistoryAnswer,
    MemberAnswer,
    MembersAnswer,
    MotionAnswer,
    PastMemberAnswer,
    problem_answers,
)
from dashboard.api.parameters import LARGEST_ID, After, At, Limit, Party, Status, Words
from dashboard.desk import Desk, DeskDep, SessionDep, WatchedDep
from dashboard.problems import ProblemError
from tracker import board, store
from tracker.board import MemberView
from tracker.config import MotionSettings

PREFIX = "/api/v1/motions/{session}/{number}"

router = APIRouter(
    prefix=PREFIX, tags=["motion"], responses=problem_answers(404, 422, 503)
)


@router.get("")
def motion(desk: DeskDep, session: SessionDep, watched: WatchedDep) -> MotionAnswer:
    """The motion as it stands, and how far that can be trusted."""
    view = board.motion_view(session, desk.settings, watched, now=desk.clock())
    return MotionAnswer.model_validate(board.motion_object(view))


@router.get("/members")
def members(
    desk: DeskDep,
    session: SessionDep,
    watched: WatchedDep,
    status: Status = None,
    party: Party = None,
    q: Words = None,
) -> MembersAnswer:
    """Every Member of the motion's House with their status, or those asked for."""
    view = board.members_view(session, desk.settings, watched, now=desk.clock())
    asked_for = view.filtered(status=status, party=party, query=q)
    return MembersAnswer(
        counts=view.counts,
        members=[member_answer(desk, watched, one) for one in asked_for.members],
    )


@router.get("/members/{member_id}")
def member(
    desk: DeskDep,
    session: SessionDep,
    watched: WatchedDep,
    member_id: Annotated[str, Path(description="Parliament's id", examples=["4514"])],
) -> MemberAnswer:
    """One Member and where they stand."""
    view = board.members_view(session, desk.settings, watched, now=desk.clock())
    for one in view.members:
        if str(one.member_id) == member_id:
            return member_answer(desk, watched, one)
    raise ProblemError(404, "No Member of this motion's House has that id.")


@router.get("/events")
def events(
    session: SessionDep, watched: WatchedDep, after: After = 0, limit: Limit = 100
) -> EventsAnswer:
    """Changes of signatures, oldest first, those of the first reading included."""
    found = store.motion_by_number(session, watched.session, watched.number)
    if found is None or found.id is None:
        return EventsAnswer(events=[], last_id=after)
    rows = store.events_after(session, found.id, min(after, LARGEST_ID), limit=limit)
    answers = [EventAnswer.model_validate(board.event_object(row)) for row in rows]
    return EventsAnswer(events=answers, last_id=answers[-1].id if answers else after)


@router.get("/history")
def history(
    desk: DeskDep, session: SessionDep, watched: WatchedDep, at: At = None
) -> HistoryAnswer:
    """The motion as it stood at a moment (now, unless told), by `happened_at`."""
    found = store.motion_by_number(session, watched.session, watched.number)
    view = board.history_view(session, found, at or desk.clock())
    return HistoryAnswer(
        at=view.at,
        signature_count=view.signature_count,
        members=[PastMemberAnswer.model_validate(one) for one in view.members],
    )


def member_answer(desk: Desk, watched: MotionSettings, one: MemberView) -> MemberAnswer:
    """Return a Member as the JSON shows them."""
    url = board.member_url(
        desk.settings.web.base_url, watched.session, watched.number, one.member_id
    )
    return MemberAnswer.model_validate(board.member_object(one, url=url))
