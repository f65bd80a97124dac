"""Runs of imports, what is known of some emails, and writing a plan for them down.

What is new in a plan was decided in rules/intake.py; a large file's batches are written
in batches.py. Call `known_of` and `record_plan` in one transaction, under `lock_emails`.
"""

import json
from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, text
from sqlmodel import Session, case, col, func, update

from tracker.keys import new_refs
from tracker.rules.intake import Candidate, Known, Plan, Telling, telling
from tracker.store.bulk import (
    insert_rows,
    moment_maker,
    moment_of,
    reserve_ids,
    rows_in,
)
from tracker.store.emails import record_adopted
from tracker.store.engine import is_sqlite
from tracker.store.supporters import record_consent
from tracker.store.tables import (
    ConsentKind,
    EmailState,
    Import,
    Supporter,
    SupporterEmail,
    Way,
)
from tracker.store.tables.types import UtcDateTime
from tracker.store.tallies import MemberTally, add_to_tallies

_PERSON_COLUMNS = (
    *("id", "ref", "email_key", "email", "name", "ons_code"),
    *("created_at", "last_act_at"),
)
_EMAIL_COLUMNS = (
    *("id", "motion_id", "member_id", "supporter_id", "sent_at", "sent_minute"),
    *("message_id", "subject", "import_id", "way", "state", "method"),
)
_TOLD_COLUMNS = (
    *("reason", "suggested_ids", "row_key", "told_recipient", "told_ons_code"),
    *("told_constituency", "told_name"),
)

IMPORTED_VERSION = "imported"
"""The version kept with a consent whose wording another system showed."""

# Pairs as JSON: one parameter, however many. The index is asked once for each.
_SQLITE_PAIRS = """
SELECT email.member_id, email.message_id
FROM json_each(:pairs) AS pair CROSS JOIN supporter_email AS email
ON email.motion_id = :motion AND email.member_id = pair.value ->> 0
AND email.message_id = pair.value ->> 1"""
_POSTGRES_PAIRS = """
SELECT email.member_id, email.message_id
FROM jsonb_array_elements(CAST(:pairs AS jsonb)) AS pair
JOIN supporter_email AS email
ON email.motion_id = :motion AND email.member_id = CAST(pair ->> 0 AS integer)
AND email.message_id = pair ->> 1"""


def start_import(session: Session, source: str, at: datetime) -> int:
    """Keep that an import began, and where its data come from; return its id."""
    run = Import(source=source, started_at=at)
    session.add(run)
    session.flush()
    assert run.id is not None, "a flushed row has an id"
    return run.id


def record_import_counts(
    session: Session,
    import_id: int,
    counts: dict[str, int],
    finished_at: datetime | None = None,
) -> None:
    """Keep how far an import has come; one that was killed has no `finished_at`."""
    run = session.get_one(Import, import_id)
    for column, count in counts.items():
        setattr(run, column, count)
    run.finished_at = finished_at
    session.add(run)
    session.flush()


def tellings_kept(
    session: Session, motion_id: int, most: int
) -> frozenset[Telling] | None:
    """Return what those emails told that came without a Member, whoever has them now.

    None if they told more than `most` different things.
    """
    query = text(
        "SELECT DISTINCT told_recipient, told_constituency, told_name"
        " FROM supporter_email WHERE motion_id = :motion AND row_key IS NOT NULL"
        " LIMIT :limit"
    )
    given = {"motion": motion_id, "limit": most + 1}
    found = session.connection().execute(query, given).all()
    if len(found) > most:
        return None
    return frozenset(telling(*told) for told in found)


def known_of(
    session: Session,
    motion_id: int,
    candidates: Sequence[Candidate],
) -> tuple[Known, dict[str, int]]:
    """Return what the database has about the candidates, and the people's ids."""
    people = {candidate.person for candidate in candidates}
    ids = _people_ids(session, people)
    asked, minutes = _emails_of(session, motion_id, ids)
    known = Known(
        people=ids.keys(),
        suppressed={
            person: moment_of(until_at) if until_at else None
            for person, until_at in suppressed_until(session, people).items()
        },
        row_keys=_row_keys(session, motion_id, candidates),
        asked=asked,
        minutes=minutes,
        message_ids=_message_ids(session, motion_id, candidates),
    )
    return known, ids


