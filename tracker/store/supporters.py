"""Supporters: how a person is found again, and what they agreed to.

People are found by `email_key`, a keyed hash of their address (tracker/keys.py); this
module never sees a key. Erasing is not here.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

import sqlalchemy
from sqlmodel import Session, col, select

from tracker.keys import new_refs
from tracker.store.bulk import run_many
from tracker.store.tables import (
    Consent,
    ConsentKind,
    Supporter,
    Suppressed,
    Way,
)


def supporter_by_key(session: Session, email_key: str) -> Supporter | None:
    """Return the supporter with this address's keyed hash, None if nobody has it."""
    return session.exec(
        select(Supporter).where(Supporter.email_key == email_key)
    ).one_or_none()


def known_people(
    session: Session, email_keys: Collection[str]
) -> dict[str, tuple[int, str]]:
    """Return id and reference of those who have one of these keyed hashes, by it."""
    rows = session.connection().execute(
        sqlalchemy.select(
            col(Supporter.email_key), col(Supporter.id), col(Supporter.ref)
        ).where(col(Supporter.email_key).in_(list(email_keys)))
    )
    return {
        key: (person_id, ref)
        for key, person_id, ref in rows
        if key is not None and person_id is not None
    }


def supporter_by_ref(session: Session, ref: str) -> Supporter | None:
    """Return the supporter that other programs know by this reference."""
    return session.exec(select(Supporter).where(Supporter.ref == ref)).one_or_none()


def supporters_by_id(session: Session, ids: Iterable[int]) -> dict[int, Supporter]:
    """Return the supporters among `ids`, keyed by id."""
    found = session.exec(select(Supporter).where(col(Supporter.id).in_(list(ids))))
    return {person.id: person for person in found if person.id is not None}


def somebody_known(session: Session) -> tuple[str, str] | None:
    """Return the address and its keyed hash of who came last, None if nobody is known."""
    found = session.exec(
        select(Supporter.email, Supporter.email_key)
        .where(col(Supporter.email).is_not(None), col(Supporter.email_key).is_not(None))
        .order_by(col(Supporter.id).desc())
        .limit(1)
    ).first()
    return (found[0] or "", found[1] or "") if found else None


def change_email_keys(session: Session, key_of: Callable[[str], str]) -> int:
    """Give everybody the keyed hash that `key_of` makes of their address; return how many."""
    count, after_id = 0, 0
    while True:
        rows = session.exec(
            select(Supporter.id, Supporter.email)
            .where(col(Supporter.id) > after_id, col(Supporter.email).is_not(None))
            .order_by(col(Supporter.id))
            .limit(10_000)
        ).all()
        if not rows:
            return count
        values = [(key_of(email or ""), row_id) for row_id, email in rows]
        run_many(session, "UPDATE supporter SET email_key = ? WHERE id = ?", values)
        count, after_id = count + len(rows), rows[-1][0] or 0


def is_suppressed(session: Session, email_key: str) -> bool:
    """Return whether this person was erased: imports do not bring them back."""
    found = session.get(Suppressed, email_key)
    return found is not None and found.until_at is None


def record_supporter(
    session: Session,
    *,
    email_key: str,
    email: str,
    at: datetime,
    name: str | None = None,
    postcode: str | None = None,
    address: str | None = None,
    ons_code: str | None = None,
) -> Supporter:
    """Return the person of that address, added if new; what is told now replaces what was.

    Call it only for what the person themself did: one who was erased may come back so.
    """
    person = supporter_by_key(session, email_key)
    if person is None:
        person = Supporter(
            ref=new_refs(at, 1)[0],
            email_key=email_key,
            created_at=at,
            last_act_at=at,
        )
    person.email, person.name = email, name or person.name
    person.postcode = postcode or person.postcode
    person.address = address or person.address
    person.ons_code = ons_code or person.ons_code
    person.last_act_at = max(person.last_act_at, at)
    session.add(person)
    session.flush()
    return person


def record_consent(
    session: Session,
    supporter_id: int,
    kind: ConsentKind,
    *,
    wording: str,
    version: str,
    way: Way,
    given_at: datetime,
) -> Consent | None:
    """Keep that a person agreed; None if they agreed at that time or later already.

    So reading the same file again changes nothing, and brings back no consent that was
    withdrawn since.
    """
    newest = session.exec(
        select(Consent)
        .where(Consent.supporter_id == supporter_id, Consent.kind == kind)
        .where(col(Consent.awaits_email_id).is_(None))
        .order_by(col(Consent.given_at).desc())
        .limit(1)
    ).first()
    if newest is not None and newest.given_at >= given_at:
        return None
    consent = Consent(
        supporter_id=supporter_id,
        kind=kind,
        wording=wording,
        version=version,
        way=way,
        given_at=given_at,
    )
    session.add(consent)
    session.flush()
    return consent


def has_agreed(session: Session, supporter_id: int, kind: ConsentKind) -> bool:
    """Return whether a consent of that kind is in force."""
    found = session.exec(
        select(Consent.id)
        .where(Consent.supporter_id == supporter_id, Consent.kind == kind)
        .where(col(Consent.withdrawn_at).is_(None))
        .where(col(Consent.awaits_email_id).is_(None))
        .limit(1)
    ).first()
    return found is not None
