"""The story of the drop mailbox: copies that supporters sent there are counted.

1. Who reads is alone: the lock "mailbox".
2. Messages above the last settled UID are read, in order; never by the seen flag.
3. In one transaction each: its email (or bounce, or note), its tally, and its UID.
4. After the commit it is marked as seen; what a kill left unmarked is marked next time.
5. Messages that are settled and old enough are deleted, those of erased people at once.

A BCC sender is never sent anything: the email counts for their MP, nothing more.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker import store
from tracker.config import MotionSettings
from tracker.outbox.bounces import read_bounce
from tracker.rules.intake import Plan, is_kept_out, plan_batch
from tracker.rules.sending import HELD_BY_MODE
from tracker.store import Session
from tracker.store.locks import try_lock
from tracker.store.tables import Way
from tracker.supporters.imap_box import Box, MailboxError, MailboxMessage, open_box
from tracker.supporters.mailbox_desk import MailboxDesk, reading_of
from tracker.supporters.mailbox_erasing import erase_pending
from tracker.supporters.mailbox_reading import PARSING, Kind, Read, Reading

log = logging.getLogger(__name__)

LOCK = "mailbox"
AT_ONCE = 50
READING_SECONDS = 60.0
"""After so long a run ends between two messages; the next one goes on from there."""
SOURCE = "the drop mailbox: copies that supporters sent (BCC)"
SENT_BY_HAND = "the supporter has sent it themself"
BROKEN = "the message is broken beyond what can be read"
IsStopped = Callable[[], bool]


@dataclass(slots=True)
class MailboxReport:
    """What a run brought. `is_busy`: another reader was at it, nothing was done."""

    is_busy: bool = False
    read: int = 0
    counted: int = 0
    duplicates: int = 0
    review: int = 0
    not_counted: int = 0
    bounces: int = 0
    unreadable: int = 0
    deleted: int = 0


def read_mailbox(
    desk: MailboxDesk, is_stopped: IsStopped = lambda: False
) -> MailboxReport:
    """Settle what is new in the mailbox and return what it was.

    MailboxError if it can't be read: why is kept for the doctor, and what was settled
    until then stays.
    """
    with try_lock(desk.engine, LOCK) as is_ours:
        if not is_ours:
            return MailboxReport(is_busy=True)
        try:
            with open_box(desk.settings.mail) as box:
                return _Run(desk, box, is_stopped).run()
        except MailboxError as error:
            with store.write(desk.engine) as session:
                store.record_mailbox_failure(
                    session, desk.account, str(error), desk.clock()
                )
            raise


class _Run:
    """One run, with the connection it has."""

    def __init__(self, desk: MailboxDesk, box: Box, is_stopped: IsStopped) -> None:
        self._desk, self._box, self._is_stopped = desk, box, is_stopped
        self._report = MailboxReport()
        self._erased: list[int] = []

    def run(self) -> MailboxReport:
        desk, box = self._desk, self._box
        with store.write(desk.engine) as session:
            last_uid = store.begin_mailbox(session, desk.account, box.uid_validity)
        box.mark_seen(box.unseen_up_to(last_uid))
        new = box.uids_above(last_uid)
        ends_at = desk.clock() + timedelta(seconds=READING_SECONDS)
        for start in range(0, len(new), AT_ONCE):
            if self._is_stopped() or desk.clock() > ends_at:
                return self._report
            self._settle_all(new[start : start + AT_ONCE])
        self._tidy()
        with store.write(desk.engine) as session:
            store.record_mailbox_read(session, desk.account, desk.clock())
        return self._report

    def _settle_all(self, uids: Sequence[int]) -> None:
        messages = {message.uid: message for message in self._box.heads(uids)}
        reading, motions = reading_of(self._desk, messages.values())
        for uid in uids:
            if self._is_stopped():
                return
            message = messages.get(uid)
            read = self._read(reading, message) if message else None
            if self._record(uid, read, motions):
                self._box.mark_seen([uid])

    def _read(self, reading: Reading, message: MailboxMessage) -> Read:
        try:
            return reading.read(message, self._desk.clock())
        except PARSING:
            # Told and kept, but it must not stand before those after it.
            log.warning("mailbox: UID %s can't be read", message.uid, exc_info=True)
            return Read(Kind.UNREADABLE, BROKEN)

    def _record(
        self, uid: int, read: Read | None, motions: dict[MotionSettings, int]
    ) -> bool:
        """Record one message with its UID; False if another reader was quicker."""
        bounce = self._box.whole(uid) if read and read.kind is Kind.REPORT else b""
        desk, now = self._desk, self._desk.clock()
        with store.write(desk.engine) as session:
            if not store.settle_uid(session, desk.account, self._box.uid_validity, uid):
                return False
            if read is None:
                return True
            self._report.read += 1
            match read.kind:
                case Kind.EMAIL:
                    assert read.motion is not None, "an email is about a motion"
                    self._count(session, uid, read, motions[read.motion], now)
                case Kind.REPORT:
                    self._bounce(session, bounce, now)
                case Kind.REPLY:
                    self._report.not_counted += 1
                case Kind.UNREADABLE:
                    self._report.unreadable += 1
                    store.record_mailbox_note(
                        session, desk.account, uid, read.reason or BROKEN, now
                    )
        return True

    def _count(
        self, session: Session, uid: int, read: Read, motion_id: int, now: datetime
    ) -> None:
        store.lock_emails(session)
        known, people_ids = store.known_of(session, motion_id, read.candidates)
        plan = plan_batch(read.candidates, known)
        run = store.mailbox_import(session, SOURCE, now)
        assert run.id is not None, "a stored run has an id"
        store.record_plan(
            session,
            plan,
            motion_id=motion_id,
            import_id=run.id,
            way=Way.BCC,
            people_ids=people_ids,
            now=now,
        )
        run.read_count += 1
        run.counted_count += plan.counted_count
        run.duplicate_count += plan.duplicate_count
        run.review_count += plan.review_count
        session.add(run)
        self._add(plan)
        _cancel_held(session, plan, motion_id, now)
        if any(is_kept_out(email, known) for email in read.candidates):
            self._erased.append(uid)

    def _bounce(self, session: Session, raw: bytes, now: datetime) -> None:
        try:
            bounce = read_bounce(raw)
        except PARSING:
            bounce = None
        is_ours = bounce is not None and store.record_bounce(
            session, bounce.message_id, bounce.recipients, bounce.reason, now
        )
        if is_ours:
            self._report.bounces += 1
        else:
            self._report.not_counted += 1

    def _add(self, plan: Plan) -> None:
        self._report.counted += plan.counted_count
        self._report.duplicates += plan.duplicate_count
        self._report.review += plan.review_count

    def _tidy(self) -> None:
        """Delete what is old enough, and whatever erased people have here."""
        desk, box = self._desk, self._box
        with store.read(desk.engine) as session:
            state = store.mailbox_state(session, desk.account)
        last_uid = state.last_uid if state else 0
        oldest = desk.clock() - timedelta(days=desk.settings.mail.drop_retention_days)
        arrived = box.arrivals(oldest.date() + timedelta(days=2), last_uid)
        gone = {uid for uid, at in arrived.items() if at <= oldest} | {*self._erased}
        box.delete(sorted(gone))
        with store.write(desk.engine) as session:
            store.forget_mailbox_notes(session, desk.account, gone)
        self._report.deleted = len(gone) + erase_pending(
            box, desk.engine, desk.key, desk.settings.mail.drop_address
        )


def _cancel_held(session: Session, plan: Plan, motion_id: int, now: datetime) -> None:
    """Cancel what we still hold for who has now written to that MP themself.

    In `hold` the page offers them to: released later, it would be their second email.
    """
    for email in plan.added:
        person = store.supporter_by_key(session, email.person)
        if email.match.member_id is None or person is None or person.id is None:
            continue
        for message in store.unsent_letters(
            session, person.id, member_id=email.match.member_id
        ):
            if message.motion_id == motion_id and message.error == HELD_BY_MODE:
                store.cancel_unsent(session, message, SENT_BY_HAND, now, is_told=False)
