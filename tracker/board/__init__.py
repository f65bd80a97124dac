"""What is shown: stored facts and `now`, put through the rules, as frozen values.

The reading side of the house, for the dashboard, the commands and the exports alike.
Writes nothing, fetches nothing; every answer is computed when it is asked for.
"""

from tracker.board.history import (
    HistoryView,
    SignatureLine,
    history_view,
    signature_lines,
)
from tracker.board.members import MembersView, MemberView, members_view
from tracker.board.motion import MotionView, motion_view
from tracker.board.nudges import NudgeRow, NudgesView, Order, nudges_view
from tracker.board.objects import (
    event_object,
    iso_day,
    iso_moment,
    member_object,
    member_url,
    motion_object,
    nudge_object,
)
from tracker.board.one import OneView, one_view
from tracker.board.page import PageView, page_view
from tracker.board.standing import motion_closing, motion_standing

__all__ = [
    "HistoryView",
    "MemberView",
    "MembersView",
    "MotionView",
    "NudgeRow",
    "NudgesView",
    "OneView",
    "Order",
    "PageView",
    "SignatureLine",
    "event_object",
    "history_view",
    "iso_day",
    "iso_moment",
    "member_object",
    "member_url",
    "members_view",
    "motion_closing",
    "motion_object",
    "motion_standing",
    "motion_view",
    "nudge_object",
    "nudges_view",
    "one_view",
    "page_view",
    "signature_lines",
]
