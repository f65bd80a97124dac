"""What the public page shows, as values: sentences, order, counts, and every state."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dashboard import tallies, words
from dashboard.chart_views import PartyChart, party_chart, time_chart
from dashboard.freshness import Tone, freshness
from dashboard.map_views import SeatFilter
from dashboard.mp_views import member_line
from dashboard.tallies import CountPoint, DayCount
from dashboard.views import FOUND_COUNT, PublicPage, public_page
from tracker.board import MembersView, MemberView, MotionView
from tracker.rules.calendar import MotionState
from tracker.rules.changes import ChangeKind, TimeFrom
from tracker.rules.health import Health
from tracker.rules.outcomes import FailureKind
from tracker.rules.status import NudgeStatus

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
TABLED_ON = date(2026, 11, 2)
SIGNED, WITHDRAWN, REMOVED = ChangeKind

MOTION = MotionView(
    session="2026-27",
    number=718,
    parliament_id=9,
    title="Political prisoners",
    text="That this House asks.",
    url="https://edm.parliament.uk/early-day-motion/9",
    tabled_on=TABLED_ON,
    state=MotionState.OPEN,
    signature_count=12,
    withdrawn_count=0,
    member_count=650,
    eligible_count=518,
    first_poll_at=NOW,
    last_poll_at=NOW,
    last_good_poll_at=NOW - timedelta(seconds=44),
    last_changed_at=None,
    health=Health.OK,
    health_note="Read from Parliament at 14:59 on 24 November 2026.",
    closes_on=None,
    failing_since_at=None,
    failure=None,
    no_name_until_on=None,
    spell_name=None,
    next_spell=None,
)


@dataclass
class Event:
    """An event as a value; `EventFacts` is what the views read."""

    id: int | None
    kind: ChangeKind
    member_id: int
    happened_at: datetime
    signature_id: int = 0
    again: bool = False
    name: str | None = "Ann Example"
    party: str | None = "Labour"
    constituency: str | None = "Ynys Môn"
    time_from: TimeFrom = TimeFrom.PARLIAMENT


def event(number: int, kind: ChangeKind = SIGNED, **changes: Any) -> Event:
    facts: dict[str, Any] = {
        "member_id": number,
        "happened_at": NOW - timedelta(days=20) + timedelta(hours=number),
    }
    made = Event(number, kind, **(facts | changes))
    return replace(made, signature_id=changes.get("signature_id", made.member_id))


def member(number: int, **changes: Any) -> MemberView:
    facts: dict[str, Any] = {
        "name": f"Member {number}",
        "party": "Labour",
        "constituency": f"Seat {number}",
        "ons_code": None,
        "status": NudgeStatus.NOT_ASKED,
        "why": "Nobody has written yet.",
        "signed_on": None,
        "withdrawn_on": None,
        "supporters": None,
        "is_sitting": True,
        "thumbnail_url": None,
        "position_url": None,
    }
    return MemberView(member_id=number, **(facts | changes))


def house(*members: MemberView) -> MembersView:
    return MembersView(dict.fromkeys(NudgeStatus, 0), members)


def page(
    motion: MotionView = MOTION,
    members: MembersView | None = None,
    events: list[Event] | None = None,
    query: str | None = None,
) -> PublicPage:
    return public_page(
        motion,
        members or house(),
        events or [],
        campaign="A campaign",
        goal=100,
        boundaries="2024",
        query=query,
        asked=SeatFilter(),
        is_rehearsal=False,
        now=NOW,
    )


# Words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (9, "just now"),
        (10, "10 seconds ago"),
        (49, "40 seconds ago"),
        (59, "50 seconds ago"),
        (60, "1 minute ago"),
        (3_599, "59 minutes ago"),
        (3_600, "1 hour ago"),
        (86_399, "23 hours ago"),
        (86_400, "1 day ago"),
        (400 * 86_400, "400 days ago"),
    ],
)
def test_how_long_ago_is_said_in_its_largest_whole_unit(seconds, said):
    assert words.ago(NOW - timedelta(seconds=seconds), now=NOW) == said


def test_days_and_times_are_londons():
    summer_night = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert words.moment_words(summer_night, now=NOW) == "00:30 on 1 July 2026"
    assert words.moment_words(summer_night, now=summer_night) == "00:30 today"
    assert words.day(date(2015, 3, 4)) == "4 March 2015"


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 0, "0%"),
        (0, 9, "0%"),
        (1, 400, "under 1%"),
        (1, 6, "17%"),
        (399, 400, "over 99%"),
        (4, 4, "100%"),
    ],
)
def test_a_share_is_never_none_or_all_unless_it_is(part, whole, said):
    assert words.percent(part, whole) == said


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 MPs"), (1, "1 MP"), (2, "2 MPs"), (1_234, "1,234 MPs")]
)
def test_a_number_takes_its_noun(count, said):
    assert words.counted(count, "MP") == said


# Counting


def test_the_running_count_counts_members_not_rows():
    events = [
        event(1, signature_id=1),
        event(2, member_id=1, signature_id=2, again=True),
        event(3, member_id=3),
        event(4, WITHDRAWN, member_id=1, signature_id=1),
        event(5, WITHDRAWN, member_id=1, signature_id=2),
        event(6, member_id=1, signature_id=9, again=True),
    ]
    assert [point.count for point in tallies.running_counts(events)] == [
        *(1, 1, 2, 2, 1, 2)
    ]


def test_what_happened_first_counts_first_whenever_it_was_seen():
    late_seen = event(9, happened_at=NOW - timedelta(days=30))
    points = tallies.running_counts([event(1), late_seen])
    assert points == [
        CountPoint(late_seen.happened_at, 1),
        CountPoint(event(1).happened_at, 2),
    ]


def test_days_are_londons_and_each_ends_with_its_total():
    midnight = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # 1 July in London
    events = [
        event(1, happened_at=midnight - timedelta(hours=1)),
        event(2, happened_at=midnight),
        event(3, REMOVED, member_id=1, happened_at=midnight + timedelta(hours=2)),
    ]
    assert tallies.daily_counts(events) == [
        DayCount(date(2026, 6, 30), 1, 0, 1),
        DayCount(date(2026, 7, 1), 1, 1, 1),
    ]


def test_shares_are_of_those_who_sit_and_can_sign_with_co_op_counted_as_labour():
    signed = NudgeStatus.SIGNED
    shares = tallies.party_shares(
        [
            member(1, status=signed),
            member(2, party="Labour (Co-op)"),
            member(3, status=NudgeStatus.CANNOT_SIGN),
            member(4, status=signed, is_sitting=False),
            member(5, party="Alliance", status=signed),
            member(6, party=None, status=NudgeStatus.WITHDREW),
        ]
    )
    assert [(s.party, s.signed_count, s.eligible_count) for s in shares] == [
        ("Alliance", 1, 1),
        ("Labour", 1, 2),
        ("Unknown", 0, 1),
    ]


# Findings


def test_the_finding_is_of_the_first_week_once_that_is_over():
    first_day = datetime(2026, 11, 2, 12, tzinfo=UTC)
    events = [
        event(1, happened_at=first_day),
        event(2, member_id=1, happened_at=first_day, signature_id=8),
        event(3, happened_at=datetime(2026, 11, 8, 23, 59, tzinfo=UTC)),
        event(4, happened_at=datetime(2026, 11, 9, 0, 0, tzinfo=UTC)),
    ]
    assert time_chart(MOTION, events, goal=9, now=NOW).finding == (
        "2 MPs signed in the first week"
    )
    in_it = datetime(2026, 11, 8, 12, tzinfo=UTC)
    assert time_chart(MOTION, events[:1], goal=9, now=in_it).finding == (
        "1 MP signed since 2 November 2026"
    )
    assert time_chart(MOTION, [], goal=9, now=NOW).finding == "No signature yet"


def test_the_line_starts_at_nothing_and_ends_now_or_with_the_last_day():
    open_line = time_chart(MOTION, [event(1), event(2)], goal=9, now=NOW).points
    assert [point.count for point in open_line] == [0, 1, 2, 2]
    assert open_line[-1].at == NOW
    closed = replace(MOTION, state=MotionState.CLOSED, closes_on=date(2026, 11, 12))
    closed_line = time_chart(closed, [event(1), event(2)], goal=9, now=NOW).points
    assert closed_line[-1].at == datetime(2026, 11, 13, tzinfo=UTC)


def test_the_party_with_most_names_is_named_and_no_independent_is_a_party():
    signed = NudgeStatus.SIGNED
    independents = [member(n, party="Independent", status=signed) for n in (1, 2)]
    labour = [member(3, status=signed), member(4)]
    seats = house(*independents, *labour, member(5, party="Green Party"))
    chart = party_chart(seats, is_read=True)
    assert chart.finding == "Most names are from Labour: 1 of 2 MPs"
    assert [share.party for share in chart.drawn] == ["Independent", "Labour"]
    assert len(chart.shares) == 3
    silent = party_chart(house(member(1)), is_read=True)
    assert silent.finding == "No party's MPs have signed yet"


def test_before_the_first_answer_no_chart_says_that_nobody_signed():
    unread = page(replace(MOTION, last_good_poll_at=None), house(member(1)))
    assert unread.time_chart.finding == "Signatures over time"
    assert unread.party_chart == PartyChart("Signatures by party", (), ())


# The page


def test_what_is_asked_is_one_sentence_with_edm_spelled_out():
    assert page().ask == (
        "MPs are asked to sign Early Day Motion (EDM) 718, “Political prisoners”"
    )
    assert page(replace(MOTION, title=None)).ask.endswith("718 of session 2026-27")
    assert page().scale_words == "of 518 MPs who can sign"
    assert page(replace(MOTION, eligible_count=0)).scale_words == (
        "The list of MPs has not been read yet"
    )


def test_a_motion_that_is_over_is_a_record():
    closed = replace(MOTION, state=MotionState.CLOSED, closes_on=date(2015, 3, 26))
    shown = page(closed)
    assert shown.notices == (
        "Closed on 26 March 2015, when the session ended; this is the record.",
    )
    assert shown.ask.startswith("MPs were asked to sign")
    assert shown.scale_words == "of 518 MPs who could sign"
    assert shown.count_words == ("MP signed", "MPs signed")
    withdrawn = replace(closed, state=MotionState.WITHDRAWN)
    assert page(withdrawn).notices == (
        "The motion was withdrawn on 26 March 2015; this is the record.",
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Christmas recess", "The House is in recess"),
        ("Prorogation", "Parliament is prorogued"),
        ("Dissolution of Parliament", "Parliament is dissolved"),
        ("Not sitting", "The House does not sit"),
    ],
)
def test_in_a_recess_the_page_says_until_when_no_name_can_appear(name, said):
    motion = replace(MOTION, no_name_until_on=date(2027, 1, 4), spell_name=name)
    assert page(motion).notices == (
        f"{said} until 4 January 2027: no new name can appear until then.",
    )
    assert page().notices == ()


def test_the_newest_ten_changes_are_shown_newest_first():
    shown = page(events=[event(number) for number in range(1, 13)])
    assert [change.event_id for change in shown.changes] == [*range(12, 2, -1)]
    assert shown.last_event_id == 12
    assert page().last_event_id == 0


def test_words_never_give_a_motive():
    gone = event(3, REMOVED, name=None, party=None, time_from=TimeFrom.OBSERVED)
    events = [event(1), event(2, again=True), event(4, WITHDRAWN), gone]
    said = [change.said for change in page(events=events).changes]
    assert said == [
        "is no longer on Parliament's list",
        "Parliament shows the signature as withdrawn",
        "signed again",
        "signed",
    ]
    newest = page(events=events).changes[0]
    assert newest.name == "Member 3"
    assert newest.place == "Ynys Môn"
    assert newest.when.startswith("seen at ")


def test_a_search_finds_a_bounded_number_and_says_what_to_do():
    many = house(*(member(number) for number in range(FOUND_COUNT + 1)))
    found = page(members=many, query=" member ").search
    assert found is not None
    assert found.query == "member"
    assert len(found.found) == FOUND_COUNT
    assert found.words.startswith("13 MPs fit “member”; the first 12 are shown.")
    one = page(members=many, query="seat 11").search
    assert one is not None
    assert one.words == "1 MP fits “seat 11”."
    assert page(query="   ").search is None
    none = page(query="x" * 1_000).search
    assert none is not None
    assert len(none.query) == 100
    assert none.words.startswith("No MP and no constituency fits")
    unread = page(replace(MOTION, member_count=0), query="ann").search
    assert unread is not None
    assert "has not been read from Parliament yet" in unread.words


def test_room_is_kept_for_the_digits_to_come():
    for count, digits in [(0, 2), (79, 2), (80, 3), (979, 3), (980, 4)]:
        assert page(replace(MOTION, signature_count=count)).digit_count == digits


# How fresh


def test_a_healthy_page_says_when_it_was_checked_and_nothing_else():
    shown = freshness(MOTION, now=NOW)
    assert (shown.tone, shown.note) == (Tone.OK, None)
    assert shown.checked_words == "Checked 40 seconds ago"


@pytest.mark.parametrize(
    ("health", "is_failing", "tone"),
    [
        (Health.OK, True, Tone.FAILING),
        (Health.STALE, False, Tone.FAILING),
        (Health.SUSPECT, True, Tone.DOUBT),
        (Health.NEVER, False, Tone.WAITING),
        (Health.NEVER, True, Tone.FAILING),
    ],
)
def test_each_trouble_has_a_tone_and_its_words(health, is_failing, tone):
    motion = replace(
        MOTION,
        health=health,
        health_note="What the rules say.",
        failing_since_at=NOW if is_failing else None,
        failure="answered 503" if is_failing else None,
        failure_kind=FailureKind.UNAVAILABLE if is_failing else None,
    )
    shown = freshness(motion, now=NOW)
    assert shown.tone is tone
    assert shown.note is not None
    assert shown.note.startswith("What the rules say.")
    assert ("service is out of order" in shown.note) is is_failing
    assert "503" not in shown.note


def test_a_motion_never_read_says_what_will_appear():
    motion = replace(MOTION, health=Health.NEVER, last_good_poll_at=None)
    shown = freshness(motion, now=NOW)
    assert shown.checked_words == "Not checked yet"
    assert shown.note is not None
    assert "appear here once it has been read" in shown.note
    assert not page(motion).is_known
    assert page().is_known


# One Member


def test_after_the_end_nobody_is_still_to_be_asked():
    nudged = member(1, status=NudgeStatus.NEEDS_NUDGE)
    ended = member_line(nudged, path="/m", is_open=False)
    assert ended.status_words == "Did not sign"
    assert "ended" in ended.why
    assert member_line(nudged, path="/m", is_open=True).status_words == "Needs a nudge"
    signed = member(1, status=NudgeStatus.SIGNED)
    assert member_line(signed, path="/m", is_open=False).status_words == "Signed"
