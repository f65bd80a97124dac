"""`/staff/audit`: who did what, and when, for admins."""

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from dashboard import words
from dashboard.desk import DeskDep, SessionDep
from dashboard.sign_in import AdminDep
from dashboard.staff_forms import whole_number
from dashboard.staff_rendering import staff_response
from tracker.store import audit
from tracker.store.tables import AuditEntry

PATH = "/staff/audit"
PAGE_ROWS = 100
_LONGEST = 200

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def audit_page(
    request: Request, desk: DeskDep, session: SessionDep, person: AdminDep
) -> Response:
    """What was done last, newest first; of one person, or of one kind."""
    told, now = request.query_params, desk.clock()
    actor, action = (told.get(name, "")[:_LONGEST] for name in ("who", "what"))
    entries = audit.audit_page(
        session,
        actor=actor,
        action=action,
        before_id=whole_number(told.get("before", "")),
        limit=PAGE_ROWS,
    )
    return staff_response(
        request,
        desk,
        person,
        "staff/audit.html",
        rows=[(entry, words.moment_words(entry.at, now=now)) for entry in entries],
        actors=audit.audit_actors(session),
        actions=audit.audit_actions(session),
        actor=actor,
        action=action,
        next_url=_next_url(entries, actor, action),
    )


def _next_url(entries: Sequence[AuditEntry], actor: str, action: str) -> str | None:
    if len(entries) < PAGE_ROWS:
        return None
    told = {"who": actor, "what": action, "before": entries[-1].id}
    return f"{PATH}?{urlencode({name: value for name, value in told.items() if value})}"
