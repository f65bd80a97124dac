"""What was mailed in a rehearsal: the emails that its mail server took, newest first.

There is no such page outside a rehearsal.
"""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from fastapi import APIRouter, Response

from dashboard.desk import DeskDep
from dashboard.forms import personal_page
from dashboard.frames import bare_frame
from dashboard.problems import ProblemError

SHOWN = 40
FOLDER = "mail"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Mailed:
    """One email: its heads, and its text line by line with the links of our own pages."""

    to: str
    reply_to: str | None
    subject: str
    lines: tuple[tuple[str, str | None], ...]


@router.get("/rehearsal/mail")
def mail(desk: DeskDep) -> Response:
    """The latest emails of the rehearsal."""
    if not desk.is_rehearsal:
        raise ProblemError(404, "There is nothing at this address.")
    folder = desk.settings.source_folder / FOLDER
    paths = sorted(folder.glob("*.eml"), reverse=True)[:SHOWN]
    found = (_mailed(path, desk.settings.web.base_url) for path in paths)
    return personal_page(
        "rehearsal_mail.html",
        frame=bare_frame(desk),
        emails=[email for email in found if email],
    )


def _mailed(path: Path, base_url: str) -> Mailed | None:
    try:
        email = message_from_bytes(path.read_bytes(), policy=policy.default)
    except FileNotFoundError:
        return None  # newer ones came meanwhile
    assert isinstance(email, EmailMessage), "the default policy makes these"
    text = email.get_content() if email.get_content_maintype() == "text" else ""
    return Mailed(
        to=str(email["To"]),
        reply_to=str(email["Reply-To"]) if email["Reply-To"] else None,
        subject=str(email["Subject"]),
        lines=tuple(_line(line, base_url) for line in text.splitlines()),
    )


def _line(line: str, base_url: str) -> tuple[str, str | None]:
    """Return a line, and the path of our own page that it ends with, if any."""
    words, _, path = line.partition(f"{base_url}/")
    return (words, f"/{path}") if path else (line, None)
