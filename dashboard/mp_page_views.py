"""What a Member's own page says about one motion. Pure.

Owns the order and the sentences of the page: where they stand and since when, how many
wrote, what to do now, who held the seat before or holds it since. Numbers below five are
not in a `MemberView`, so they can't come out here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard import words
from dashboard.act_views import act_url, initials, is_thanks
from dashboard.mp_views import (
    UNSIGNED,
    ChangeLine,
    MemberLine,
    change_line,
    member_line,
    web_address,
)
from dashboard.tallies import EventFacts
from dashboard.views import motion_path
from tracker.board import MemberView, MotionView, OneView
from tracker.rules.advice import what_to_do
from tracker.rules.calendar import MotionState
from tracker.rules.hints import RelatedSigning
from tracker.rules.status import NudgeStatus


@dataclass(frozen=True, slots=True)
class MpPage:
    """A Member's page for one motion. `to_do` and `action` are None when all is over.

    `can_wait` says that the advice is to wait: the action is there, and does not press.
    `seat_words` go before the line of `seat_holder`, or say that nobody holds the seat.
    """

    line: MemberLine
    initials: str
    since: str | None
    writers: str | None
    to_do: str | None
    action: str | None
    action_url: str | None
    can_wait: bool
    position_url: str | None
    changes: tuple[ChangeLine, ...]
    no_changes: str
    seat_words: str | None
    seat_holder: MemberLine | None
    predecessors: tuple[MemberLine, ...]
    related: tuple[str, ...]


def mp_page(one: OneView, events: Sequence[EventFacts], *, now: datetime) -> MpPage:
    """Return a Member's page; `events` are the motion's, those of others left out here."""
    motion, member = one.motion, one.member
    path = motion_path(motion.session, motion.number)
    is_open = motion.state is MotionState.OPEN
    can_act = is_open and not one.has_left
    own = [event for event in events if event.member_id == member.member_id]
    verb = "Thank" if is_thanks(member) else "Write to"
    return MpPage(
        line=line_of(one, path),
        initials=initials(member.name),
        since=_since(one),
        writers=_writers(member, is_open=is_open),
        to_do=what_to_do(member.status) if can_act else None,
        action=f"{verb} {member.name}" if can_act else None,
        action_url=act_url(path, member.member_id) if can_act else None,
        can_wait=member.status in (NudgeStatus.CHASED, NudgeStatus.WAITING),
        position_url=web_address(member.position_url),
        changes=tuple(change_line(event, path=path, now=now) for event in own[::-1]),
        no_changes=_no_changes(motion),
        seat_words=_seat_words(one),
        seat_holder=_other(one.successor, path, is_open) if one.successor else None,
        predecessors=tuple(_other(m, path, is_open) for m in one.predecessors),
        related=tuple(_related_words(signing) for signing in one.related),
    )


def line_of(one: OneView, path: str) -> MemberLine:
    """Return where a Member stands; who left without a signature is asked for nothing."""
    is_open = one.motion.state is MotionState.OPEN
    line = member_line(one.member, path=path, is_open=is_open)
    if not one.has_left or line.status not in UNSIGNED:
        return line
    return replace(
        line,
        status=NudgeStatus.NOT_ASKED,
        status_words="No longer an MP",
        why="Parliament's list has no signature of theirs.",
    )


def _other(member: MemberView, path: str, is_open: bool) -> MemberLine:
    return member_line(member, path=path, is_open=is_open)


def _since(one: OneView) -> str | None:
    """Return since when it could have been signed; the other statuses say their day."""
    tabled_on = one.motion.tabled_on
    is_waiting = one.member.status in UNSIGNED and not one.has_left
    if tabled_on is None or not is_waiting or one.motion.state is not MotionState.OPEN:
        return None
    return f"Open for signature since {words.day(tabled_on)}."


def _writers(member: MemberView, *, is_open: bool) -> str | None:
    """Return how many wrote, where the reason has not said so already."""
    has_said = (NudgeStatus.NOT_ASKED, NudgeStatus.WAITING, NudgeStatus.NEEDS_NUDGE)
    if is_open and member.status in has_said:
        return None
    where = f" in {member.constituency}" if member.constituency else ""
    if member.supporters is None:
        return f"Fewer than 5 people{where} have written."
    return f"{words.number(member.supporters)} people{where} have written."


def _no_changes(motion: MotionView) -> str:
    if motion.state is MotionState.OPEN:
        return (
            "A signature by this MP appears here a minute or two after Parliament shows"
            " it."
        )
    return "Parliament showed no signature by this MP."


def _seat_words(one: OneView) -> str | None:
    seat = one.member.constituency
    if not one.has_left or not seat:
        return None
    if one.successor is None:
        return f"{seat} has no MP at the moment: the seat is vacant."
    return f"The MP for {seat} is now"


def _related_words(signing: RelatedSigning) -> str:
    verb = "Sponsored" if signing.is_sponsor else "Signed"
    tail = ", which this motion puts down again" if signing.is_continued else ""
    return f"{verb} {signing.title}{tail}."
