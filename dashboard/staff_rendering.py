"""A staff page's answer: kept by no cache, and not compressed, since it holds a secret."""

from fastapi import Request, Response

from dashboard.desk import Desk
from dashboard.rendering import environment
from dashboard.sign_in import Person
from tracker.rules.roles import Role

NO_STORE = {"Cache-Control": "no-store"}

_PAGES = (
    ("/staff", "Whom to ring", Role.VIEWER),
    ("/staff/charts", "Charts", Role.VIEWER),
    ("/staff/review", "Review", Role.STAFF),
    ("/staff/reports", "Replies", Role.STAFF),
    ("/staff/follow-ups", "Follow-ups", Role.VIEWER),
    ("/staff/outbox", "Outbox", Role.STAFF),
    ("/staff/webhooks", "Webhooks", Role.STAFF),
    ("/staff/polls", "Polls", Role.VIEWER),
    ("/staff/users", "Users", Role.ADMIN),
    ("/staff/tokens", "Tokens", Role.ADMIN),
    ("/staff/exports", "Exports", Role.ADMIN),
    ("/staff/audit", "Audit log", Role.ADMIN),
)
"""The pages there are, and whom each is for."""


def staff_response(
    request: Request,
    desk: Desk,
    person: Person | None,
    template: str,
    *,
    status_code: int = 200,
    **context: object,
) -> Response:
    """Return a page for somebody who is signed in, or (None) who is to sign in."""
    text = (
        environment()
        .get_template(template)
        .render(
            person=person,
            can_act=person is not None and person.may(Role.STAFF),
            csrf=person.csrf if person else "",
            campaign=desk.settings.campaign.name,
            is_rehearsal=desk.is_rehearsal,
            number=desk.settings.motions[0].number,
            here=request.scope["path"],
            pages=[
                (path, name)
                for path, name, role in _PAGES
                if person and person.may(role)
            ],
            **context,
        )
    )
    return Response(
        text.encode(errors="replace"),
        status_code=status_code,
        headers=NO_STORE,
        media_type="text/html",
    )


def see(path: str) -> Response:
    """Return a redirect to a page of ours, after a form was taken."""
    return Response(status_code=303, headers={"Location": path, **NO_STORE})
