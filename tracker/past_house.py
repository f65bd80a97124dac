"""The House of a past day: who sat for which seat when a motion's last day ended.

Parliament's search gives each Member's latest seat, so the seat of the day comes from
their history, or from their biography where the history's name fits no seat of the time.
"""

import asyncio
from datetime import date
from typing import Protocol

from tracker import store
from tracker.clock import Clock, london_date
from tracker.parliament.careers import MemberHistory
from tracker.parliament.errors import ParliamentError
from tracker.parliament.member_requests import MembersApi
from tracker.parliament.members import MemberRecord
from tracker.parliament.seats import boundaries_on, seat_named
from tracker.rules.outcomes import FailureKind
from tracker.store import Engine, SeatHeld


class Spell(Protocol):
    """Something that lasted from a day to a day, both included; None is open."""

    @property
    def started_on(self) -> date | None:
        """The first day."""

    @property
    def ended_on(self) -> date | None:
        """The last day."""


async def sync_past_house(
    engine: Engine, api: MembersApi, clock: Clock, day: date
) -> int:
    """Fetch and record the House of `day`; return how many Members sat in it.

    Raises ParliamentError when it can't be read; then nothing was written.
    """
    histories = await api.fetch_past_house(day)
    seats = [await _past_seat(api, history, day) for history in histories]
    sitting = [seat for seat in seats if seat is not None]
    if not sitting:
        raise ParliamentError(
            FailureKind.UNREADABLE, f"Members/Search knows nobody who sat on {day}"
        )

    def record() -> None:
        with store.write(engine) as session:
            known = store.members_by_id(session, [seat.member_id for seat in sitting])
            for history in histories:
                if history.member_id not in known:
                    store.record_member(
                        session,
                        _record_of(history, day),
                        synced_at=clock(),
                        today=london_date(clock()),
                    )
            session.flush()
            store.record_past_house(session, day, sitting)

    await asyncio.to_thread(record)
    return len(sitting)


async def _past_seat(
    api: MembersApi, history: MemberHistory, day: date
) -> SeatHeld | None:
    """Return the seat held on `day`; the biography is asked where the name fits none."""
    spells = [spell for spell in history.memberships if _covers(spell, day)]
    boundaries = boundaries_on(day)
    if not spells or seat_named(spells[-1].constituency, boundaries) is None:
        biography = await api.fetch_biography(history.member_id)
        spells = [s for s in biography.memberships if _covers(s, day)] or spells
    if not spells:
        return None
    spell = spells[-1]
    seat = seat_named(spell.constituency, boundaries)
    parties = [party.party for party in history.parties if _covers(party, day)]
    return SeatHeld(
        member_id=history.member_id,
        constituency=spell.constituency,
        constituency_id=spell.constituency_id,
        ons_code=seat.ons_code if seat else None,
        party=parties[-1] if parties else None,
        started_on=spell.started_on or day,
        ended_on=spell.ended_on,
        end_reason=spell.end_reason,
    )


def _covers(spell: Spell, day: date) -> bool:
    starts_on, ends_on = spell.started_on, spell.ended_on
    return (starts_on is None or starts_on <= day) and (
        ends_on is None or day <= ends_on
    )


def _record_of(history: MemberHistory, day: date) -> MemberRecord:
    names = [name for name in history.names if _covers(name, day)] or list(
        history.names
    )
    parties = [party for party in history.parties if _covers(party, day)]
    return MemberRecord(
        member_id=history.member_id,
        name=names[-1].name if names else f"Member {history.member_id}",
        list_as=names[-1].list_as if names else None,
        party=parties[-1].party if parties else None,
    )
