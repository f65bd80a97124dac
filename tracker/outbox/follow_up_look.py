"""The last look at a follow-up before it leaves, in the transaction that lets it.

Collects what rules/follow_ups.py decides on, and says it in the sender's words.
"""

from datetime import datetime, timedelta

from tracker.config import Settings
from tracker.following.in_force import rule_named
from tracker.following.looking import facts_of, member_facts, people_of, sight_of
from tracker.rules import follow_ups as rules
from tracker.rules.sending import SEND, Action, Verdict
from tracker.store import Session, follow_ups
from tracker.store.tables import Message, Motion

LOOK_AGAIN = timedelta(minutes=10)
"""For what waits for something to happen, not for an hour."""


def look_at_follow_up(
    session: Session,
    settings: Settings,
    message: Message,
    over: str | None,
    now: datetime,
) -> Verdict:
    """Return what is to become of a follow-up; `over` is why its motion can't be signed."""
    row = follow_ups.follow_up_of(session, message)
    rule = rule_named(settings, row.rule) if row is not None else None
    if row is None or rule is None:
        return Verdict(Action.CANCEL, rules.RULE_GONE)
    motion = session.get_one(Motion, row.motion_id)
    sight = sight_of(session, settings, motion, over, now)
    told_at = follow_ups.last_handover(session, message, since=now - rules.EVERY)
    about = member_facts(session, sight, rule.name, row.member_id, row.due_at, told_at)
    ids = [row.supporter_id]
    people = people_of(session, row.motion_id, row.member_id, ids)
    facts = facts_of(rule, row, about, people, sight.spells)
    found = rules.verdict_on(rule, facts, now=now, spells=sight.spells)
    match found.step:
        case rules.Step.GO:
            return SEND
        case rules.Step.END:
            return Verdict(Action.CANCEL, found.reason)
        case rules.Step.WAIT:
            until_at = found.until_at or now + LOOK_AGAIN
            return Verdict(Action.WAIT, found.reason, until_at)
