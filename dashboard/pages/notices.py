"""What becomes of people's data, and how the pages can be used: /privacy, /accessibility.

Both are made from the configuration.
"""

from fastapi import APIRouter, Request, Response

from dashboard.desk import DeskDep
from dashboard.frames import bare_frame
from dashboard.rendering import html_response
from tracker.supporters.boxes import controller_name

router = APIRouter(include_in_schema=False)


@router.get("/privacy")
def privacy(request: Request, desk: DeskDep) -> Response:
    """Who answers for people's data, what for, how long, and what people can ask for."""
    settings = desk.settings
    return html_response(
        request,
        "privacy.html",
        frame=bare_frame(desk),
        privacy=settings.privacy,
        controller=controller_name(settings),
        drop_days=settings.mail.drop_retention_days,
        has_drop=bool(settings.mail.drop_address),
    )


@router.get("/accessibility")
def accessibility(request: Request, desk: DeskDep) -> Response:
    """How the pages can be used, and whom to tell when they can't."""
    return html_response(
        request,
        "accessibility.html",
        frame=bare_frame(desk),
        contact=desk.settings.privacy.contact or desk.settings.parliament.contact,
    )
