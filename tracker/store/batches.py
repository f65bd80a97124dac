"""A batch of an import written at the speed of the database: its constraints decide.

Owns the statements for people, emails, consents and tallies of many rows. What counts as
the same email is rules/intake.py's; here the unique constraints say the same, and tests
hold the two together. Call it within one transaction, under `lock_emails`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from tracker.rules.matching import Match, MatchInput, MatchMethod
from tracker.store.bulk import (
    moment_maker,
    moments_of,
    rows_in,
    run_many,
    sent_moments_of,
)
from tracker.store.emails import record_adopted
from tracker.store.imports import IMPORTED_VERSION, suppressed_until
from tracker.store.references import require_named
from tracker.store.tables import Way
from tracker.store.tallies import recount_member

FlatEmail = tuple[Any, ...]
"""An email as the driver takes it, made by FlatMaker. Its parts are slices, so that a
million are put into statements, and sent between processes, without being taken apart."""

_PERSON = slice(0, 5)  # email, name, seat's code, sent_at, person
_EMAIL = slice(3, 10)  # sent_at, person, Member, minute, Message-ID, subject, method
_REVIEW = slice(3, 17)  # … reason, suggestions, what it told, row_key
_SENT_AT, _PERSON_AT, _MEMBER_AT, _METHOD_AT, _ROW_KEY_AT = 3, 4, 5, 9, 16
_REASON_AT, _SUGGESTED_AT = 10, 11
_CONSENT_AT, _WORDING_AT = 17, 18
_MOST_TAILS = 50_000

_ADD_PERSON = """
INSERT INTO supporter
(ref, email, name, ons_code, last_act_at, email_key, created_at)
VALUES (?, ?, ?, ?, ?, ?, '{now}')
ON CONFLICT (email_key) DO UPDATE SET
name = coalesce(supporter.name, excluded.name),
ons_code = coalesce(supporter.ons_code, excluded.ons_code),
last_act_at = CASE WHEN excluded.last_act_at > supporter.last_act_at
THEN excluded.last_act_at ELSE supporter.last_act_at END
WHERE excluded.last_act_at > supporter.last_act_at
OR (supporter.name IS NULL AND excluded.name IS NOT NULL)
OR (supporter.ons_code IS NULL AND excluded.ons_code IS NOT NULL)"""
_ADD_EMAIL = """
INSERT INTO supporter_email
(sent_at, supporter_id, member_id, sent_minute, message_id, subject, method{more},
motion_id, import_id, way, state)
VALUES (?, (SELECT id FROM supporter WHERE email_key = ?), ?, ?, ?, ?, ?{marks},
{motion_id:d}, {import_id:d}, '{way}', '{state}')
ON CONFLICT DO NOTHING"""
_REVIEW_COLUMNS = (
    ", reason, suggested_ids, told_recipient, told_ons_code, told_constituency,"
    " told_name, row_key"
)
_FRESHEN_REVIEW = """
UPDATE supporter_email SET reason = ?, suggested_ids = ?
WHERE id = ? AND (coalesce(reason, '') <> ? OR coalesce(suggested_ids, '') <> ?)"""
_ADD_CONSENT = """
INSERT INTO consent (supporter_id, kind, wording, version, way, given_at)
SELECT id, 'reminders', ?, '{version}', '{way}', ? FROM supporter
WHERE email_key = ? AND NOT EXISTS (SELECT 1 FROM consent
WHERE consent.supporter_id = supporter.id AND kind = 'reminders' AND given_at >= ?)"""
_DROP_NAMELESS = """
DELETE FROM supporter WHERE id > :last AND NOT EXISTS
(SELECT 1 FROM supporter_email WHERE supporter_id = supporter.id)"""
# A supporter is new to a Member unless an older email of theirs counts for them; whoever
# came with this batch has none. Not grouped by person: SQLite would read an index of all emails
# in that order, where a range of ids is all that is needed.
ADD_TALLIES = """
INSERT INTO tally
(motion_id, member_id, supporter_count, email_count, first_email_at, last_email_at)
SELECT :motion, member_id, count(DISTINCT CASE WHEN supporter_id > :people
OR NOT EXISTS (SELECT 1 FROM supporter_email AS old
WHERE old.supporter_id = added.supporter_id AND old.member_id = added.member_id
AND old.motion_id = :motion AND old.id <= :last AND old.state = 'counted')
THEN supporter_id END), count(*), min(sent_at), max(sent_at)
FROM supporter_email AS added
WHERE id > :last AND import_id = :import AND state = 'counted'
GROUP BY member_id
ON CONFLICT (motion_id, member_id) DO UPDATE SET
supporter_count = tally.supporter_count + excluded.supporter_count,
email_count = tally.email_count + excluded.email_count,
first_email_at = CASE WHEN excluded.first_email_at < tally.first_email_at
THEN excluded.first_email_at ELSE tally.first_email_at END,
last_email_at = CASE WHEN excluded.last_email_at > tally.last_email_at
THEN excluded.last_email_at ELSE tally.last_email_at END"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch's emails."""

    counted_count: int = 0
    duplicate_count: int = 0
    review_count: int = 0


