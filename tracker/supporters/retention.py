"""The nightly job that lets people's data go when their time is over (product.md 10).

Owns the order and the pace: what is due is looked for without a lock, and goes in small
transactions, so that nobody waits for long. A run that was stopped goes on from what is
left; a run that finds nothing writes nothing. Numbers stay as they are.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import TypeVar

from tracker import store
from tracker.board import motion_standing
from tracker.config import MotionSettings, PrivacySettings, Settings
from tracker.rules.calendar import MotionState
from tracker.rules.retention import goes_at
from tracker.store import Engine, Kept, Session
from tracker.store.alerts import alerts_over
from tracker.store.postcodes import old_answers
from tracker.store.retaining import old_idempotency_keys, unconfirmed_ids
from tracker.supporters.confirming import LINK_LASTS

ANSWERS_LAST = timedelta(days=30)
"""How long Parliament's answers about postcodes are kept."""
POSTS_LAST = timedelta(days=3)
"""How long a POST can be repeated under its Idempotency-Key."""
UNCONFIRMED = "nobody confirmed it in time"

SMALLEST, LARGEST = 20, 1000
QUICK_SECONDS, SLOW_SECONDS = 0.02, 0.08
BREATH_SECONDS = 0.005
"""Between two transactions, so that a waiting writer has its turn."""

IsStopped = Callable[[], bool]
Key = TypeVar("Key", int, str)
Find = Callable[[Session, Key, int], Sequence[Key]]
Forget = Callable[[Session, Collection[Key]], object]


@dataclass(slots=True)
class RetentionReport:
    """How much went: wordings, subjects, addresses, postcodes, whole people, notes."""

    wordings: int = 0
    subjects: int = 0
    addresses: int = 0
    postcodes: int = 0
    people: int = 0
    notes: int = 0
    unconfirmed: int = 0


def apply_retention(
    engine: Engine,
    settings: Settings,
    *,
    now: datetime,
    is_stopped: IsStopped = lambda: False,
) -> RetentionReport:
    """Let go what is not kept any longer at `now`; return how much that was."""
    privacy = settings.privacy
    worded_until = now - timedelta(days=privacy.message_days)
    pace = _Pace(engine, is_stopped)
    report = RetentionReport(unconfirmed=_cancel_unconfirmed(pace, now))
    report.wordings = pace.all(
        lambda session, after_id, limit: store.worded_messages(
            session, finished_by=worded_until, after_id=after_id, limit=limit
        ),
        store.forget_wording,
        first=0,
    )
    report.subjects = pace.all(
        lambda session, after_id, limit: store.subjects_kept(
            session, sent_by=worded_until, after_id=after_id, limit=limit
        ),
        store.forget_subjects,
        first=0,
    )
    report.addresses = pace.all(
        lambda session, after_id, limit: store.addresses_kept(
            session, finished_by=worded_until, after_id=after_id, limit=limit
        ),
        store.forget_addresses,
        first=0,
    )
    report.postcodes = pace.all(
        lambda session, after_id, limit: store.postcodes_kept(
            session, after_id=after_id, limit=limit
        ),
        store.forget_postcodes,
        first=0,
    )
    _forget_alerts(pace, now, stopped_by=worded_until)
    _whole_people(engine, settings, pace, report, now)
    _forget_by_name(pace, now)
    store.overwrite_deleted(engine)
    return report


def _forget_by_name(pace: "_Pace", now: datetime) -> None:
    """Forget what Parliament said of postcodes, and the answers to old POSTs."""
    asked_before, made_before = now - ANSWERS_LAST, now - POSTS_LAST
    pace.all(
        lambda session, after, limit: old_answers(
            session, asked_before=asked_before, after=after, limit=limit
        ),
        lambda session, postcodes: store.forget_answers(
            session, postcodes, asked_before=asked_before
        ),
        first="",
    )
    pace.all(
        lambda session, after, limit: old_idempotency_keys(
            session, made_before=made_before, after=after, limit=limit
        ),
        store.forget_idempotency_keys,
        first="",
    )


def _forget_alerts(pace: "_Pace", now: datetime, *, stopped_by: datetime) -> None:
    """Let go alerts that are of no use any more, and who is known only by one."""
    asked_by = now - LINK_LASTS

    def find(session: Session, after_id: int, limit: int) -> Sequence[int]:
        return alerts_over(
            session,
            asked_by=asked_by,
            stopped_by=stopped_by,
            after_id=after_id,
            limit=limit,
        )

    def forget(session: Session, ids: Collection[int]) -> None:
        theirs = store.forget_alerts(
            session, ids, asked_by=asked_by, stopped_by=stopped_by
        )
        nobody = store.people_without_anything(session, theirs)
        store.empty_people(session, nobody, now)

    pace.all(find, forget, first=0)


