"""`/api/docs`: the API for people, made from the same description as openapi.json.

FastAPI's own page is drawn by scripts of another host; this one is plain HTML.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from dashboard.api.motions import PREFIX
from dashboard.desk import DeskDep
from dashboard.rendering import html_response

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of the path or the query."""

    name: str
    place: str
    words: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    words: str
    parameters: tuple[Parameter, ...]
    answers: tuple[tuple[str, str], ...]
    fields: tuple[str, ...]


@router.get("/api/docs")
def docs(request: Request, desk: DeskDep) -> Response:
    """Every address, its parameters and its answers."""
    first = desk.settings.motions[0]
    path = PREFIX.format(session=first.session, number=first.number)
    return html_response(
        request,
        "api_docs.html",
        operations=operations(request.app.openapi()),
        example=desk.settings.web.base_url + path,
        campaign=desk.settings.campaign.name,
        is_rehearsal=desk.is_rehearsal,
    )


def operations(document: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Return what an OpenAPI document describes, in its order."""
    schemas = document.get("components", {}).get("schemas", {})
    return tuple(
        Operation(
            method=method.upper(),
            path=path,
            words=told.get("description") or told.get("summary", ""),
            parameters=tuple(_parameters(told)),
            answers=tuple(
                (status, answer["description"])
                for status, answer in told["responses"].items()
            ),
            fields=_fields(told, schemas),
        )
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    )


def _parameters(told: Mapping[str, Any]) -> Iterator[Parameter]:
    for one in told.get("parameters", ()):
        yield Parameter(one["name"], one["in"], one.get("description", ""))


def _fields(told: Mapping[str, Any], schemas: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the answer's fields; none if it isn't an object."""
    content = told["responses"].get("200", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    schema = schemas.get(reference.rpartition("/")[2], {})
    return tuple(schema.get("properties", ()))
