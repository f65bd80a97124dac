"""`/staff/exports`: files to take away, for admins; each is in the audit log.

A file is asked for with a form: no link of another site can start one.
"""

import tempfile
from collections.abc import Iterator
from typing import BinaryIO, Literal, cast, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from dashboard import words
from dashboard.api.exports import MEDIA_TYPES
from dashboard.desk import Desk, DeskDep, SessionDep, find_watched
from dashboard.problems import ProblemError
from dashboard.sign_in import AdminDep, Person
from dashboard.staff_forms import FormDep
from dashboard.staff_rendering import NO_STORE, staff_response
from tracker import board, store
from tracker.config import MotionSettings
from tracker.emails_export import TooLongError, write_emails
from tracker.exports import (
    Format,
    Table,
    events_table,
    nudges_table,
    render,
    signatures_table,
)
from tracker.store import Session, audit

PATH = "/staff/exports"
EXPORT = "export"
SHOWN = 50
What = Literal["signatures", "events", "nudges", "emails"]
ABOUT = {
    "signatures": "Every signature as Parliament lists it now. Public.",
    "events": "Every change that was seen. Public.",
    "nudges": "Whom to ring, why, and with which number. Names no supporter.",
    "emails": "Every supporter's email with their name and email address: personal"
    " data that show a political opinion.",
}
_CHUNK = 64 * 1024

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def exports_page(
    request: Request, desk: DeskDep, session: SessionDep, person: AdminDep
) -> Response:
    """What can be taken away, and who has taken what."""
    now = desk.clock()
    entries = audit.audit_page(session, action=EXPORT, limit=SHOWN)
    return staff_response(
        request,
        desk,
        person,
        "staff/exports.html",
        about=ABOUT,
        formats=get_args(Format),
        motions=[f"{one.session}/{one.number}" for one in desk.settings.motions],
        rows=[(entry, words.moment_words(entry.at, now=now)) for entry in entries],
    )


@router.post(f"{PATH}/{{what}}")
def take_away(desk: DeskDep, person: AdminDep, form: FormDep, what: str) -> Response:
    """One file, written into the audit log with its number of rows before it leaves."""
    if what not in ABOUT:
        raise ProblemError(404, "There is no such export.")
    fmt = form.text("format", longest=10)
    if fmt not in get_args(Format):
        raise ProblemError(422, "format takes csv, json or xlsx.")
    session_name, _, number = form.text("motion", longest=40).partition("/")
    watched = find_watched(desk.settings, session_name, number)
    asked = cast("What", what), cast("Format", fmt)
    file, count = _file(desk, watched, *asked)
    _record(desk, person, watched, *asked, count)
    name = f"edm-{watched.number}-{watched.session}-{what}.{fmt}"
    disposition = f'attachment; filename="{name}"'
    return StreamingResponse(
        _chunks(file),
        media_type=MEDIA_TYPES[asked[1]],
        headers={**NO_STORE, "Content-Disposition": disposition},
    )


def _file(
    desk: Desk, watched: MotionSettings, what: What, fmt: Format
) -> tuple[BinaryIO, int]:
    """Return a file without a name, at its start, and how many rows it has.

    It is gone when it is closed, and when the process ends.
    """
    file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - closed when sent
    with store.read(desk.engine) as session:
        try:
            count = _write(session, desk, watched, what, fmt, file)
        except TooLongError as error:
            file.close()
            said = str(error)
            raise ProblemError(422, f"{said[0].upper()}{said[1:]}.") from error
    file.seek(0)
    return file, count


def _write(
    session: Session,
    desk: Desk,
    watched: MotionSettings,
    what: What,
    fmt: Format,
    file: BinaryIO,
) -> int:
    if what == "emails":
        motion = store.motion_by_number(session, watched.session, watched.number)
        motion_id = motion.id if motion and motion.id else 0
        return write_emails(file, store.email_lines(session, motion_id), fmt)
    table = _table(session, desk, watched, what)
    file.write(render(table, fmt))
    return len(table.rows)


def _table(session: Session, desk: Desk, watched: MotionSettings, what: What) -> Table:
    if what == "nudges":
        view = board.nudges_view(session, desk.settings, watched, now=desk.clock())
        return nudges_table(view.rows)
    motion = store.motion_by_number(session, watched.session, watched.number)
    if what == "signatures":
        return signatures_table(board.signature_lines(session, motion))
    if motion is None or motion.id is None:
        return events_table(())
    return events_table(store.all_events(session, motion.id))


def _record(
    desk: Desk,
    person: Person,
    watched: MotionSettings,
    what: What,
    fmt: Format,
    count: int,
) -> None:
    detail = f"{count} {what} about EDM {watched.number} of {watched.session}, {fmt}"
    with store.write(desk.engine) as session:
        store.record_audit(session, person.name, EXPORT, detail, at=desk.clock())


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
