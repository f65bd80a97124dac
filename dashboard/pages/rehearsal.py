"""What was mailed in a rehearsal, and what its receiver of webhooks took, newest first.

There are no such pages outside a rehearsal.
"""

import json
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
HOOKS_FOLDER = "hooks"

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


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery: what it is, whether its signature is good, and its text."""

    what: str
    about: str
    text: str


@router.get("/rehearsal/webhooks")
def hooks(desk: DeskDep) -> Response:
    """The latest that other programs and staff were told in the rehearsal."""
    if not desk.is_rehearsal:
        raise ProblemError(404, "There is nothing at this address.")
    folder = desk.settings.source_folder / HOOKS_FOLDER
    paths = sorted(folder.glob("*.json"), reverse=True)[:SHOWN]
    found = (_told(path) for path in paths)
    return personal_page(
        "rehearsal_hooks.html",
        frame=bare_frame(desk),
        items=[told for told in found if told],
    )


def _told(path: Path) -> Told | None:
    try:
        kept = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None  # newer ones came meanwhile
    body = kept["body"]
    if kept["id"] is None:
        return Told(f"To staff: {body['title']}", "", body["message"])
    good = "its signature is good" if kept["is_verified"] else "its signature is wrong"
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return Told(body["type"], f"{body['timestamp'][:19]}; {good}", text)


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
