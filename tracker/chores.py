"""What is done every so often beside the polls: the drop mailbox, telling, tallies.

Owns which chores there are and how often each is due. When they are run, and what a
failure means, is for the scheduler; what each does is in its own module. They block, so
they are run in threads; each ends between two small steps when it is told to stop.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from tracker import store
from tracker.clock import Clock
from tracker.config import Settings
from tracker.following.story import plan_for_all_again, run_follow_ups
from tracker.keys import secret_key
from tracker.operations.files import remove_leftovers
from tracker.outbox.audience import audience_of
from tracker.store import Engine
from tracker.supporters.alert_telling import tell_alerts
from tracker.supporters.mailbox import read_mailbox
from tracker.supporters.mailbox_desk import MailboxDesk
from tracker.supporters.retention import apply_retention
from tracker.telling.failing import tell_failing
from tracker.telling.forgetting import forget_told
from tracker.telling.standings import tell_standings

log = logging.getLogger(__name__)

TELLING = "telling"
TELLING_EVERY = timedelta(minutes=1)
MAILBOX_EVERY = timedelta(minutes=2)
FOLLOW_UPS_EVERY = timedelta(minutes=1)
TALLIES_EVERY = timedelta(hours=1)
RETENTION_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hands:
    """What a chore works with; `is_stopped` is asked between two steps."""

    settings: Settings
    engine: Engine
    clock: Clock
    is_stopped: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Chore:
    """Something done every so often, under the name by which it is remembered."""

    name: str
    every: timedelta
    do: Callable[[Hands], None]


def chores_of(settings: Settings) -> Iterator[Chore]:
    """Give the chores of this configuration."""
    if settings.mail.imap_url:
        yield Chore("mailbox", MAILBOX_EVERY, _read_mailbox)
    yield Chore("tallies", TALLIES_EVERY, _check_tallies)
    yield Chore("retention", RETENTION_EVERY, _apply_retention)
    yield Chore(TELLING, TELLING_EVERY, _tell)
    yield Chore("follow-ups", FOLLOW_UPS_EVERY, _follow_up)


def check_tallies(engine: Engine) -> int:
    """Compare the tallies with a recount and mend those that differ; return how many.

    Looked for without a lock, and again under it: an email may come in between.
    """
    with store.read(engine) as session:
        if not store.tally_differences(session):
            return 0
    with store.write(engine) as session:
        store.lock_emails(session)
        wrong = store.tally_differences(session)
        for motion_id, member_id in wrong:
            store.recount_member(session, motion_id, member_id)
    return len(wrong)


def _tell(hands: Hands) -> None:
    """Tell what time alone, or a poll, has brought about."""
    audience, now = audience_of(hands.settings), hands.clock()
    tell_standings(hands.engine, hands.settings, audience, now=now)
    tell_failing(hands.engine, hands.settings, audience, now=now)
    tell_alerts(hands.engine, hands.settings, now=now)


def _follow_up(hands: Hands) -> None:
    report = run_follow_ups(
        hands.engine, hands.settings, now=hands.clock(), is_stopped=hands.is_stopped
    )
    if report.gone_count:
        log.info("follow-ups: went out %d", report.gone_count)


def _read_mailbox(hands: Hands) -> None:
    desk = MailboxDesk(
        hands.settings, hands.engine, secret_key(hands.settings), hands.clock
    )
    report = read_mailbox(desk, hands.is_stopped)
    if report.read or report.deleted:
        log.info(
            "drop mailbox: read %d, counted %d, for review %d, unreadable %d, deleted %d",
            report.read,
            report.counted,
            report.review,
            report.unreadable,
            report.deleted,
        )


def _check_tallies(hands: Hands) -> None:
    if wrong := check_tallies(hands.engine):
        log.warning("tallies differed from a recount and were mended: %d", wrong)
    # Whoever agreed to reminders without writing anew is planned for by now.
    plan_for_all_again(hands.engine)
    # Whatever was erased leaves the database's log by now, should a reader have been in
    # the way before.
    store.overwrite_deleted(hands.engine)
    if hands.settings.sqlite_path is not None:
        # What a restore that was killed left beside it may hold them too.
        remove_leftovers(hands.settings.sqlite_path.parent)


def _apply_retention(hands: Hands) -> None:
    forget_told(hands.engine, now=hands.clock(), is_stopped=hands.is_stopped)
    report = apply_retention(
        hands.engine, hands.settings, now=hands.clock(), is_stopped=hands.is_stopped
    )
    log.info(
        "retention: wordings %d, people %d, notes %d",
        report.wordings,
        report.people,
        report.notes,
    )
