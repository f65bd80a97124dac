"""Telling that Parliament can't be read, and that it can again; that mail is failing.

Failing is: the motion's polls have failed for an hour, at least three of them, and none
was good. Told once, and once when a good one follows.
"""

from datetime import datetime, timedelta

from tracker import store
from tracker.board import iso_moment
from tracker.config import Settings
from tracker.rules.audience import Audience
from tracker.rules.event_types import EventType
from tracker.rules.health import failure_sentence
from tracker.store import Engine, NewOutgoing, Session
from tracker.store.tables import Motion, Poll

FAILING_AFTER = timedelta(hours=1)
FEWEST_FAILURES = 3
MAIL_FAILING_AFTER = timedelta(minutes=15)


def tell_failing(
    engine: Engine, settings: Settings, audience: Audience, *, now: datetime
) -> None:
    """Tell, once each, what has begun to fail or has recovered."""
    for watched in settings.motions:
        with store.read(engine) as session:
            motion = store.motion_by_number(session, watched.session, watched.number)
            if motion is None or _news(session, motion, now) is None:
                continue
        with store.write(engine) as session:
            news = _news(session, motion, now)
            if news is not None:
                _tell(session, motion, *news, audience=audience, now=now)
    _tell_of_mail(engine, audience, now)


def _news(
    session: Session, motion: Motion, now: datetime
) -> tuple[EventType, Poll] | None:
    """Return what is to be told, with the poll that it is about; None if nothing."""
    assert motion.id is not None, "a stored motion has an id"
    good = store.last_good_poll(session, motion.id)
    told = store.latest_outgoing(
        session, motion.id, (EventType.POLL_FAILING, EventType.POLL_RECOVERED)
    )
    is_told = told is not None and told.type is EventType.POLL_FAILING
    if is_told and told and good is not None and good.finished_at > told.occurred_at:
        return EventType.POLL_RECOVERED, good
    first = store.failing_since(session, motion.id, after_poll=good)
    if is_told or first is None or now - first.started_at < FAILING_AFTER:
        return None
    count = store.failed_count(session, motion.id, after_poll=good)
    return (EventType.POLL_FAILING, first) if count >= FEWEST_FAILURES else None


def _tell(
    session: Session,
    motion: Motion,
    type_: EventType,
    poll: Poll,
    *,
    audience: Audience,
    now: datetime,
) -> None:
    assert motion.id is not None, "a stored motion has an id"
    edm = f"EDM {motion.number} of {motion.session}"
    if type_ is EventType.POLL_FAILING:
        newest = store.last_failed_poll(session, motion.id)
        reason = failure_sentence(newest.failure_kind if newest else None)
        data: dict[str, object] = {
            "since": iso_moment(poll.started_at),
            "reason": reason,
        }
        line = f"{edm} has not been read for an hour. {reason}"
    else:
        data = {"since": iso_moment(poll.finished_at)}
        line = f"{edm} can be read again."
    new = NewOutgoing(type_, str(poll.id), motion=motion, data=data)
    event = store.record_outgoing(session, new, audience, now)
    store.tell_staff(
        session, line, cause=f"event:{event.id}", audience=audience, now=now
    )


def _tell_of_mail(engine: Engine, audience: Audience, now: datetime) -> None:
    """Tell staff, once for each spell, that emails are not leaving: by night too."""
    with store.read(engine) as session:
        pause = store.sender_pause(session)
    if pause is None or not audience.has_staff:
        return
    if not pause.is_alert and now - pause.since_at < MAIL_FAILING_AFTER:
        return
    need = "needs somebody" if pause.is_alert else "has been failing for a while"
    with store.write(engine) as session:
        store.tell_staff(
            session,
            f"Sending mail {need}: see the outbox.",
            cause=f"mail:{pause.since_at.isoformat()}",
            audience=audience,
            now=now,
            is_urgent=True,
        )
