"""The story of a correction: what staff write down of a Member, checked, kept, put back."""

from datetime import datetime

from tracker import store
from tracker.rules.corrections import (
    CorrectionError,
    CorrectionKind,
    checked_correction,
)
from tracker.store import Session
from tracker.store.corrected import (
    correction_changes,
    correction_value,
    record_correction_value,
)


def correct(
    session: Session,
    member_id: int,
    kind: CorrectionKind,
    text: str,
    *,
    by: str,
    at: datetime,
) -> bool:
    """Keep what staff wrote down (nothing: take it away); return whether it changed.

    CorrectionError if it can't be kept. The audit log has the Member and the kind.
    """
    _check_known(session, member_id)
    value = checked_correction(kind, text)
    return _record(session, member_id, kind, value, by=by, at=at)


def put_back(
    session: Session, member_id: int, change_id: int, *, by: str, at: datetime
) -> None:
    """Undo a change, by whomever; CorrectionError if the value was changed since."""
    _check_known(session, member_id)
    changes = correction_changes(session, member_id)
    change = next((one for one in changes if one.id == change_id), None)
    if change is None:
        raise CorrectionError("There is no such change to undo.")
    if correction_value(session, member_id, change.kind) != change.after:
        raise CorrectionError(
            "It was changed again since: undo the newer change first."
        )
    _record(session, member_id, change.kind, change.before, by=by, at=at)


def _record(
    session: Session,
    member_id: int,
    kind: CorrectionKind,
    value: str | None,
    *,
    by: str,
    at: datetime,
) -> bool:
    is_changed = record_correction_value(session, member_id, kind, value, by=by, at=at)
    if is_changed:
        detail = f"Member {member_id}, {kind}"
        store.record_audit(session, by, "correction changed", detail, at=at)
    return is_changed


def _check_known(session: Session, member_id: int) -> None:
    if not store.members_by_id(session, [member_id]):
        raise CorrectionError("No Member of this id is known here.")
