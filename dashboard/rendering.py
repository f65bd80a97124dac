"""HTML out of the templates: escaped by default, compressed for whoever takes it.

Owns the template environment and the form of an HTML answer. A template decides nothing:
what it shows was decided in the views.
"""

from functools import cache

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from dashboard import words
from dashboard.assets import PLOTLY_NAME, assets
from dashboard.encoding import compressed

LICENCE_URL = (
    "https://www.parliament.uk/site-information/copyright-parliament/"
    "open-parliament-licence/"
)


@cache
def environment() -> Environment:
    """Return the templates, with the filters that speak in the pages' voice."""
    templates = Environment(
        loader=PackageLoader("dashboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(day=words.day, number=words.number, percent=words.percent)
    templates.globals.update(
        asset=assets().url, plotly_name=PLOTLY_NAME, licence_url=LICENCE_URL
    )
    return templates


def html_response(
    request: Request, template: str, *, status_code: int = 200, **context: object
) -> Response:
    """Return a public page. Not for pages that hold a secret: it is compressed."""
    text = environment().get_template(template).render(**context)
    body, coding = compressed(
        text.encode(errors="replace"), request.headers.get("accept-encoding")
    )
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if coding:
        headers["Content-Encoding"] = coding
    return Response(
        body, status_code=status_code, headers=headers, media_type="text/html"
    )
