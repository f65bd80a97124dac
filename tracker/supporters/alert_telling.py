"""Telling who asked for an alert: once, when the MP has signed or the motion is over.

By what is stored, so that nothing is lost that was in the way before. Asking, confirming
and stopping are in alerting.py; the last look before an email leaves in
outbox/alert_look.py.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from tracker import store
from tracker.config import MotionSettings, Settings
from tracker.outbox import alert_notices
from tracker.outbox.compose import Draft
from tracker.outbox.look import why_over
from tracker.outbox.notices import About
from tracker.store import AlertFacts, Engine, NewMessage, Session
from tracker.store.tables import Message, MessageKind
from tracker.supporters.action import message_domain

BATCH = 100
"""How many are told in one transaction, so that no writer waits."""


def tell_alerts(engine: Engine, settings: Settings, *, now: datetime) -> int:
    """Tell everybody whose MP has signed, or whose motion is over; return how many.

    Called again, it tells nobody twice.
    """
    return sum(
        _tell_all(engine, settings, watched, now) for watched in settings.motions
    )


def _tell_all(
    engine: Engine, settings: Settings, watched: MotionSettings, now: datetime
) -> int:
    with store.read(engine) as session:
        motion = store.motion_by_number(session, watched.session, watched.number)
        if motion is None or motion.id is None:
            return 0
        over = why_over(session, settings, motion, now)
        if not store.has_alerts_to_tell(session, motion.id, has_ended=over is not None):
            return 0
    count = 0
    while told := _tell_some(engine, settings, motion.id, over, now):
        count += told
    return count


def _tell_some(
    engine: Engine,
    settings: Settings,
    motion_id: int,
    over: str | None,
    now: datetime,
) -> int:
    with store.write(engine) as session:
        due = store.alerts_to_tell(
            session, motion_id, has_ended=over is not None, limit=BATCH
        )
        for facts in due:
            tell_alert(session, settings, facts, over, now)
        return len(due)


def tell_alert(
    session: Session,
    settings: Settings,
    facts: AlertFacts,
    over: str | None,
    now: datetime,
) -> None:
    """Write what an alert is for; `over` is why its motion can't be signed any more."""
    kind, draft = MessageKind.ALERT, alert_notices.alert
    if over is not None:
        has_signed = store.has_signed(
            session, facts.alert.motion_id, facts.alert.member_id
        )
        kind = MessageKind.ALERT_OVER
        draft = partial(alert_notices.alert_over, has_signed=has_signed, reason=over)
    facts.alert.told_at = now
    store.record_alert(session, facts.alert)
    queue_alert(session, settings, facts, kind, draft, now)


def queue_alert(
    session: Session,
    settings: Settings,
    facts: AlertFacts,
    kind: MessageKind,
    wording: Callable[[About], Draft],
    now: datetime,
) -> Message:
    """Return a Message to who asked for an alert, written now; held in `hold`."""
    motion, member = facts.motion, facts.member
    draft = wording(About(None, member.name, motion.session, motion.number))
    return store.queue_message(
        session,
        NewMessage(
            kind=kind,
            dedupe_key=f"{kind}:{facts.alert.id}:{now.isoformat()}",
            to_address=facts.supporter.email or "",
            subject=draft.subject,
            body=draft.body,
            motion_id=motion.id,
            member_id=member.member_id,
            supporter_id=facts.supporter.id,
        ),
        is_held=settings.mail.mode == "hold",
        domain=message_domain(settings),
        now=now,
    )
