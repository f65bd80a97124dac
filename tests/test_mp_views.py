"""An MP's page and what is handed on of it, as values: every status, and every end."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dashboard.mp_page_views import MpPage, mp_page
from dashboard.mp_views import web_address
from tests.test_views import MOTION, NOW, event, member
from tracker.board import MemberView, OneView
from tracker.rules.calendar import MotionState
from tracker.rules.changes import ChangeKind
from tracker.rules.hints import RelatedSigning
from tracker.rules.status import NudgeStatus

CLOSED = replace(MOTION, state=MotionState.CLOSED, closes_on=date(2026, 11, 1))


def one(seen: MemberView | None = None, **changes: Any) -> OneView:
    facts: dict[str, Any] = {
        "motion": MOTION,
        "has_left": False,
        "successor": None,
        "predecessors": (),
        "related": (),
    }
    return OneView(member=seen or member(1), **(facts | changes))


def shown(seen: MemberView | None = None, **changes: Any) -> MpPage:
    return mp_page(one(seen, **changes), [], now=NOW)


@pytest.mark.parametrize(
    ("status", "to_do", "action"),
    [
        (NudgeStatus.SIGNED, "Thank them.", "Thank Member 1"),
        (NudgeStatus.CANNOT_SIGN, "raise it with the minister", "Write to Member 1"),
        (NudgeStatus.WITHDREW, "would sign again", "Write to Member 1"),
        (NudgeStatus.NOT_ASKED, "Be the first to write.", "Write to Member 1"),
        (NudgeStatus.NEEDS_NUDGE, "ring the office", "Write to Member 1"),
    ],
)
def test_each_status_says_what_to_do_and_has_one_action(status, to_do, action):
    page = shown(member(1, status=status))
    assert page.to_do is not None
    assert to_do in page.to_do
    assert page.action == action
    assert page.action_url is not None
    assert page.action_url.endswith("/act?member=1")


@pytest.mark.parametrize("status", list(NudgeStatus))
def test_the_action_does_not_press_where_the_advice_is_to_wait(status):
    page = shown(member(1, status=status))
    assert page.to_do is not None
    assert page.can_wait is ("wait a little" in page.to_do)


def test_nothing_is_asked_when_the_motion_or_the_seat_is_over():
    for page in (
        shown(motion=CLOSED),
        shown(member(1, is_sitting=False), has_left=True),
    ):
        assert page.to_do is None
        assert page.action is None
        assert page.action_url is None


def test_the_changes_are_their_own_and_the_newest_comes_first():
    events = [
        event(1, member_id=1),
        event(2, member_id=2),
        event(3, ChangeKind.WITHDRAWN, member_id=1),
    ]
    changes = mp_page(one(), events, now=NOW).changes
    assert [change.event_id for change in changes] == [3, 1]
    assert changes[0].said == "Parliament shows the signature as withdrawn"


@pytest.mark.parametrize(
    ("supporters", "said"),
    [
        (None, "Fewer than 5 people in Seat 1 have written."),
        (5, "5 people in Seat 1 have written."),
        (1_234, "1,234 people in Seat 1 have written."),
    ],
)
def test_how_many_wrote_is_exact_from_five_and_not_below(supporters, said):
    seen = member(1, status=NudgeStatus.SIGNED, supporters=supporters)
    assert shown(seen).writers == said
    assert shown(replace(seen, status=NudgeStatus.NEEDS_NUDGE)).writers is None
    ended = shown(replace(seen, status=NudgeStatus.NEEDS_NUDGE), motion=CLOSED)
    assert ended.writers == said


def test_since_when_it_can_be_signed_is_said_of_those_who_may_still():
    tabled = replace(MOTION, tabled_on=date(2026, 11, 10))
    asked = member(1)
    assert shown(asked, motion=tabled).since == (
        "Open for signature since 10 November 2026."
    )
    for other in (
        shown(replace(asked, status=NudgeStatus.SIGNED), motion=tabled),
        shown(asked, motion=replace(tabled, state=MotionState.CLOSED)),
        shown(asked, motion=replace(tabled, tabled_on=None)),
        shown(asked, motion=tabled, has_left=True),
    ):
        assert other.since is None


def test_who_left_without_a_signature_is_named_by_the_seat_they_held():
    left = member(1, is_sitting=False, status=NudgeStatus.NEEDS_NUDGE)
    page = shown(left, has_left=True, successor=member(2))
    assert page.line.status_words == "No longer an MP"
    assert page.line.why == "Parliament's list has no signature of theirs."
    assert page.seat_words == "The MP for Seat 1 is now"
    assert page.seat_holder is not None
    assert page.seat_holder.name == "Member 2"


def test_a_vacant_seat_is_said_and_who_signed_and_left_stays_signed():
    left = member(1, is_sitting=False, status=NudgeStatus.SIGNED)
    page = shown(left, has_left=True)
    assert page.seat_words == "Seat 1 has no MP at the moment: the seat is vacant."
    assert page.seat_holder is None
    assert page.line.status_words == "Signed"


def test_who_held_the_seat_before_and_signed_is_shown_with_their_successor():
    page = shown(predecessors=(member(7, status=NudgeStatus.SIGNED),))
    assert [line.member_id for line in page.predecessors] == [7]
    assert page.seat_words is None


def test_like_motions_are_named_with_what_the_member_did():
    related = (
        RelatedSigning("EDM 1: One", is_sponsor=True, is_continued=False),
        RelatedSigning("EDM 2: Two", is_sponsor=False, is_continued=True),
        RelatedSigning("EDM 3: Three", is_sponsor=False, is_continued=False),
    )
    assert shown(related=related).related == (
        "Sponsored EDM 1: One.",
        "Signed EDM 2: Two, which this motion puts down again.",
        "Signed EDM 3: Three.",
    )


@pytest.mark.parametrize(
    ("url", "is_link"),
    [("https://mp.example/edms", True), ("javascript:alert(1)", False), (None, False)],
)
def test_only_an_address_of_the_web_becomes_a_link(url, is_link):
    assert (web_address(url) is not None) is is_link
    assert (shown(member(1, position_url=url)).position_url is not None) is is_link
