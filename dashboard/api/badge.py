"""`…/badge.svg`: the count as a small picture for other sites."""

from xml.sax.saxutils import escape

from fastapi import APIRouter, Response

from dashboard.api.models import problem_answers
from dashboard.api.motions import PREFIX
from dashboard.desk import DeskDep, SessionDep, WatchedDep
from tracker import store

SVG = "image/svg+xml"
_CHARACTER_WIDTH = 6.6
_PADDING = 10
_QUOTE = {'"': "&quot;"}

router = APIRouter(
    prefix=PREFIX, tags=["files"], responses=problem_answers(404, 422, 503)
)


@router.get(
    "/badge.svg", response_class=Response, responses={200: {"content": {SVG: {}}}}
)
def badge(desk: DeskDep, session: SessionDep, watched: WatchedDep) -> Response:
    """ "EDM 718 · 41 of 100 signatures", or "EDM 718 · not read yet"."""
    found = store.motion_by_number(session, watched.session, watched.number)
    value = "not read yet"
    if found and found.id and store.last_good_poll(session, found.id):
        count = store.signature_count(session, found.id)
        value = f"{count} of {desk.settings.campaign.goal} signatures"
    body = badge_svg(f"EDM {watched.number}", value)
    headers = {"Cache-Control": "public, max-age=60"}
    return Response(body, media_type=SVG, headers=headers)


def badge_svg(label: str, value: str) -> str:
    """Return a picture of the two texts beside each other, 20 pixels high.

    Colours as attributes, not styles: it shows as it is under any policy.
    """
    left, right = (_width(text) for text in (label, value))
    label, value = escape(label, _QUOTE), escape(value, _QUOTE)
    whole = left + right
    said = f"{label} · {value}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20"'
        f' role="img" aria-label="{said}"><title>{said}</title>'
        f'<rect width="{left}" height="20" fill="#3d4450"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="#0b7a5b"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"'
        ' text-anchor="middle">'
        f'<text x="{left / 2:g}" y="14">{label}</text>'
        f'<text x="{left + right / 2:g}" y="14">{value}</text></g></svg>'
    )


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER_WIDTH) + 2 * _PADDING
