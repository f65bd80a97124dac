"""Forms of the supporters' pages, read and answered: nothing here is kept by a cache.

Owns how a form is read (bounded, urlencoded only) and the answer that holds a person's
data: not stored, and not compressed, since it may hold a secret beside typed text.
"""
# Rebuilt from its callers after the first version was overwritten by mistake: whoever
# wrote that one, please compare (headers of the answer, limits on fields, control
# characters) and take this comment out.

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request, Response

from dashboard.problems import ProblemError
from dashboard.rendering import environment

MOST_FIELDS = 100
_KIND = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form by name, the last where a name came twice.

    Empty if something else came; ProblemError 400 if it can't be read.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _KIND:
        return {}
    try:
        text = (await request.body()).decode("utf-8")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise ProblemError(400, "This form cannot be read.") from None


def personal_page(
    template: str, *, status_code: int = 200, **context: object
) -> Response:
    """Return a page that holds somebody's data or a way to it."""
    text = environment().get_template(template).render(**context)
    return Response(
        text.encode(errors="replace"),
        status_code=status_code,
        headers={"Cache-Control": "no-store"},
        media_type="text/html",
    )
