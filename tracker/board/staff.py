"""Everything the staff board shows, from one House: the list, the motion, the parties."""

from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.board.house import house_of
from tracker.board.members import MembersView, members_of
from tracker.board.motion import MotionView, motion_of
from tracker.board.nudges import NudgesView, Order, nudges_of
from tracker.config import MotionSettings, Settings
from tracker.store import Session


@dataclass(frozen=True, slots=True)
class StaffView:
    """The board at one moment; `last_event_id` is where its live news begins.

    `are_recesses_known` is False while Parliament's calendar was never read and the
    configuration names no recess either: then nobody knows whether the House sits.
    """

    nudges: NudgesView
    motion: MotionView
    members: MembersView
    last_event_id: int
    are_recesses_known: bool


def staff_view(
    session: Session,
    settings: Settings,
    watched: MotionSettings,
    *,
    now: datetime,
    order: Order = "rank",
    since: datetime | None = None,
) -> StaffView:
    """Return the board; rows that were not on the list at `since` are marked as new."""
    # First: a change that comes while the rest is read is told again, and not missed.
    last_event_id = store.last_event_id(session)
    house = house_of(session, settings, watched, now=now)
    return StaffView(
        nudges_of(session, house, now=now, order=order, since=since),
        motion_of(session, settings, watched, house, now=now),
        members_of(house),
        last_event_id,
        bool(settings.recess) or store.calendar_checked_at(session) is not None,
    )
