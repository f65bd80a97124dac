"""`/staff/webhooks`: what other programs were told, what they answered, and trying again."""

from fastapi import APIRouter, Request, Response

from dashboard.desk import Desk, DeskDep
from dashboard.problems import ProblemError
from dashboard.sign_in import AdminDep, Person, StaffDep
from dashboard.staff_forms import whole_number
from dashboard.staff_rendering import see, staff_response
from dashboard.webhook_views import PATH, SHOWN, webhook_view
from tracker import store
from tracker.rules.roles import Role
from tracker.store import OutboxError

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def webhooks_page(request: Request, desk: DeskDep, person: StaffDep) -> Response:
    """Each webhook, how it fares, and its latest deliveries."""
    return _page(request, desk, person)


@router.post(f"{PATH}/deliveries/{{message_id}}/retry")
def retry(
    request: Request, desk: DeskDep, person: StaffDep, message_id: str
) -> Response:
    """Have one delivery tried at once."""
    number = whole_number(message_id) or 0
    try:
        with store.write(desk.engine) as session:
            store.retry_delivery(session, number, actor=person.name, now=desk.clock())
    except OutboxError as error:
        return _page(request, desk, person, problem=str(error))
    return see(f"{PATH}?done=retry#done")


@router.post(f"{PATH}/{{name}}/on")
def switch_on(request: Request, desk: DeskDep, person: AdminDep, name: str) -> Response:
    """Switch a webhook on again; it is told what it missed."""
    if name not in {webhook.name for webhook in desk.settings.webhooks}:
        raise ProblemError(404, "There is no such webhook.")
    try:
        with store.write(desk.engine) as session:
            store.switch_on(session, name, actor=person.name, now=desk.clock())
    except OutboxError as error:
        return _page(request, desk, person, problem=str(error))
    return see(f"{PATH}?done=on#done")


_DONE = {
    "retry": "It is tried again in a moment: load the page again to see the answer.",
    "on": "It is on, and is told what it missed.",
}


def _page(
    request: Request, desk: Desk, person: Person, *, problem: str | None = None
) -> Response:
    now = desk.clock()
    with store.read(desk.engine) as session:
        states = store.webhook_states(session)
        views = [
            webhook_view(
                webhook,
                states.get(webhook.name),
                store.latest_deliveries(session, webhook.name, limit=SHOWN),
                now=now,
            )
            for webhook in desk.settings.webhooks
        ]
    said = problem and problem[0].upper() + problem[1:]
    return staff_response(
        request,
        desk,
        person,
        "staff/webhooks.html",
        status_code=409 if problem else 200,
        webhooks=views,
        problem=said,
        done=None if problem else _DONE.get(request.query_params.get("done", "")),
        is_holding=desk.settings.mail.mode == "hold",
        can_switch=person.may(Role.ADMIN),
    )
