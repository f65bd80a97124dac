"""What stands around every page for supporters: the campaign, the motion, the rehearsal."""

from dataclasses import dataclass

from dashboard.desk import Desk
from dashboard.share_views import Social, motion_social
from dashboard.views import motion_path
from tracker.board import MotionView


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a page about one motion; `social` is how that motion is handed on."""

    campaign: str
    is_rehearsal: bool
    session: str
    number: int
    title: str | None
    path: str
    motion_url: str | None
    social: Social | None = None


def frame_of(desk: Desk, motion: MotionView) -> Frame:
    """Return the frame of a page about this motion."""
    return Frame(
        campaign=desk.settings.campaign.name,
        is_rehearsal=desk.is_rehearsal,
        session=motion.session,
        number=motion.number,
        title=motion.title,
        path=motion_path(motion.session, motion.number),
        motion_url=motion.url,
        social=motion_social(motion, desk.settings),
    )


def bare_frame(desk: Desk) -> Frame:
    """Return the frame of a page about no motion: links go to the first one."""
    watched = desk.settings.motions[0]
    return Frame(
        campaign=desk.settings.campaign.name,
        is_rehearsal=desk.is_rehearsal,
        session=watched.session,
        number=watched.number,
        title=None,
        path=motion_path(watched.session, watched.number),
        motion_url=None,
    )
