"""Whether there is still somebody to write to, looked at in the transaction that writes.

Owns what is asked of the database for several forms at once: a few questions for all of
them, however many Members they go to.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from tracker import store
from tracker.clock import london_date
from tracker.config import MotionSettings, Settings
from tracker.outbox.look import why_over
from tracker.rules.sending import ASKED_NOT_TO, NO_ADDRESS, VACANT, chosen_address
from tracker.store import Session
from tracker.store.tables import Member, Motion
from tracker.supporters.addressee import NOT_READ

SIGNED_MEANWHILE = "the MP has signed in the meantime"


class NothingToSendError(Exception):
    """There is nobody to write to any more; the text is a clause."""


@dataclass(frozen=True, slots=True)
class Open:
    """A motion that can be written about, and an MP who can be written to at an address."""

    motion: Motion
    motion_id: int
    member: Member
    to_address: str


@dataclass(frozen=True, slots=True)
class _Stands:
    """A motion as it is: why it is over (None: open), whose names are on it."""

    motion: Motion | None
    over: str | None
    signed_ids: Collection[int]


class LastLook:
    """What is true of some motions and Members while one transaction lasts.

    `asked` has, for each form, the motion, the Member's id and the moment. A motion is
    open if it is so at the last of these moments.
    """

    def __init__(
        self,
        session: Session,
        settings: Settings,
        asked: Iterable[tuple[MotionSettings, int, datetime]],
    ) -> None:
        forms = list(asked)
        ids = {member_id for _, member_id, _ in forms}
        latest = max((at for _, _, at in forms), default=None)
        self._members = store.members_by_id(session, ids)
        self._contacts = store.contacts_by_member(session, ids)
        self._holders: dict[date, set[int]] = {}
        self._motions: dict[tuple[str, int], _Stands] = {}
        for watched, _, at in forms:
            day = london_date(at)
            if day not in self._holders:
                self._holders[day] = store.seat_holders(session, ids, day)
            place = (watched.session, watched.number)
            if place not in self._motions:
                self._motions[place] = _stands(
                    session, settings, watched, ids, latest or at
                )

    def at(self, watched: MotionSettings, member_id: int, now: datetime) -> Open:
        """Return where to write to; NothingToSendError with why there is nobody."""
        stands = self._motions[watched.session, watched.number]
        motion, member = stands.motion, self._members.get(member_id)
        if motion is None or motion.id is None or motion.parliament_id is None:
            raise NothingToSendError(NOT_READ)
        if stands.over is not None:
            raise NothingToSendError(stands.over)
        if member is None or member_id not in self._holders[london_date(now)]:
            raise NothingToSendError(VACANT)
        if member_id in stands.signed_ids:
            raise NothingToSendError(SIGNED_MEANWHILE)
        contacts = self._contacts.get(member_id, ())
        address = chosen_address([one.value for one in contacts if one.kind == "email"])
        if member.no_email_reason is not None or address is None:
            raise NothingToSendError(NO_ADDRESS if address is None else ASKED_NOT_TO)
        return Open(motion, motion.id, member, address)


def _stands(
    session: Session,
    settings: Settings,
    watched: MotionSettings,
    ids: Collection[int],
    now: datetime,
) -> _Stands:
    motion = store.motion_by_number(session, watched.session, watched.number)
    if motion is None or motion.id is None:
        return _Stands(None, None, ())
    signed = store.live_signers(session, motion.id, ids)
    return _Stands(motion, why_over(session, settings, motion, now), signed)
