"""How the program itself is: `/healthz`, `/readyz` and `/metrics`.

Owns the addresses; what is measured is metrics.py's.
"""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from dashboard.api.models import problem_answers
from dashboard.desk import DeskDep
from dashboard.metrics import CONTENT_TYPE, metrics_text
from dashboard.problems import RETRY_SECONDS, ProblemError
from dashboard.streams import Streams
from tracker.store import DatabaseError
from tracker.store.schema import SchemaState, schema_state

router = APIRouter(tags=["system"])

_NOT_READY = {
    SchemaState.EMPTY: "The database is empty: it has not been set up yet.",
    SchemaState.OUTDATED: "The database is older than this program.",
    SchemaState.NEWER: "The database is newer than this program.",
    SchemaState.FOREIGN: "The database is not this program's.",
}


class Up(BaseModel):
    """The process, or the database too, answers."""

    status: str


@router.get("/healthz")
def healthz() -> Up:
    """The process is up."""
    return Up(status="ok")


@router.get("/readyz", responses=problem_answers(503))
def readyz(desk: DeskDep, request: Request) -> Up:
    """The database answers and is at the newest revision; Parliament may be away."""
    streams: Streams = request.app.state.streams
    try:
        state = schema_state(desk.engine)
    except DatabaseError:
        raise _not_ready("The database does not answer.") from None
    if state is not SchemaState.CURRENT:
        raise _not_ready(_NOT_READY[state])
    if not streams.is_running:
        raise _not_ready("New events are not read: the program has to be restarted.")
    return Up(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **problem_answers(503)},
)
def metrics(request: Request) -> Response:
    """Prometheus' metrics; nothing about persons."""
    return Response(metrics_text(request.app.state.metrics), media_type=CONTENT_TYPE)


def _not_ready(sentence: str) -> ProblemError:
    return ProblemError(503, sentence, {"Retry-After": str(RETRY_SECONDS)})
