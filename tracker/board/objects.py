"""The objects of the public JSON (product.md 9), made from what is shown. Pure.

Owns their keys, the order of the keys, and how moments and days are written. Used by the
API, the stream and the commands alike, so that one thing never has two forms.
"""

from datetime import UTC, date, datetime

from tracker.board.members import MemberView
from tracker.board.motion import MotionView
from tracker.board.nudges import NudgeRow
from tracker.store.tables import SignatureEvent


def motion_object(view: MotionView) -> dict[str, object]:
    """Return the motion as `GET /api/v1/motions/{session}/{number}` gives it."""
    return {
        "session": view.session,
        "number": view.number,
        "parliament_id": view.parliament_id,
        "title": view.title,
        "text": view.text,
        "url": view.url,
        "tabled_on": iso_day(view.tabled_on),
        "state": view.state.value,
        "signature_count": view.signature_count,
        "withdrawn_count": view.withdrawn_count,
        "member_count": view.member_count,
        "eligible_count": view.eligible_count,
        "first_poll_at": iso_moment(view.first_poll_at),
        "last_poll_at": iso_moment(view.last_poll_at),
        "last_good_poll_at": iso_moment(view.last_good_poll_at),
        "last_changed_at": iso_moment(view.last_changed_at),
        "health": view.health.value,
        "health_note": view.health_note,
    }


def member_object(view: MemberView, *, url: str) -> dict[str, object]:
    """Return a Member as `…/members` gives them; `url` is our page (`member_url`)."""
    return {
        "member_id": view.member_id,
        "name": view.name,
        "party": view.party,
        "constituency": view.constituency,
        "ons_code": view.ons_code,
        "status": view.status.value,
        "why": view.why,
        "signed_on": iso_day(view.signed_on),
        "withdrawn_on": iso_day(view.withdrawn_on),
        "supporters": view.supporters,
        "url": url,
    }


def event_object(event: SignatureEvent) -> dict[str, object]:
    """Return a change of signature as `…/events` and `…/stream` give it."""
    return {
        "id": event.id,
        "kind": event.kind.value,
        "again": event.again,
        "member_id": event.member_id,
        "name": event.name,
        "party": event.party,
        "constituency": event.constituency,
        "happened_at": iso_moment(event.happened_at),
        "time_from": event.time_from.value,
        "observed_at": iso_moment(event.observed_at),
        "backfilled": event.backfilled,
    }


def member_url(base_url: str, session: str, number: int, member_id: int) -> str:
    """Return the address of our page about a Member and a motion."""
    return f"{base_url.rstrip('/')}/motions/{session}/{number}/mps/{member_id}"


def iso_moment(moment: datetime | None) -> str | None:
    """Return an aware moment as ISO 8601 in UTC with a Z, None as None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def iso_day(day: date | None) -> str | None:
    """Return a day as YYYY-MM-DD, None as None."""
    return day.isoformat() if day else None


def nudge_object(row: NudgeRow) -> dict[str, object]:
    """Return a row of the nudge list as `…/nudges` gives it, for staff only."""
    return {
        "member_id": row.member_id,
        "name": row.name,
        "party": row.party,
        "constituency": row.constituency,
        "status": row.status.value,
        "why": row.why,
        "supporters": row.supporters,
        "first_email_at": iso_moment(row.first_email_at),
        "last_email_at": iso_moment(row.last_email_at),
        "last_contact_at": iso_moment(row.last_contact_at),
        "call_back_on": iso_day(row.call_back_on),
        "replies_reported": row.replies_reported,
        "hints": [{"text": hint.text, "source": hint.source} for hint in row.hints],
        "phones": [
            {
                "label": way.label,
                "number": way.value,
                "checked_on": iso_day(way.checked_on),
            }
            for way in row.phones
        ],
        "emails": [
            {
                "label": way.label,
                "address": way.value,
                "checked_on": iso_day(way.checked_on),
            }
            for way in row.emails
        ],
    }
