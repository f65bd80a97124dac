"""What a batch of incoming emails changes: which are new, counted twice, or for review.

Pure: candidates and what the database knows of them in, a plan out. The same plan is
carried out by an import and only counted by a dry run.
"""

import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tracker.rules.matching import Match, MatchInput


# A named tuple, not a dataclass: a million of them are made.
class Candidate(NamedTuple):
    """One email to one Member, or to nobody known, before it is stored.

    `person` is the keyed hash of the supporter's address, `row_key` that of the row's
    cells ("" where neither needs it). `minute` is minutes since 1970 UTC.
    """

    person: str
    email: str
    name: str | None
    told: MatchInput
    match: Match
    sent_at: datetime
    minute: int
    message_id: str | None
    subject: str | None
    row_key: str
    consent_at: datetime | None
    consent_wording: str | None


Telling = tuple[str, str, str]
"""What an email told of its Member: recipient, constituency and name, "" for nothing."""


def telling(
    recipient: str | None, constituency: str | None, mp_name: str | None
) -> Telling:
    """Return what was told, as rows are compared: two of one row tell the same."""
    return (_plain(recipient), _plain(constituency), _plain(mp_name))


@dataclass(frozen=True, slots=True)
class Known:
    """What the database has about a batch's candidates, for one motion.

    `row_keys` gives the email's id while it waits in review and nobody decided about it,
    else None. `suppressed` is who went, with until when their emails are kept out (None:
    for ever). `asked` is who has a counted email to whom; `minutes` and `message_ids`
    are those of emails of any state.
    """

    people: Set[str] = frozenset()
    suppressed: Mapping[str, datetime | None] = field(default_factory=dict)
    row_keys: Mapping[str, int | None] = field(default_factory=dict)
    asked: Set[tuple[str, int]] = frozenset()
    minutes: Set[tuple[str, int, int]] = frozenset()
    message_ids: Set[tuple[int, str]] = frozenset()


@dataclass(slots=True)
class Added:
    """What a batch adds to one Member's tally."""

    supporter_count: int
    email_count: int
    first_email_at: datetime
    last_email_at: datetime


@dataclass(slots=True)
class Seen:
    """What earlier batches of the same run brought; only a dry run needs to remember."""

    people: set[int] = field(default_factory=set)
    emails: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Plan:
    """What to write: emails to add, reviews that now name a Member, tallies, people.

    `people` are those to add, by their first email; `consents` holds one email for each
    agreement, also of people whose email was a duplicate.
    """

    added: list[Candidate] = field(default_factory=list)
    adopted: list[tuple[int, Candidate]] = field(default_factory=list)
    people: dict[str, Candidate] = field(default_factory=dict)
    consents: list[Candidate] = field(default_factory=list)
    tallies: dict[int, Added] = field(default_factory=dict)
    counted_count: int = 0
    duplicate_count: int = 0
    review_count: int = 0


def plan_batch(
    candidates: Sequence[Candidate], known: Known, seen: Seen | None = None
) -> Plan:
    """Return what the candidates, in the order of their file, change.

    The same email is: the same cells of a row without a Member; the same Member and
    Message-ID; the same Member, person and minute. `seen` is added to.
    """
    plan = Plan()
    here = seen or Seen()
    asked = set(known.asked)
    for candidate in candidates:
        if is_kept_out(candidate, known):
            plan.duplicate_count += 1
            continue
        if candidate.consent_at is not None:
            plan.consents.append(candidate)
        if _is_known(candidate, known) or not _is_first(candidate, here.emails):
            plan.duplicate_count += 1
            continue
        _take(plan, candidate, known, asked)
    _add_people(plan, known)
    return plan


def is_kept_out(candidate: Candidate, known: Known) -> bool:
    """Return whether the person was erased, or let go after this email was sent."""
    if candidate.person not in known.suppressed:
        return False
    until_at = known.suppressed[candidate.person]
    return until_at is None or candidate.sent_at <= until_at


def _is_known(candidate: Candidate, known: Known) -> bool:
    """Return whether the database has this email already."""
    member_id = candidate.match.member_id
    if candidate.row_key in known.row_keys:
        waiting = known.row_keys[candidate.row_key]
        if member_id is None or waiting is None:
            return True
    if member_id is None:
        return False
    return (
        candidate.person,
        member_id,
        candidate.minute,
    ) in known.minutes or (member_id, candidate.message_id) in known.message_ids


def _is_first(candidate: Candidate, emails: set[int]) -> bool:
    """Return whether no email before it in this run is the same, and remember it.

    Hashes are remembered: 64 bits for each of a million.
    """
    member_id = candidate.match.member_id
    if member_id is None:
        own = {hash(("row", candidate.row_key))}
    else:
        own = {hash((candidate.person, member_id, candidate.minute))}
        if candidate.message_id is not None:
            own.add(hash((member_id, candidate.message_id)))
    if not own.isdisjoint(emails):
        return False
    emails |= own
    return True


def _take(
    plan: Plan, candidate: Candidate, known: Known, asked: set[tuple[str, int]]
) -> None:
    member_id = candidate.match.member_id
    if member_id is None:
        plan.added.append(candidate)
        plan.review_count += 1
        return
    waiting = known.row_keys.get(candidate.row_key)
    if waiting is None:
        plan.added.append(candidate)
    else:
        plan.adopted.append((waiting, candidate))
    plan.counted_count += 1
    at = candidate.sent_at
    tally = plan.tallies.get(member_id)
    if tally is None:
        tally = plan.tallies[member_id] = Added(0, 0, at, at)
    tally.email_count += 1
    tally.first_email_at = min(tally.first_email_at, at)
    tally.last_email_at = max(tally.last_email_at, at)
    pair = (candidate.person, member_id)
    if pair not in asked:
        asked.add(pair)
        tally.supporter_count += 1


def _plain(text: str | None) -> str:
    return unicodedata.normalize("NFC", text or "")


def _add_people(plan: Plan, known: Known) -> None:
    for candidate in plan.added:
        if candidate.person not in known.people:
            plan.people.setdefault(candidate.person, candidate)
