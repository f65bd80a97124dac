"""Everything that the database holds about one person, table by table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlmodel import Session, col, select

from tracker.store.audit import about_supporter
from tracker.store.staff_texts import texts_with
from tracker.store.supporters import supporter_by_key
from tracker.store.tables import (
    AuditEntry,
    Consent,
    FollowUp,
    Import,
    Message,
    OutgoingEvent,
    PendingErasure,
    SignAlert,
    Supporter,
    SupporterEmail,
    SupporterReport,
    Suppressed,
)

Row = TypeVar(
    "Row", Consent, SupporterEmail, Message, SupporterReport, FollowUp, SignAlert
)


@dataclass(frozen=True, slots=True)
class WholePerson:
    """All rows about a person; what is not there is None or empty.

    `told` went to other programs with the person's reference, `looks` is what staff and
    programs did about them, `texts` is what staff wrote by hand with their name or
    address in it. A new table with somebody in it belongs here, into erasing.py, and into the tests of
    both, which look at every column of every table.
    """

    supporter: Supporter | None
    consents: Sequence[Consent]
    emails: Sequence[SupporterEmail]
    messages: Sequence[Message]
    reports: Sequence[SupporterReport]
    follow_ups: Sequence[FollowUp]
    alerts: Sequence[SignAlert]
    imports: Sequence[Import]
    told: Sequence[OutgoingEvent]
    looks: Sequence[AuditEntry]
    texts: Sequence[str]
    suppressed: Suppressed | None
    pending_erasure: PendingErasure | None


def whole_person(session: Session, email_key: str) -> WholePerson:
    """Return every row about the person with this keyed hash of their address."""
    supporter = supporter_by_key(session, email_key)
    supporter_id = supporter.id if supporter is not None else None
    emails = _rows(session, SupporterEmail, supporter_id)
    runs = {email.import_id for email in emails if email.import_id is not None}
    return WholePerson(
        supporter=supporter,
        consents=_rows(session, Consent, supporter_id),
        emails=emails,
        messages=_rows(session, Message, supporter_id),
        reports=_rows(session, SupporterReport, supporter_id),
        follow_ups=_rows(session, FollowUp, supporter_id),
        alerts=_rows(session, SignAlert, supporter_id),
        imports=session.exec(
            select(Import).where(col(Import.id).in_(runs)).order_by(col(Import.id))
        ).all(),
        told=_told(session, supporter),
        looks=_looks(session, supporter),
        texts=texts_with(session, _names(supporter)),
        suppressed=session.get(Suppressed, email_key),
        pending_erasure=session.get(PendingErasure, email_key),
    )


def _rows(
    session: Session, table: type[Row], supporter_id: int | None
) -> Sequence[Row]:
    if supporter_id is None:
        return []
    return session.exec(
        select(table).where(table.supporter_id == supporter_id).order_by(col(table.id))
    ).all()


def _told(session: Session, person: Supporter | None) -> Sequence[OutgoingEvent]:
    """Return what is kept of what other programs were told, with the reference in it."""
    if person is None:
        return []
    return session.exec(
        select(OutgoingEvent)
        .where(col(OutgoingEvent.data).contains(f'"{person.ref}"', autoescape=True))
        .order_by(col(OutgoingEvent.id))
    ).all()


def _looks(session: Session, person: Supporter | None) -> Sequence[AuditEntry]:
    if person is None:
        return []
    return session.exec(
        select(AuditEntry)
        .where(AuditEntry.detail == about_supporter(person.ref))
        .order_by(col(AuditEntry.id))
    ).all()


def _names(person: Supporter | None) -> list[str]:
    found = [person.name, person.email] if person is not None else []
    return [one for one in found if one]
