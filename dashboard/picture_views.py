"""What the picture of a page for networks says. Pure: how it is drawn is `picture.py`.

Two equal values are one picture: it is kept by them.
"""

from dataclasses import dataclass

from dashboard.mp_views import MemberLine
from dashboard.share_views import count_words
from tracker.board import MotionView
from tracker.config import Settings


@dataclass(frozen=True, slots=True)
class Standing:
    """An MP on the picture; `status` is that of the mark, `words` stand beside it."""

    name: str
    place: str
    status: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's words and numbers; `mp` is None on that of a motion.

    `count` is None until Parliament has been read; `count_words` go after it.
    """

    campaign: str
    edm: str
    title: str
    count: int | None
    count_words: str
    goal: int
    mp: Standing | None
    is_rehearsal: bool


def motion_picture(
    motion: MotionView, settings: Settings, *, is_rehearsal: bool
) -> Picture:
    """Return the picture of a motion: the number and the goal."""
    return _picture(motion, settings, None, is_rehearsal)


def mp_picture(
    motion: MotionView, line: MemberLine, settings: Settings, *, is_rehearsal: bool
) -> Picture:
    """Return the picture of an MP: the name and where they stand, then the number."""
    standing = Standing(line.name, line.place, line.status.value, line.status_words)
    return _picture(motion, settings, standing, is_rehearsal)


def _picture(
    motion: MotionView, settings: Settings, mp: Standing | None, is_rehearsal: bool
) -> Picture:
    is_read, said = motion.last_good_poll_at is not None, count_words(motion)
    return Picture(
        campaign=settings.campaign.name,
        edm=f"Early Day Motion {motion.number}",
        title=motion.title or "",
        count=motion.signature_count if is_read else None,
        # "41 MPs have signed" without its number, which stands large beside it.
        count_words=said.partition(" ")[2] if is_read else said,
        goal=settings.campaign.goal,
        mp=mp,
        is_rehearsal=is_rehearsal,
    )
