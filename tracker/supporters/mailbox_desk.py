"""What the drop mailbox is read with: the desk, and what is known of Members and people.

Owns what is looked up before messages are read. Reading is in mailbox_reading.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tracker import store
from tracker.board import motion_standing
from tracker.clock import Clock
from tracker.config import MotionSettings, Settings
from tracker.parliament.seats import boundaries_on
from tracker.rules.intake import Candidate
from tracker.store import Engine
from tracker.store.tables import Motion
from tracker.supporters.imap_box import MailboxMessage
from tracker.supporters.mail_head import parsed_headers
from tracker.supporters.mailbox_reading import PARSING, Reading, Tied, tied_id
from tracker.supporters.prepare import Preparer


@dataclass(frozen=True, slots=True)
class MailboxDesk:
    """What the mailbox is read with."""

    settings: Settings
    engine: Engine
    key: bytes
    clock: Clock

    @property
    def account(self) -> str:
        """Return under which name the mailbox's state is kept."""
        return self.settings.mail.imap_url


def reading_of(
    desk: MailboxDesk, messages: Iterable[MailboxMessage]
) -> tuple[Reading, dict[MotionSettings, int]]:
    """Return what these messages are read by, and the ids of the watched motions.

    The motions are recorded if they are new.
    """
    mail, watched = desk.settings.mail, desk.settings.motions
    tied = {
        found
        for message in messages
        if (found := _tied_id(message, mail.drop_address, desk.key))
    }
    with store.write(desk.engine) as session:
        motions = [
            store.record_motion(session, motion.session, motion.number)
            for motion in watched
        ]
        now = desk.clock()
        houses = [
            motion_standing(session, settings, motion, now=now).house_on
            for settings, motion in zip(watched, motions, strict=True)
        ]
        book = store.matching_book(session)
        people = store.supporters_by_id(session, tied)
    reading = Reading(
        preparer=Preparer(book, desk.key, Candidate, tellings=None),
        motions=watched,
        boundaries=dict(zip(watched, map(boundaries_on, houses), strict=True)),
        drop=mail.drop_address,
        sender=mail.sender,
        our_hosts=(
            urlsplit(mail.imap_url).hostname or "",
            mail.drop_address.rpartition("@")[2],
        ),
        people={
            supporter_id: Tied(
                person.email_key, person.email, person.name, person.ons_code
            )
            for supporter_id, person in people.items()
            if person.email_key and person.email
        },
        key=desk.key,
    )
    return reading, {w: _id_of(m) for w, m in zip(watched, motions, strict=True)}


def _tied_id(message: MailboxMessage, drop: str, key: bytes) -> int | None:
    try:
        return tied_id(parsed_headers(message.data), drop, key)
    except PARSING:
        return None


def _id_of(motion: Motion) -> int:
    assert motion.id is not None, "a recorded motion has an id"
    return motion.id
