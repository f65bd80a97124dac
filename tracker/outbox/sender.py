"""The sender: takes what is due out of the outbox and hands it to the mail server.

1. CLAIM one email and look at it again, in one transaction: it is `sending` then.
2. Write it out, speak to the server up to the text.
3. LOOK once more, and keep that the hand-over begins; only then the text is given.
4. RECORD what came of it, with what follows for the supporter.

A sender that dies before 3 has sent nothing: the email is queued again. One that dies
after it leaves `uncertain`, which only staff settle. No email is sent twice.
"""

import logging
import threading
from datetime import datetime, timedelta
from email.errors import MessageError
from functools import partial

from tracker import store
from tracker.clock import Clock
from tracker.config import Settings
from tracker.outbox.claim import Claim, claim_of, written
from tracker.outbox.links import Links
from tracker.outbox.look import may_leave
from tracker.outbox.smtp import Mailer
from tracker.rules.handover import (
    LARGEST_BATCH,
    Fate,
    Outcome,
    is_simulated_bounce,
    next_batch_size,
    simulated_outcome,
)
from tracker.rules.sending import pause_after
from tracker.store import DatabaseBusyError, DatabaseError, Engine, Session
from tracker.store.tables import Message

log = logging.getLogger(__name__)

MOST_PUT_OFF = 50
"""How many emails one claim may hold, cancel or put off before it lets others write."""

_RECORD_TRIES = 60


class OutboxSender:
    """Sends batches until told to stop; one per slot, in one thread."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        clock: Clock,
        *,
        slot: str,
        mailer: Mailer,
        links: Links,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._slot = slot
        self._mailer = mailer
        self._links = links
        self._batch_size = LARGEST_BATCH
        self._stopping = threading.Event()
        self._has_leftover = False

    def stop(self) -> None:
        """Begin no further email; from another thread."""
        self._stopping.set()

    def abort(self) -> None:
        """End the conversation under way; from another thread."""
        self.stop()
        self._mailer.abort()

    def send_batch(self) -> bool:
        """Send what is due over one connection; return whether more may be due.

        Raises DatabaseError; nothing is lost by it.
        """
        if self._settings.mail.mode != "send":
            return False
        self._tidy_leftover()
        if not self._may_send():
            return False
        for _ in range(self._batch_size):
            if self._stopping.is_set() or not self._send_one():
                self._mailer.close()
                return False
        self._mailer.close()
        return True

    def _may_send(self) -> bool:
        now = self._clock()
        with store.read(self._engine) as session:
            pause = store.sender_pause(session)
            if pause is not None and now < pause.until_at:
                return False
            return store.has_due(session, now)

    def _send_one(self) -> bool:
        """Send one email; return whether another may follow over this connection."""
        claim = self._claim()
        if claim is None:
            return False
        try:
            outcome = self._outcome(claim)
        except DatabaseError:
            self._has_leftover = True
            raise
        if outcome is None:
            return True
        self._record(claim, outcome)
        self._batch_size = next_batch_size(self._batch_size, outcome)
        return not (
            outcome.pauses_queue or outcome.stops_queue or outcome.shrinks_batch
        )

    def _claim(self) -> Claim | None:
        """Return the next email that may leave, now `sending`; None if there is none."""
        while not self._stopping.is_set():
            now = self._clock()
            with store.write(self._engine) as session:
                store.lock_claims(session)
                for _ in range(MOST_PUT_OFF):
                    message = store.next_due(session, now)
                    if message is None:
                        return None
                    if may_leave(session, self._settings, message, now):
                        store.record_claim(session, message, self._slot, now)
                        return claim_of(session, message)
        return None

    def _outcome(self, claim: Claim) -> Outcome | None:
        """Return what came of the email; None if it was held back at the last moment."""
        try:
            email = written(claim, self._settings, self._links, now=self._clock())
        except (ValueError, MessageError) as error:
            return Outcome(Fate.REFUSED, f"it can't be written as an email: {error}")
        hand_over = partial(self._hand_over, claim)
        simulated = simulated_outcome(claim.outgoing.to_address)
        if simulated is not None:
            return simulated if hand_over() else None
        return self._mailer.send(
            self._settings.mail.sender, claim.outgoing.to_address, email, hand_over
        )

    def _hand_over(self, claim: Claim) -> bool:
        """Return whether the text may be given now; that it begins is on disk then."""
        now = self._clock()
        with store.write(self._engine) as session:
            message = store.claimed_message(session, claim.id, claim.claimed_by)
            if message is None:
                return False
            if not may_leave(session, self._settings, message, now):
                return False
            store.record_handover(session, message, now)
        return True

    def _record(self, claim: Claim, outcome: Outcome) -> None:
        """Keep what came of it; a busy database is waited for, since the email has left."""
        for tries in range(_RECORD_TRIES):
            try:
                self._record_once(claim, outcome)
            except DatabaseBusyError:
                if tries + 1 == _RECORD_TRIES or self._stopping.wait(1):
                    self._has_leftover = True
                    raise
            else:
                return

    def _record_once(self, claim: Claim, outcome: Outcome) -> None:
        now = self._clock()
        with store.write(self._engine) as session:
            store.lock_emails(session)
            message = store.claimed_message(session, claim.id, claim.claimed_by)
            if message is not None:
                store.record_outcome(session, message, outcome, now)
                self._simulate_bounce(session, message, outcome, now)
            self._record_pause(session, outcome, now)

    def _simulate_bounce(
        self, session: Session, message: Message, outcome: Outcome, now: datetime
    ) -> None:
        address = message.to_address or ""
        if outcome.fate is Fate.GONE and is_simulated_bounce(address):
            said = "simulated bounce"
            to = {address.casefold()}
            store.record_bounce(session, message.message_id, to, said, now)

    def _record_pause(self, session: Session, outcome: Outcome, now: datetime) -> None:
        if not (outcome.stops_queue or outcome.pauses_queue):
            store.end_pause(session)
            return
        known = store.sender_pause(session)
        wait = pause_after(
            known.failure_count + 1 if known else 1, is_stopped=outcome.stops_queue
        )
        reason = outcome.reason or "the mail server can't be reached"
        store.record_pause(
            session,
            reason,
            is_alert=outcome.stops_queue,
            until_at=now + wait,
            now=now,
        )
        # The reason may hold an address: it is kept for staff, not logged.
        tell = log.error if outcome.stops_queue else log.warning
        tell("sending stands still for %s: see `tracker outbox`", _words(wait))

    def _tidy_leftover(self) -> None:
        """Put back what the database's failing left in our hands: no worker died of it."""
        if self._has_leftover:
            with store.write(self._engine) as session:
                store.record_deaths(session, self._slot, self._clock(), is_alive=True)
            self._has_leftover = False


def _words(wait: timedelta) -> str:
    minutes = round(wait.total_seconds() / 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
