"""A supporter's own page: what is known of them, and what they can change there.

Whoever has the link is that person; nothing here asks for more. Each change can be
repeated, and changes nothing the second time. Erasing is in erasure.py.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.outbox.links import Links
from tracker.rules.sending import NO_CONSENT
from tracker.store import AlertFacts, Engine, Letter, Session
from tracker.store.tables import (
    Consent,
    ConsentKind,
    FollowUp,
    FollowUpState,
    Member,
    Message,
    Motion,
    Supporter,
    SupporterReport,
)

STOPPED = (ConsentKind.REMINDERS, ConsentKind.CAMPAIGNS)
"""What "stop all emails" takes back; alerts about other MPs stop with it."""


@dataclass(frozen=True, slots=True)
class SentLetter:
    """One email of a person with whom and what it is about; None where not known."""

    letter: Letter
    motion: Motion
    member: Member | None


@dataclass(frozen=True, slots=True)
class OwnPage:
    """A person: their emails, what they reported and were sent (all newest first), and
    what they agreed to."""

    supporter: Supporter
    letters: Sequence[SentLetter]
    consents: Sequence[Consent]
    reports: Sequence[SupporterReport]
    reminders: Sequence[Message]
    alerts: Sequence[AlertFacts]
    follow_ups: Sequence[FollowUp]

    def settled_rules(self, sent: SentLetter) -> frozenset[str]:
        """Return the follow-up rules about a letter's MP that have nothing more to come."""
        email = sent.letter.email
        return frozenset(
            one.rule
            for one in self.follow_ups
            if (one.motion_id, one.member_id) == (email.motion_id, email.member_id)
            and one.state is not FollowUpState.PLANNED
        )

    def in_force(self, kind: ConsentKind) -> bool:
        """Return whether they agreed and did not take it back."""
        return any(c.kind is kind and c.withdrawn_at is None for c in self.consents)


def own_page(session: Session, links: Links, token: str) -> OwnPage | None:
    """Return what the page shows; None for an unknown link or an erased person."""
    person = person_of(session, links, token)
    if person is None or person.id is None:
        return None
    letters = store.letters_of(session, person.id)
    return OwnPage(
        supporter=person,
        letters=[
            SentLetter(
                letter,
                session.get_one(Motion, letter.email.motion_id),
                session.get(Member, letter.email.member_id or 0),
            )
            for letter in letters
        ],
        consents=store.consents_of(session, person.id),
        reports=store.reports_of(session, person.id),
        reminders=store.reminders_of(session, person.id),
        alerts=store.alerts_of(session, person.id),
        follow_ups=store.follow_ups_of(session, person.id),
    )


def take_back(
    engine: Engine,
    links: Links,
    token: str,
    kinds: Collection[ConsentKind],
    *,
    now: datetime,
) -> bool:
    """Take back what a person agreed to; False if the link names nobody.

    With the box for sending, whatever has not left yet to an MP is cancelled at once.
    """
    with store.write(engine) as session:
        person = person_of(session, links, token)
        if person is None or person.id is None:
            return False
        store.lock_emails(session)
        store.withdraw_consents(session, person.id, kinds, now)
        if ConsentKind.SEND in kinds:
            for message in store.unsent_letters(session, person.id):
                store.cancel_unsent(session, message, NO_CONSENT, now, is_told=False)
        if set(STOPPED) <= set(kinds):
            store.stop_alerts(session, person.id, now)
        person.last_act_at = now
        session.add(person)
    return True


def person_address(session: Session, links: Links, token: str) -> str | None:
    """Return the email address of whom a link names, None if nobody."""
    person = person_of(session, links, token)
    return person.email if person else None


def person_of(session: Session, links: Links, token: str) -> Supporter | None:
    """Return whom a link names; None for an unknown link or an erased person."""
    ref = links.supporter_ref(token)
    person = store.supporter_by_ref(session, ref) if ref else None
    return person if person is not None and person.erased_at is None else None
