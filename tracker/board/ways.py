"""How offices are reached: phones and addresses with their labels, as they were read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from tracker import store
from tracker.store import Session


@dataclass(frozen=True, slots=True)
class Way:
    """A phone number or an email address of an office, and when it was last read."""

    label: str
    value: str
    checked_on: date


def ways_of(
    session: Session, member_ids: Iterable[int]
) -> Mapping[int, tuple[tuple[Way, ...], tuple[Way, ...]]]:
    """Return the phones and the email addresses of each Member who has any, by id."""
    found = store.contacts_by_member(session, member_ids)

    def of_kind(member_id: int, kind: str) -> tuple[Way, ...]:
        return tuple(
            Way(contact.label, contact.value, contact.checked_on)
            for contact in found[member_id]
            if contact.kind == kind
        )

    return {key: (of_kind(key, "phone"), of_kind(key, "email")) for key in found}