class FlatMaker:
    """Makes emails flat: called as `Candidate` is, it leaves out the step between."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._sent_moment = sent_moments_of(is_sqlite=is_sqlite)
        self._moment = moments_of(is_sqlite=is_sqlite)
        # By the match's id, with the match, so that no other one gets that id.
        self._tails: dict[int, tuple[FlatEmail, Match]] = {}

    def __call__(  # the parts of a Candidate, in its order
        self,
        person: str,
        email: str,
        name: str | None,
        told: MatchInput,
        match: Match,
        sent_at: datetime,
        minute: int,
        message_id: str | None,
        subject: str | None,
        row_key: str,
        consent_at: datetime | None,
        consent_wording: str | None,
    ) -> FlatEmail:
        """Return the email flat. `told` must be the same for the same `match` object."""
        tail = self._tails.get(id(match)) or self._tail(told, match)
        return (
            email,
            name,
            told.ons_code,
            self._sent_moment(sent_at, minute),
            person,
            match.member_id,
            minute,
            message_id,
            subject,
            *tail[0],
            row_key or None,
            self._moment(consent_at) if consent_at else None,
            consent_wording,
        )

    def _tail(self, told: MatchInput, match: Match) -> tuple[FlatEmail, Match]:
        """Make what emails that tell the same have in common, and remember it.

        Matches are remembered where they are made: some thousand are shared by a million
        emails.
        """
        if len(self._tails) >= _MOST_TAILS:
            self._tails.clear()
        made = self._tails[id(match)] = (_tail_of(told, match), match)
        return made


def member_order(email: FlatEmail) -> int:
    """Return what puts emails in the order of their Members, those without one first."""
    return email[_MEMBER_AT] or 0


def _tail_of(told: MatchInput, match: Match) -> FlatEmail:
    return (
        match.method.value if match.method else None,
        match.reason,
        ",".join(map(str, match.suggestions)) or None,
        told.recipient,
        told.ons_code,
        told.constituency,
        told.mp_name,
    )


def record_batch(
    session: Session,
    emails: Sequence[FlatEmail],
    *,
    motion_id: int,
    import_id: int,
    way: Way,
    now: datetime,
    refs: Sequence[str],
) -> Recorded:
    """Write the emails of a batch that are new, with their people and tallies.

    `refs` are for people who are new: at least as many as there are emails, ascending.

    Of emails that are the same, the first in the order given is written. One that waited
    in review and names a Member now is counted, unless staff decided about it.
    """
    members = {email[_MEMBER_AT] for email in emails} - {None}
    require_named(session, members, motion_id=motion_id, import_id=import_id)
    last_person, last_email = _last_ids(session)
    wanted = _without_suppressed(session, emails)
    consents = [email for email in wanted if email[_CONSENT_AT] is not None]
    new, adopted = _without_known_rows(session, wanted, motion_id)
    _add_people(session, new, refs, now)
    named = {"motion_id": motion_id, "import_id": import_id, "way": way.value}
    counted = _add_counted(session, new, named)
    review = _add_reviews(session, new, named)
    if counted + review < len(new):
        session.connection().execute(text(_DROP_NAMELESS), {"last": last_person})
    _add_consents(session, consents, way)
    given = {
        "motion": motion_id,
        "last": last_email,
        "people": last_person,
        "import": import_id,
    }
    session.connection().execute(text(ADD_TALLIES), given)
    session.expire_all()
    counted += adopted
    return Recorded(counted, len(emails) - counted - review, review)


def _last_ids(session: Session) -> tuple[int, int]:
    query = (
        "SELECT (SELECT max(id) FROM supporter), (SELECT max(id) FROM supporter_email)"
    )
    people, emails = session.connection().execute(text(query)).one()
    return people or 0, emails or 0


def _without_suppressed(
    session: Session, emails: Sequence[FlatEmail]
) -> Sequence[FlatEmail]:
    """Return the emails but those of who was erased, or let go after they were sent."""
    went = suppressed_until(session, {email[_PERSON_AT] for email in emails})
    if not went:
        return emails
    return [
        email
        for email in emails
        if email[_PERSON_AT] not in went
        or ((until_at := went[email[_PERSON_AT]]) and email[_SENT_AT] > until_at)
    ]


def _without_known_rows(
    session: Session, emails: Sequence[FlatEmail], motion_id: int
) -> tuple[Sequence[FlatEmail], int]:
    """Return the emails whose row is not there; count those there that wait no longer.

    One that waits on has the reason of today: what was missing may be there by now.
    """
    keys = {email[_ROW_KEY_AT] for email in emails} - {None}
    waiting = known_rows(session, motion_id, keys)
    if not waiting:
        return emails, 0
    new: list[FlatEmail] = []
    members: set[int] = set()
    waits_on: list[tuple[Any, ...]] = []
    adopted = 0
    for email in emails:
        key, member_id = email[_ROW_KEY_AT], email[_MEMBER_AT]
        if key not in waiting:
            new.append(email)
            continue
        email_id = waiting[key]
        if email_id is not None and member_id is not None:
            match = Match(member_id, MatchMethod(email[_METHOD_AT]))
            adopted += record_adopted(session, email_id, match)
            members.add(member_id)
            waiting[key] = None
        elif email_id is not None:
            why, whom = email[_REASON_AT], email[_SUGGESTED_AT]
            waits_on.append((why, whom, email_id, why or "", whom or ""))
    run_many(session, _FRESHEN_REVIEW, waits_on)
    for member_id in members:
        recount_member(session, motion_id, member_id)
    return new, adopted


def known_rows(
    session: Session, motion_id: int, keys: set[str]
) -> dict[str, int | None]:
    """Return which row keys are there, with the email's id while it waits undecided."""
    query = (
        "SELECT row_key, CASE WHEN state = 'review' AND member_id IS NULL"
        " AND decided_by IS NULL THEN id END FROM supporter_email"
        " WHERE motion_id = :motion AND row_key {values} AND row_key IS NOT NULL"
    )
    return {row[0]: row[1] for row in rows_in(session, query, keys, motion=motion_id)}


