"""What one supporter would be written, with real names and days: for staff to read."""

from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.config import MotionSettings, Settings
from tracker.following.in_force import rule_named
from tracker.following.looking import sight_of
from tracker.following.wording import draft_for
from tracker.outbox.follow_up_texts import own_words
from tracker.rules.follow_ups import Target
from tracker.store import Session, follow_ups


@dataclass(frozen=True, slots=True)
class Preview:
    """A follow-up as it would read now; `quoted` are its supporter's own words, or ""."""

    subject: str
    body: str
    quoted: str
    due_at: datetime


def follow_up_preview(
    session: Session,
    settings: Settings,
    watched: MotionSettings,
    rule_name: str,
    member_id: int,
    *,
    now: datetime,
) -> Preview | None:
    """Return what is due first about the Member by a rule; None if nothing is planned."""
    motion = store.motion_by_number(session, watched.session, watched.number)
    rule = rule_named(settings, rule_name)
    if motion is None or motion.id is None or rule is None:
        return None
    row = follow_ups.next_follow_up(session, rule.name, motion.id, member_id)
    if row is None or rule.target is not Target.SUPPORTER:
        return None
    sight = sight_of(session, settings, motion, None, now)
    draft = draft_for(session, settings, sight, rule, row)
    about = (row.supporter_id, row.motion_id, row.member_id)
    words = own_words(follow_ups.first_body(session, *about)) if rule.is_chase else ""
    return Preview(draft.subject, draft.body, words, row.due_at)