def _whole_people(
    engine: Engine,
    settings: Settings,
    pace: "_Pace",
    report: RetentionReport,
    now: datetime,
) -> None:
    """Let go people, and notes on offices, whose time is over."""
    privacy = settings.privacy
    closings = _closings(engine, settings, now)
    limits = _Limits(privacy, closings, now)

    def people(session: Session, after_id: int, limit: int) -> Iterator[Kept]:
        yield from store.people_kept(
            session,
            arrived_by=limits.arrived_by,
            acted_by=now - timedelta(days=privacy.max_retention_days),
            after_id=after_id,
            limit=limit,
        )

    def notes(session: Session, after_id: int, limit: int) -> Iterator[Kept]:
        yield from store.notes_kept(session, after_id=after_id, limit=limit)

    report.people = pace.due(
        people,
        limits.is_over,
        lambda session, ids: store.let_go(session, ids, now),
    )
    report.notes = pace.due(notes, limits.is_over, store.forget_notes)


@dataclass(frozen=True, slots=True)
class _Limits:
    """When whole people go, with when each motion closed (None: it is open)."""

    privacy: PrivacySettings
    closings: dict[int, datetime | None]
    now: datetime

    @property
    def arrived_by(self) -> datetime:
        """Return when who goes by a closing must have come; nobody does while all are
        open, or closed too lately."""
        until = self.now - timedelta(days=self.privacy.retention_days)
        is_any = any(closing and closing <= until for closing in self.closings.values())
        return until if is_any else datetime.min.replace(tzinfo=self.now.tzinfo)

    def is_over(self, kept: Kept) -> bool:
        """Return whether somebody's data, or a note, are not kept any longer."""
        at = goes_at(
            arrived_at=kept.arrived_at,
            last_act_at=kept.last_act_at,
            closings=[self.closings.get(motion) for motion in kept.motion_ids],
            retention=timedelta(days=self.privacy.retention_days),
            longest=timedelta(days=self.privacy.max_retention_days),
        )
        return at <= self.now


class _Pace:
    """Does things to many rows, a few at a time; how few is learnt from how long it took."""

    def __init__(self, engine: Engine, is_stopped: IsStopped) -> None:
        self._engine, self._is_stopped = engine, is_stopped
        self._size = 100

    def all(self, find: Find[Key], forget: Forget[Key], *, first: Key) -> int:
        """Forget whatever `find` gives after a key; return how many rows that was.

        `first` is before all keys.
        """
        count, after = 0, first
        while not self._is_stopped():
            with store.read(self._engine) as session:
                found = find(session, after, self._size)
            if not found:
                break
            self._write(forget, found)
            count, after = count + len(found), found[-1]
        return count

    def due(
        self,
        find: Callable[[Session, int, int], Iterator[Kept]],
        is_over: Callable[[Kept], bool],
        forget: Forget[int],
    ) -> int:
        """Forget those among what `find` gives that are over; return how many."""
        count, after_id = 0, 0
        while not self._is_stopped():
            with store.read(self._engine) as session:
                kept = list(find(session, after_id, self._size))
            if not kept:
                break
            if ids := [one.id for one in kept if is_over(one)]:
                self._write(forget, ids)
            count, after_id = count + len(ids), kept[-1].id
        return count

    def _write(self, forget: Forget[Key], found: Collection[Key]) -> None:
        with store.write(self._engine) as session:
            # From when the lock is ours: waiting for it is nobody's wait but ours.
            began = monotonic()
            forget(session, found)
        took = monotonic() - began
        if took > SLOW_SECONDS:
            self._size = max(self._size // 4, SMALLEST)
        elif took < QUICK_SECONDS:
            self._size = min(self._size * 2, LARGEST)
        sleep(BREATH_SECONDS)


def _closings(
    engine: Engine, settings: Settings, now: datetime
) -> dict[int, datetime | None]:
    """Return when each motion closed (or was withdrawn), by its id."""
    with store.read(engine) as session:
        found: dict[int, datetime | None] = {}
        for motion in store.all_motions(session):
            watched = settings.motion(motion.session, motion.number) or MotionSettings(
                session=motion.session, number=motion.number
            )
            stands = motion_standing(session, watched, motion, now=now)
            is_open = stands.state is MotionState.OPEN
            found[motion.id or 0] = None if is_open else stands.board_at
        return found


def _cancel_unconfirmed(pace: "_Pace", now: datetime) -> int:
    """Cancel emails to MPs whose link has expired: they can never be sent."""
    written_by = now - LINK_LASTS

    def find(session: Session, after_id: int, limit: int) -> Sequence[int]:
        return unconfirmed_ids(
            session, written_by=written_by, after_id=after_id, limit=limit
        )

    def cancel(session: Session, ids: Collection[int]) -> None:
        store.lock_emails(session)
        for message in store.unconfirmed_letters(session, ids, written_by=written_by):
            store.cancel_unsent(session, message, UNCONFIRMED, now, is_told=False)

    return pace.all(find, cancel, first=0)
