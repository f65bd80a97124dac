"""A motion and its Members at one moment, from one House: what a whole page shows."""

from dataclasses import dataclass
from datetime import date, datetime

from tracker.board.house import house_of
from tracker.board.members import MembersView, members_of
from tracker.board.motion import MotionView, motion_of
from tracker.config import MotionSettings, Settings
from tracker.store import Session


@dataclass(frozen=True, slots=True)
class PageView:
    """The motion as it stands, and every Member with their public status.

    `house_on` is the London day whose House these Members are.
    """

    motion: MotionView
    members: MembersView
    house_on: date


def page_view(
    session: Session, settings: Settings, watched: MotionSettings, *, now: datetime
) -> PageView:
    """Return what `motion_view` and `members_view` do, for the price of one of them."""
    house = house_of(session, settings, watched, now=now)
    return PageView(
        motion_of(session, settings, watched, house, now=now),
        members_of(house),
        house.stands.house_on,
    )
