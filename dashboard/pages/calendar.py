"""`/staff/account/calendar`: the secret address of one's calendar, made and revoked."""

from fastapi import APIRouter, Request, Response

from dashboard.account import account_page_of
from dashboard.desk import DeskDep
from dashboard.sign_in import ViewerDep
from dashboard.staff_rendering import see
from tracker import store
from tracker.keys import new_calendar_key
from tracker.store.calendar_keys import record_calendar_key, revoke_calendar_key

PATH = "/staff/account/calendar"

router = APIRouter(include_in_schema=False)


@router.post(PATH)
def make(request: Request, desk: DeskDep, person: ViewerDep) -> Response:
    """Make an address and show it, this once; the one before opens nothing any more."""
    key = new_calendar_key()
    with store.write(desk.engine) as session:
        record_calendar_key(
            session, person.user_id, key, by=person.name, at=desk.clock()
        )
    return account_page_of(request, desk, person, key=key)


@router.post(f"{PATH}/revoke")
def revoke(desk: DeskDep, person: ViewerDep) -> Response:
    """Let one's address open nothing any more, however often."""
    with store.write(desk.engine) as session:
        revoke_calendar_key(session, person.user_id, by=person.name, at=desk.clock())
    return see("/staff/account?done=calendar")
