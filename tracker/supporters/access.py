"""All that is known of one person, for their right of access: whole and machine-readable.

For staff, who answer such a request and keep in the audit log that they did. MPs and
motions are named in words, so that the person can read it. What the drop mailbox holds
is not looked at here, and the answer says so.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from tracker import store
from tracker.keys import email_key
from tracker.store import Session
from tracker.store.tables import (
    FollowUp,
    Member,
    Message,
    Motion,
    SignAlert,
    SupporterEmail,
    SupporterReport,
)

_OURS = {"email_key", "row_key", "dedupe_key", "claimed_by"}
"""Columns that name nobody to anybody but this program: no part of the answer."""
_NOT_INCLUDED = (
    "backups",
    "files that staff exported, or imported from, and keep themselves",
    "what the MP's office has received",
)


def person_data(
    session: Session, key: bytes, email: str, drop_address: str = ""
) -> dict[str, Any]:
    """Return everything held about the person with that address, as JSON's own types.

    `is_known` is false if there is nothing; `erased_at` is set for who was erased, and
    `let_go_at` for whose data went when their time was over: of either only a keyed hash
    of the address is kept. Moments are ISO 8601 in UTC. `told_to_programs` is of the last
    31 days, `looked_at` without the names of who looked, `not_included` what this
    program cannot look into. `drop_address` is mail.drop_address.
    """
    found = store.whole_person(session, email_key(key, email))
    about: list[_Row] = [*found.emails, *found.messages]
    names = _Names(session, [*about, *found.reports, *found.follow_ups, *found.alerts])
    went = found.suppressed
    is_known = any((found.supporter, found.suppressed, found.pending_erasure))
    return {
        "email": email,
        "is_known": is_known,
        "erased_at": _plain(went.erased_at if went and not went.until_at else None),
        "let_go_at": _plain(went.until_at if went else None),
        "is_erasure_pending": found.pending_erasure is not None,
        "supporter": _cells(found.supporter.model_dump()) if found.supporter else None,
        "consents": [_cells(row.model_dump()) for row in found.consents],
        "emails": [_cells(row.model_dump()) | names.of(row) for row in found.emails],
        "messages": [
            _cells(row.model_dump()) | names.of(row) for row in found.messages
        ],
        "reports": [_cells(row.model_dump()) | names.of(row) for row in found.reports],
        "follow_ups": [
            _cells(row.model_dump()) | names.of(row) for row in found.follow_ups
        ],
        "alerts": [_cells(row.model_dump()) | names.of(row) for row in found.alerts],
        "sources": [_cells(row.model_dump()) for row in found.imports],
        "told_to_programs": [store.outgoing_object(row) for row in found.told],
        "looked_at": [
            {"at": _plain(row.at), "action": row.action} for row in found.looks
        ],
        "staff_texts": list(found.texts),
        "not_included": [*_NOT_INCLUDED, *_mailbox(drop_address)],
    }


def _mailbox(drop_address: str) -> list[str]:
    if not drop_address:
        return []
    return [
        f"copies of emails in the mailbox of {drop_address}, until they are deleted"
    ]


_Row = SupporterEmail | Message | SupporterReport | FollowUp | SignAlert


class _Names:
    """Who the Members and which the motions are that rows point to."""

    def __init__(self, session: Session, rows: Iterable[_Row]) -> None:
        ids = {row.member_id for row in rows if row.member_id is not None}
        self._members: Mapping[int, Member] = store.members_by_id(session, ids)
        self._motions: dict[int | None, Motion] = {
            motion.id: motion for motion in store.all_motions(session)
        }

    def of(self, row: _Row) -> dict[str, Any]:
        member = self._members.get(row.member_id or 0)
        motion = self._motions.get(row.motion_id)
        return {
            "member": member.name if member else None,
            "motion": f"EDM {motion.number} of {motion.session}" if motion else None,
        }


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items() if name not in _OURS}


def _plain(value: object) -> object:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value
