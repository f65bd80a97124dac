"""`/staff/tokens`: what other programs sign in with, for admins: made, shown once, revoked."""

from fastapi import APIRouter, Request, Response

from dashboard.desk import Desk, DeskDep
from dashboard.problems import ProblemError
from dashboard.sign_in import AdminDep, Person
from dashboard.staff_forms import FormDep, SentForm, whole_number
from dashboard.staff_rendering import see, staff_response
from tracker import store
from tracker.keys import new_api_token
from tracker.rules.access import TokenNameError, TokenScope, checked_token_name
from tracker.store import access

PATH = "/staff/tokens"
SCOPES = {
    TokenScope.NUDGES_READ: "Read whom to nudge",
    TokenScope.EMAILS_WRITE: "Bring supporters' emails",
    TokenScope.CONTACTS_WRITE: "Log contacts with offices",
    TokenScope.SUPPORTERS_READ: "Read who a supporter is, if they agreed",
    TokenScope.EVENTS_READ: "Read what webhooks carried",
}

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def tokens_page(request: Request, desk: DeskDep, person: AdminDep) -> Response:
    """Every token by name; the tokens themselves are not kept."""
    return _page(request, desk, person)


@router.post(PATH)
def add(request: Request, desk: DeskDep, person: AdminDep, form: FormDep) -> Response:
    """Make a token and show it, this once."""
    made = new_api_token()
    try:
        name = checked_token_name(form.text("name", longest=1000))
        scopes = _scopes(form)
        with store.write(desk.engine) as session:
            access.add_token(
                session, name, made, scopes, by=person.name, at=desk.clock()
            )
    except TokenNameError as error:
        return _page(request, desk, person, problem=f"A name {error}.", form=form)
    except access.TokenError as error:
        said = str(error)
        problem = f"{said[0].upper()}{said[1:]}."
        return _page(request, desk, person, problem=problem, form=form)
    return _page(request, desk, person, made=made, made_name=name)


@router.post(f"{PATH}/{{token_id}}/revoke")
def revoke(desk: DeskDep, person: AdminDep, token_id: str) -> Response:
    """Let a token open nothing any more."""
    try:
        with store.write(desk.engine) as session:
            row = access.revoke_token(
                session, whole_number(token_id) or 0, by=person.name, at=desk.clock()
            )
    except access.TokenError:
        raise ProblemError(404, "There is no such token.") from None
    return see(f"{PATH}?revoked={row.id}#done")


def _scopes(form: SentForm) -> list[TokenScope]:
    scopes = [scope for scope in TokenScope if form.ticked(f"scope-{scope.value}")]
    if not scopes:
        raise access.TokenError("tick at least one thing that the token may do")
    return scopes


def _page(
    request: Request,
    desk: Desk,
    person: Person,
    *,
    problem: str | None = None,
    form: SentForm | None = None,
    made: str | None = None,
    made_name: str = "",
) -> Response:
    with store.read(desk.engine) as session:
        tokens = access.all_tokens(session)
    revoked_id = whole_number(request.query_params.get("revoked", ""))
    return staff_response(
        request,
        desk,
        person,
        "staff/tokens.html",
        status_code=422 if problem else 200,
        tokens=tokens,
        scopes={scope.value: words for scope, words in SCOPES.items()},
        ticked={
            s.value for s in TokenScope if form and form.ticked(f"scope-{s.value}")
        },
        problem=problem,
        typed_name=form.raw("name")[:100] if form else "",
        made=made,
        made_name=made_name,
        revoked=next((one.name for one in tokens if one.id == revoked_id), None),
    )
