"""A supporter tells on their own page what their MP replied, or that they rang or wrote.

Owns who may report what: whoever has an email that counts to that MP, while the motion is
open. Each report can be repeated, and changes nothing the second time. What staff make of
reports is in tracker/reported.py.
"""

from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.board import motion_standing
from tracker.config import Settings
from tracker.outbox.links import Links
from tracker.rules.calendar import MotionState
from tracker.rules.reports import ReportKind
from tracker.store import Engine, Session
from tracker.store.tables import Motion, Supporter
from tracker.supporters.own_page import person_of


@dataclass(frozen=True, slots=True)
class Topic:
    """An MP and a motion, as a supporter's page names them."""

    session: str
    number: int
    member_id: int

    def __str__(self) -> str:
        return f"{self.session}/{self.number}/{self.member_id}"


def topic_named(text: str) -> Topic | None:
    """Return what a form names, None if that is no topic."""
    session, _, rest = text.partition("/")
    number, _, member = rest.partition("/")
    if not (_is_number(number) and _is_number(member)):
        return None
    return Topic(session, int(number), int(member))


def report(
    engine: Engine,
    settings: Settings,
    links: Links,
    token: str,
    topic: Topic,
    kind: ReportKind,
    *,
    now: datetime,
) -> bool:
    """Keep what the person of that link reports; False if it is not theirs to report."""
    with store.write(engine) as session:
        person = person_of(session, links, token)
        motion = store.motion_by_number(session, topic.session, topic.number)
        if person is None or person.id is None or motion is None or motion.id is None:
            return False
        if not _is_open(session, settings, motion, now) or not store.counted_emails(
            session,
            supporter_id=person.id,
            motion_id=motion.id,
            member_id=topic.member_id,
        ):
            return False
        store.record_report(
            session,
            kind,
            supporter_id=person.id,
            motion_id=motion.id,
            member_id=topic.member_id,
            now=now,
        )
        _acted(session, person, now)
    return True


def take_back_report(
    engine: Engine, links: Links, token: str, report_id: int, *, now: datetime
) -> bool:
    """Take one report of that person back; False if there is none such that stands."""
    with store.write(engine) as session:
        person = person_of(session, links, token)
        if person is None or person.id is None:
            return False
        if not store.take_back_report(session, person.id, report_id, now=now):
            return False
        _acted(session, person, now)
    return True


def _is_open(
    session: Session, settings: Settings, motion: Motion, now: datetime
) -> bool:
    watched = settings.motion(motion.session, motion.number)
    if watched is None:
        return False
    stands = motion_standing(session, watched, motion, now=now)
    return stands.state is MotionState.OPEN


def _acted(session: Session, person: Supporter, now: datetime) -> None:
    person.last_act_at = now
    session.add(person)
    session.flush()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
