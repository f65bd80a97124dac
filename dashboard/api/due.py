"""`…/due.ics`: what is due for staff, as a calendar that their own programs subscribe to.

Owns who may read it: a token or a session that may read the nudge list, or the secret
address that a member of staff made on their account page. That one's token is good for
this alone, and only in this place: calendar programs can send no header.
"""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from dashboard.api.access import Caller, needs
from dashboard.api.models import problem_answers
from dashboard.api.motions import PREFIX
from dashboard.api.parameters import TAKES
from dashboard.desk import DeskDep, SessionDep, WatchedDep
from dashboard.open_answers import has_tag
from dashboard.problems import ProblemError
from tracker import store
from tracker.following.agenda import agenda_of
from tracker.rules.access import TokenScope
from tracker.rules.roles import Role, scopes_of_role
from tracker.store.calendar_keys import calendar_key_holder

CALENDAR = "text/calendar"
PATH = f"{PREFIX}/due.ics"
_GONE = (
    "This calendar's address opens nothing any more: make another at /staff/account."
)
_by_header = needs(TokenScope.NUDGES_READ)

router = APIRouter(
    tags=["staff"], responses=problem_answers(400, 401, 403, 404, 422, 503)
)

Token = Annotated[str | None, Query(max_length=200, description=TAKES["token"])]


def calendar_reader(request: Request, desk: DeskDep, token: Token = None) -> Caller:
    """Return who reads: whoever made the address, else as the staff JSON has it."""
    if token is None:
        return _by_header(request, desk)
    with store.read(desk.engine) as session:
        holder = calendar_key_holder(session, token)
    if holder is None:
        raise ProblemError(401, _GONE, {"WWW-Authenticate": "Bearer"})
    role = Role(holder.role)
    if TokenScope.NUDGES_READ not in scopes_of_role(role):
        raise ProblemError(403, f"The role {role} reads no nudge list.")
    return Caller(holder.name)


@router.get(
    PATH,
    response_class=Response,
    responses={
        200: {"content": {CALENDAR: {}}},
        304: {"description": "The calendar is as the request's If-None-Match has it"},
    },
)
def due(
    caller: Annotated[Caller, Depends(calendar_reader)],
    request: Request,
    desk: DeskDep,
    session: SessionDep,
    watched: WatchedDep,
) -> Response:
    """What is due for staff on which day: call-backs, follow-ups, the motion's last day."""
    # Read when a calendar is asked for: the library is 4 MB that most never need.
    from dashboard.due_calendar import due_calendar

    del caller
    agenda = agenda_of(session, desk.settings, watched, now=desk.clock())
    body = due_calendar(agenda, desk.settings.web.base_url)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "Cache-Control": "private, no-store",
        "ETag": tag,
        "X-Robots-Tag": "noindex",
        "Content-Disposition": f'inline; filename="edm-{watched.number}-due.ics"',
    }
    if has_tag(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=CALENDAR, headers=headers)