def record_plan(
    session: Session,
    plan: Plan,
    *,
    motion_id: int,
    import_id: int,
    way: Way,
    people_ids: dict[str, int],
    now: datetime,
) -> None:
    """Write the people, emails, consents and tallies of a batch."""
    ids = {**people_ids, **_add_people(session, plan, now)}
    _add_emails(session, plan.added, motion_id, import_id, way, ids)
    for email_id, candidate in plan.adopted:
        record_adopted(session, email_id, candidate.match)
    _freshen_people(session, plan, people_ids)
    for candidate in plan.consents:
        _add_consent(session, candidate, ids, way)
    add_to_tallies(
        session,
        [
            MemberTally(
                motion_id,
                member_id,
                added.supporter_count,
                added.email_count,
                added.first_email_at,
                added.last_email_at,
            )
            for member_id, added in sorted(plan.tallies.items())
        ],
    )


def _people_ids(session: Session, people: Set[str]) -> dict[str, int]:
    query = "SELECT email_key, id FROM supporter WHERE email_key {values}"
    return {row[0]: row[1] for row in rows_in(session, query, sorted(people))}


def suppressed_until(session: Session, people: Set[str]) -> dict[str, Any]:
    """Return who of the people went, with the driver's value of `until_at`."""
    any_row = session.connection().scalar(text("SELECT 1 FROM suppressed LIMIT 1"))
    if any_row is None:
        return {}
    query = "SELECT email_key, until_at FROM suppressed WHERE email_key {values}"
    return {row[0]: row[1] for row in rows_in(session, query, people)}


def _row_keys(
    session: Session, motion_id: int, candidates: Sequence[Candidate]
) -> dict[str, int | None]:
    keys = {candidate.row_key for candidate in candidates if candidate.row_key}
    query = (
        "SELECT row_key, CASE WHEN state = 'review' AND member_id IS NULL"
        " AND decided_by IS NULL THEN id END FROM supporter_email"
        " WHERE motion_id = :motion AND row_key {values} AND row_key IS NOT NULL"
    )
    return {row[0]: row[1] for row in rows_in(session, query, keys, motion=motion_id)}


def _emails_of(
    session: Session, motion_id: int, ids: dict[str, int]
) -> tuple[set[tuple[str, int]], set[tuple[str, int, int]]]:
    """Return whom the people have asked, and the minutes of all their emails."""
    by_id = {supporter_id: person for person, supporter_id in ids.items()}
    asked: set[tuple[str, int]] = set()
    minutes: set[tuple[str, int, int]] = set()
    query = (
        "SELECT supporter_id, member_id, sent_minute, state FROM supporter_email"
        " WHERE supporter_id {values} AND motion_id = :motion"
        " AND member_id IS NOT NULL"
    )
    for row in rows_in(session, query, sorted(by_id), motion=motion_id):
        person = by_id[row[0]]
        minutes.add((person, row[1], row[2]))
        if row[3] == EmailState.COUNTED:
            asked.add((person, row[1]))
    return asked, minutes


def _message_ids(
    session: Session, motion_id: int, candidates: Sequence[Candidate]
) -> set[tuple[int, str]]:
    """Return which pairs of Member and Message-ID are stored already."""
    wanted = [
        (candidate.match.member_id, candidate.message_id)
        for candidate in candidates
        if candidate.match.member_id is not None and candidate.message_id is not None
    ]
    if not wanted:
        return set()
    connection = session.connection()
    query = _SQLITE_PAIRS if is_sqlite(connection) else _POSTGRES_PAIRS
    given = {"pairs": json.dumps(wanted), "motion": motion_id}
    return {(row[0], row[1]) for row in connection.execute(text(query), given)}