def _add_people(
    session: Session, emails: Sequence[FlatEmail], refs: Sequence[str], now: datetime
) -> None:
    # In the order of both indexes; sorting keeps that of the file for each person.
    ordered = sorted(emails, key=itemgetter(_PERSON_AT))
    statement = _ADD_PERSON.format(now=moment_maker(session)(now))
    given = zip(refs[: len(ordered)], ordered, strict=True)
    people = [(ref, *email[_PERSON]) for ref, email in given]
    run_many(session, statement, people)


def _add_counted(
    session: Session, emails: Sequence[FlatEmail], named: dict[str, Any]
) -> int:
    # By Member, so that few pages of the index change. What is the same email is so for
    # one Member, and for one Member the order of the file stays.
    counted = [email for email in emails if email[_MEMBER_AT] is not None]
    counted.sort(key=member_order)
    statement = _ADD_EMAIL.format(more="", marks="", state="counted", **named)
    return run_many(session, statement, [email[_EMAIL] for email in counted])


def _add_reviews(
    session: Session, emails: Sequence[FlatEmail], named: dict[str, Any]
) -> int:
    waiting = [email[_REVIEW] for email in emails if email[_MEMBER_AT] is None]
    marks = ", ?" * _REVIEW_COLUMNS.count(",")
    statement = _ADD_EMAIL.format(
        more=_REVIEW_COLUMNS, marks=marks, state="review", **named
    )
    return run_many(session, statement, waiting)


def _add_consents(session: Session, emails: Sequence[FlatEmail], way: Way) -> None:
    statement = _ADD_CONSENT.format(version=IMPORTED_VERSION, way=way.value)
    values = [
        (
            email[_WORDING_AT],
            email[_CONSENT_AT],
            email[_PERSON_AT],
            email[_CONSENT_AT],
        )
        for email in emails
    ]
    run_many(session, statement, values)
