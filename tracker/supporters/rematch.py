"""The review queue looked through again, when more is known of Members.

A person's decision is never overturned: what staff decided no longer waits, and what they
undid is asked again like everything else.
"""

from collections.abc import Sequence
from datetime import date

from tracker import store
from tracker.clock import london_date
from tracker.rules.matching import NO_MEMBERS, Match, MatchInput, match_email
from tracker.store import Engine
from tracker.store.tables import SupporterEmail


def rematch(engine: Engine) -> int:
    """Match every waiting email again; return how many count for a Member now.

    To be run after the Members were brought. In small transactions, so that nobody waits.
    """
    with store.read(engine) as session:
        book = store.matching_book(session)
    counted, after_id = 0, 0
    while True:
        with store.read(engine) as session:
            waiting = store.undecided_reviews(session, after_id=after_id)
        if not waiting:
            return counted
        after_id = waiting[-1].id or 0
        matches = [(e, match_email(told_by(e), book, _sent_on(e))) for e in waiting]
        counted += _record(engine, [pair for pair in matches if _is_news(*pair)])


def told_by(email: SupporterEmail) -> MatchInput:
    """Return what a waiting email told, as it was kept."""
    return MatchInput(
        recipient=email.told_recipient,
        ons_code=email.told_ons_code,
        constituency=email.told_constituency,
        mp_name=email.told_name,
    )


def _record(engine: Engine, news: Sequence[tuple[SupporterEmail, Match]]) -> int:
    if not news:
        return 0
    with store.write(engine) as session:
        store.lock_emails(session)
        return sum(
            store.record_rematch(session, email.id, match)
            for email, match in news
            if email.id is not None
        )


def _is_news(email: SupporterEmail, match: Match) -> bool:
    """Return whether a rematch says more than was known: a Member, or other suggestions."""
    if match.member_id is not None or email.reason == NO_MEMBERS != match.reason:
        return True
    return match.suggestions != store.suggested_ids(email) and bool(match.suggestions)


def _sent_on(email: SupporterEmail) -> date:
    return london_date(email.sent_at)
