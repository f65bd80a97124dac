"""Who is meant: from a postcode, or the id in an address, to the MP.

Owns the steps that the JSON and the pages share; the words come from tracker/rules.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from dashboard.desk import Desk
from dashboard.problems import ProblemError
from tracker import board, store
from tracker.board import MemberView, OneView
from tracker.config import MotionSettings
from tracker.rules.advice import advice
from tracker.rules.postcodes import PlaceFound, PostcodeError
from tracker.store import Session
from tracker.supporters.lookup import Lookup

_LONGEST_ID = 9


@dataclass(frozen=True, slots=True)
class SeatHolder:
    """Who holds a seat (None while it is vacant), and what to do now."""

    member: MemberView | None
    advice: str


async def place_of(request: Request, watched: MotionSettings, text: str) -> PlaceFound:
    """Return what is known of a postcode; ProblemError 422 for what is none."""
    lookup: Lookup = request.app.state.lookup
    try:
        return await lookup.place(watched, text)
    except PostcodeError as error:
        raise ProblemError(422, str(error)) from error


async def seat_holder(
    desk: Desk, watched: MotionSettings, place: PlaceFound
) -> SeatHolder:
    """Return the sitting Member of a place that has a seat, with the advice for now."""
    return await asyncio.to_thread(_seat_holder, desk, watched, place)


def one_member(
    desk: Desk, session: Session, watched: MotionSettings, text: str, *, now: datetime
) -> OneView:
    """Return the Member whose id a path has; ProblemError 404 for anybody else's.

    The id is text here, so that no digits are too many.
    """
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID:
        one = board.one_view(session, desk.settings, watched, int(text), now=now)
        if one is not None and str(one.member.member_id) == text:
            return one
    raise ProblemError(404, "No MP of this motion's House has this address.")


def _seat_holder(desk: Desk, watched: MotionSettings, place: PlaceFound) -> SeatHolder:
    now = desk.clock()
    with store.read(desk.engine) as session:
        view = board.page_view(session, desk.settings, watched, now=now)
    motion = view.motion
    for member in view.members.members:
        if member.is_sitting and member.ons_code == place.ons_code:
            return SeatHolder(member, advice(member.status, member.name, motion.state))
    if not motion.member_count:
        raise ProblemError(
            503,
            "The list of MPs has not been read from Parliament yet: try again later.",
            {"Retry-After": "60"},
        )
    seat = place.constituency or "This seat"
    return SeatHolder(None, f"{seat} has no MP at the moment: the seat is vacant.")
