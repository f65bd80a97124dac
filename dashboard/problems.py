"""What went wrong, as RFC 9457 problem documents: one clear sentence, nothing internal.

Owns the form of every error answer. Browsers that ask for a page get the pages' own
error page, if `app.state.error_page` is set: (Request, Problem) -> Response.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from dashboard.again import note_lost
from tracker.logs import visible
from tracker.store import DatabaseError, DatabaseLostError

PROBLEM_JSON = "application/problem+json"
RETRY_SECONDS = 5
_LONGEST_NAME = 40

_SENTENCES = {
    400: "This request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "This request is larger than what is taken here.",
    500: "Something went wrong here; it has been noted.",
    503: "The database does not answer just now; try again in a few seconds.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error for people and programs alike: a status, and one sentence."""

    status: int
    detail: str

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase

    def body(self) -> bytes:
        """Return the problem document."""
        document = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        return json.dumps(document, ensure_ascii=False).encode()


ErrorPage = Callable[[Request, Problem], Response]
Handler = Callable[[Request, Any], Awaitable[Response]]


class ProblemError(Exception):
    """What a handler raises to end with a problem document."""

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(status, detail)
        self.headers = headers


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""
    handlers: dict[type[Exception], Handler] = {
        ProblemError: _on_problem,
        HTTPException: _on_http_error,
        RequestValidationError: _on_bad_value,
        DatabaseError: _on_database_error,
        ClientDisconnect: _on_leaving,
        Exception: _on_bug,
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)


def problem_response(
    problem: Problem, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the problem as an answer that no cache keeps."""
    return Response(
        problem.body(),
        status_code=problem.status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type=PROBLEM_JSON,
    )


def database_problem_error() -> ProblemError:
    """Return what to raise when the database does not answer: 503, and when to retry."""
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return ProblemError(503, _SENTENCES[503], headers)


def bad_value_sentence(errors: list[Any], takes: Mapping[str, str]) -> str:
    """Return what is wrong with a request's values: which one, and what it takes.

    `takes` has parameters and fields of bodies alike. Of what was sent only the name of
    a field is repeated.
    """
    for error in errors:
        if error["type"] == "extra_forbidden":
            name = visible(str(error["loc"][-1]))[:_LONGEST_NAME]
            return f"{name} is no field that is taken here."
        named = [str(part) for part in error["loc"] if str(part) in takes]
        if named:
            return f"{named[-1]} takes {takes[named[-1]]}."
        if error["loc"][:1] == ("body",):
            return "The body of this request must be a JSON object of these fields."
    return "A value in this request is not of the kind that is taken here."


async def _on_problem(request: Request, error: ProblemError) -> Response:
    return _answer(request, error.problem, error.headers)


async def _on_http_error(request: Request, error: HTTPException) -> Response:
    detail = _SENTENCES.get(error.status_code) or str(error.detail)
    return _answer(request, Problem(error.status_code, detail), error.headers)


async def _on_bad_value(request: Request, error: RequestValidationError) -> Response:
    takes = request.app.state.parameters
    return _answer(request, Problem(422, bad_value_sentence([*error.errors()], takes)))


async def _on_database_error(request: Request, error: DatabaseError) -> Response:
    if isinstance(error, DatabaseLostError):
        note_lost(request)
    # Its own sentence is for whoever runs the program: it may name a folder.
    told = database_problem_error()
    return _answer(request, told.problem, told.headers)


async def _on_leaving(request: Request, error: ClientDisconnect) -> Response:
    del error  # somebody left before their form had come: nobody reads the answer
    return _answer(request, Problem(400, _SENTENCES[400]))


async def _on_bug(request: Request, error: Exception) -> Response:
    del error  # Starlette raises it again: the server logs it with its traceback
    return _answer(request, Problem(500, _SENTENCES[500]))


def _answer(
    request: Request, problem: Problem, headers: Mapping[str, str] | None = None
) -> Response:
    page: ErrorPage | None = getattr(request.app.state, "error_page", None)
    is_api = request.scope["path"].startswith("/api/")
    if page and not is_api and "text/html" in request.headers.get("accept", ""):
        response = page(request, problem)
        response.status_code = problem.status
        response.headers.update({"Cache-Control": "no-store", **(headers or {})})
        return response
    return problem_response(problem, headers)
