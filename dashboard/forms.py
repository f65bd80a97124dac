"""Forms of the supporters' pages, and pages that only one person may see.

Owns how a body is read (small, plain, few fields) and the headers of a personal page:
kept by no cache, found by no search engine, named to no other site (checks.md W16), and
not compressed, since it may hold a secret beside typed text.
"""

from urllib.parse import parse_qsl

from fastapi import Request, Response

from dashboard.problems import RETRY_SECONDS, ProblemError
from dashboard.rendering import environment

MAX_FORM_BYTES = 200_000
"""Ten times the longest email, percent-encoded."""
MAX_FIELDS = 40
PERSONAL_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form by name, the first of each; an empty body has none.

    ProblemError 413 for more than MAX_FORM_BYTES, 400 for more than MAX_FIELDS fields,
    415 for anything but an ordinary form.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise ProblemError(
                413,
                "That is more text than is taken here: an email to an MP has at most"
                " 10,000 characters.",
                {"Connection": "close"},
            )
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != "application/x-www-form-urlencoded":
        raise ProblemError(415, "This address takes an ordinary form only.")
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise ProblemError(400, "This request cannot be read.") from None
    return dict(reversed(pairs))


def personal_page(
    template: str, *, status_code: int = 200, **context: object
) -> Response:
    """Return a page with a person or a token in it."""
    text = environment().get_template(template).render(**context)
    headers = PERSONAL_HEADERS
    if status_code == 503:
        headers = {**headers, "Retry-After": str(RETRY_SECONDS)}
    return Response(
        text.encode(errors="replace"),
        status_code=status_code,
        headers=headers,
        media_type="text/html",
    )