def _add_people(session: Session, plan: Plan, now: datetime) -> dict[str, int]:
    """Insert new people in the order of their keys, which is that of the index."""
    persons = sorted(plan.people)
    ids = reserve_ids(session, Supporter, len(persons))
    moment = moment_maker(session)
    created_at = moment(now)
    rows = []
    for supporter_id, ref, person in zip(
        ids, new_refs(now, len(persons)), persons, strict=True
    ):
        first = plan.people[person]
        code, last_act_at = first.told.ons_code, moment(first.sent_at)
        who = (first.email, first.name, code)
        rows.append((supporter_id, ref, person, *who, created_at, last_act_at))
    insert_rows(session, Supporter, _PERSON_COLUMNS, rows)
    return dict(zip(persons, ids, strict=True))


def _add_emails(
    session: Session,
    added: Sequence[Candidate],
    motion_id: int,
    import_id: int,
    way: Way,
    people_ids: dict[str, int],
) -> None:
    moment = moment_maker(session)
    ordered = sorted(added, key=_index_order)
    ids = reserve_ids(session, SupporterEmail, len(ordered))
    run, state = (import_id, way.value), EmailState.COUNTED.value
    counted: list[tuple[Any, ...]] = []
    waiting: list[tuple[Any, ...]] = []
    for email_id, email in zip(ids, ordered, strict=True):
        match = email.match
        row = (
            email_id,
            motion_id,
            match.member_id,
            people_ids[email.person],
            moment(email.sent_at),
            email.minute,
            email.message_id,
            email.subject,
            *run,
        )
        if match.method is not None:
            counted.append((*row, state, match.method.value))
        else:
            waiting.append((*row, EmailState.REVIEW.value, None, *_told(email)))
    insert_rows(session, SupporterEmail, _EMAIL_COLUMNS, counted)
    insert_rows(session, SupporterEmail, (*_EMAIL_COLUMNS, *_TOLD_COLUMNS), waiting)


def _told(email: Candidate) -> tuple[str | None, ...]:
    """Return what is kept of an email without a Member, to match it again."""
    told, match = email.told, email.match
    suggested = ",".join(map(str, match.suggestions)) or None
    return (
        match.reason,
        suggested,
        email.row_key,
        told.recipient,
        told.ons_code,
        told.constituency,
        told.mp_name,
    )


def _index_order(email: Candidate) -> tuple[int, str]:
    return (email.match.member_id or 0, email.message_id or "")


def _freshen_people(session: Session, plan: Plan, people_ids: dict[str, int]) -> None:
    """Move on the last act of people who were known or wrote more than once."""
    newest: dict[str, Candidate] = {}
    for email in plan.added:
        known = newest.get(email.person)
        if known is None or known.sent_at < email.sent_at:
            newest[email.person] = email
    values = [
        {
            "person": person,
            "at": email.sent_at,
            "name": email.name,
            "code": email.told.ons_code,
        }
        for person, email in newest.items()
        if person in people_ids or plan.people[person] is not email
    ]
    if not values:
        return
    last = col(Supporter.last_act_at)
    at = bindparam("at", type_=UtcDateTime())
    name, code = (bindparam(told, type_=String()) for told in ("name", "code"))
    session.connection().execute(
        update(Supporter)
        .where(col(Supporter.email_key) == bindparam("person"))
        .values(
            last_act_at=case((last < at, at), else_=last),
            name=func.coalesce(col(Supporter.name), name),
            ons_code=func.coalesce(col(Supporter.ons_code), code),
        ),
        values,
    )


def _add_consent(
    session: Session, email: Candidate, ids: dict[str, int], way: Way
) -> None:
    """Keep an agreement to reminders that came with an email (both columns there)."""
    supporter_id = ids.get(email.person)
    if supporter_id is None or not email.consent_at or not email.consent_wording:
        return
    record_consent(
        session,
        supporter_id,
        ConsentKind.REMINDERS,
        wording=email.consent_wording,
        version=IMPORTED_VERSION,
        way=way,
        given_at=email.consent_at,
    )
