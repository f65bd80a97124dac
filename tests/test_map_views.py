"""What the map of the seats shows, as values: each seat, the legend, the table behind."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dashboard.hexmap import hex_cells
from dashboard.map_views import (
    CELL_HEIGHT,
    CELL_WIDTH,
    LONGEST_SEAT,
    STATUS_KEYS,
    SeatFilter,
    SeatLine,
    SeatMap,
    seat_filter,
    seat_map,
)
from tracker.board import MembersView, MemberView
from tracker.parliament.seats import Boundaries, Seat, boundaries_on, seats_of
from tracker.rules.status import NudgeStatus

SIGNED = NudgeStatus.SIGNED
SEATS = seats_of("2024")


def member(number: int, seat: Seat = SEATS[0], **changes: Any) -> MemberView:
    facts: dict[str, Any] = {
        "member_id": number,
        "name": f"Member {number}",
        "party": "Labour",
        "constituency": seat.constituency,
        "ons_code": seat.ons_code,
        "status": NudgeStatus.NOT_ASKED,
        "why": "",
        "signed_on": None,
        "withdrawn_on": None,
        "supporters": None,
        "is_sitting": True,
        "thumbnail_url": None,
        "position_url": None,
    }
    return MemberView(**(facts | changes))


def a_house(*signed: int, boundaries: Boundaries = "2024") -> list[MemberView]:
    """Return a full House; those of these places in the table have signed."""
    return [
        member(
            1_000 + place,
            seat,
            status=SIGNED if place in signed else NudgeStatus.NOT_ASKED,
        )
        for place, seat in enumerate(seats_of(boundaries))
    ]


def shown(
    *members: MemberView,
    boundaries: Boundaries = "2024",
    is_open: bool = True,
    **asked: str,
) -> SeatMap:
    view = MembersView({}, tuple(members))
    return seat_map(
        view, boundaries, path="/m", is_open=is_open, asked=SeatFilter(**asked)
    )


def seat_of(made: SeatMap, constituency: str) -> SeatLine:
    [found] = [cell for cell in made.cells if cell.constituency == constituency]
    return found


def test_a_seat_shows_its_mp_the_status_and_the_way_to_the_mp():
    seat = seat_of(shown(member(7, status=SIGNED)), "Aldershot")
    assert (seat.status, seat.status_words) == ("signed", "Signed")
    assert (seat.name, seat.party, seat.url) == ("Member 7", "Labour", "/m/mps/7")
    assert seat.label == "Aldershot: Member 7, signed"


def test_a_seat_without_an_mp_is_vacant_and_leads_nowhere():
    made = shown(*a_house()[1:])
    seat = seat_of(made, "Aldershot")
    assert (seat.status, seat.name, seat.url) == ("vacant", None, None)
    assert seat.label == "Aldershot: vacant"
    assert made.legend[-1].words == "Vacant"
    assert made.legend[-1].count == 1
    assert "vacant" not in {line.status for line in shown(*a_house()).legend}


def test_who_has_left_the_house_holds_no_seat():
    left = member(7, status=SIGNED, is_sitting=False)
    assert seat_of(shown(left, *a_house()[1:]), "Aldershot").status == "vacant"


def test_a_seat_whose_code_is_not_known_is_found_by_its_name():
    for code in (None, "E99999999"):
        made = shown(member(7, ons_code=code))
        assert seat_of(made, "Aldershot").name == "Member 7"
    nowhere = member(7, ons_code=None, constituency="Nowhere")
    assert not shown(nowhere).is_read


def test_labour_and_the_co_op_are_one_party_here_too():
    made = shown(member(7, party="Labour (Co-op)"), party="Labour")
    assert [row.name for row in made.rows] == ["Member 7"]
    assert made.parties == ("Labour",)


@pytest.mark.parametrize("boundaries", ["2010", "2024"])
def test_every_seat_has_a_place_of_its_own_inside_the_drawing(boundaries):
    made = shown(*a_house(boundaries=boundaries), boundaries=boundaries)
    assert len({(cell.x, cell.y) for cell in made.cells}) == 650
    assert min(cell.x for cell in made.cells) >= CELL_WIDTH // 2
    assert min(cell.y for cell in made.cells) == CELL_HEIGHT // 2
    assert max(cell.x for cell in made.cells) + CELL_WIDTH // 2 == made.width
    assert max(cell.y for cell in made.cells) + CELL_HEIGHT // 2 == made.height
    assert [cell.constituency for cell in made.cells] == [
        cell.constituency for cell in hex_cells(boundaries)
    ]


def test_the_boundaries_are_those_of_the_day_of_the_house():
    assert boundaries_on(date(2015, 3, 26)) == "2010"
    assert boundaries_on(date(2026, 11, 24)) == "2024"


def test_the_legend_counts_every_seat_once():
    made = shown(*a_house(3, 5))
    assert {line.status: line.count for line in made.legend} == {
        **dict.fromkeys((s.value for s in NudgeStatus), 0),
        "signed": 2,
        "not_asked": 648,
    }
    assert sum(line.count for line in made.legend) == 650


def test_after_the_end_nobody_is_still_to_be_asked_on_the_map_either():
    nudged = member(7, status=NudgeStatus.NEEDS_NUDGE)
    made = shown(nudged, is_open=False)
    seat = seat_of(made, "Aldershot")
    assert (seat.status, seat.status_words) == ("not_asked", "Did not sign")
    words = [line.words for line in made.legend]
    assert "Needs a nudge" not in words
    assert "Did not sign" in words


def test_the_keys_have_a_digit_for_each_cell_in_the_order_of_the_drawing():
    made = shown(*a_house(3))
    assert len(made.keys) == 650
    place = [cell.name for cell in made.cells].index("Member 1003")
    assert made.keys[place] == STATUS_KEYS["signed"]
    assert made.keys.count(STATUS_KEYS["not_asked"]) == 649
    assert len(set(STATUS_KEYS.values())) == len(STATUS_KEYS) == 9
    for line in made.legend:
        assert line.key == STATUS_KEYS[line.status]


# The finding


def test_the_finding_counts_the_nations_and_regions():
    regions = {seat.region: place for place, seat in enumerate(SEATS)}
    three, every = list(regions.values())[:3], regions.values()
    assert shown(*a_house(*three)).finding == (
        "MPs in 3 of the 12 nations and regions have signed"
    )
    assert shown(*a_house(*every)).finding == (
        "MPs in all 12 nations and regions have signed"
    )
    assert shown(*a_house(*every), is_open=False).finding.endswith("regions signed")
    assert shown(*a_house(0)).finding == (
        "Only MPs in one of the 12 regions have signed: South East"
    )


def test_without_a_signature_the_finding_says_so():
    assert shown(*a_house()).finding == "No MP has signed yet, in any of the 650 seats"
    assert shown(*a_house(), is_open=False).finding == (
        "No MP signed, in any of the 650 seats"
    )
    assert shown(*a_house()).is_read


def test_before_the_house_or_the_motion_was_read_nothing_is_said_of_signatures():
    assert not shown().is_read
    assert shown().finding == "The 650 seats"
    view = MembersView({}, tuple(a_house()))
    unread = seat_map(
        view, "2024", path="/m", is_open=True, is_known=False, asked=SeatFilter()
    )
    assert unread.is_read
    assert unread.finding == "The 650 seats"


# The table


def test_the_table_is_in_the_order_of_the_alphabet_and_whole_if_nothing_is_asked():
    made = shown(*a_house())
    names = [row.constituency for row in made.rows]
    assert names[:3] == ["Aberafan Maesteg", "Aberdeen North", "Aberdeen South"]
    assert len(names) == 650
    assert made.rows_words == "All 650 seats, by name"


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"status": "signed"}, ["Aldershot", "Amber Valley"]),
        ({"status": "signed", "seat": "alder"}, ["Aldershot"]),
        ({"seat": "member 1003"}, ["Amber Valley"]),
        ({"party": "LABOUR", "status": "signed", "seat": "amber"}, ["Amber Valley"]),
        ({"party": "Green Party"}, []),
        ({"status": "vacant"}, []),
    ],
)
def test_the_table_is_narrowed_by_all_that_is_asked(asked, names):
    made = shown(*a_house(0, 3), **asked)
    assert [row.constituency for row in made.rows] == names
    assert made.asked.is_set
    assert sum(line.count for line in made.legend) == 650, "the legend counts all"


def test_what_the_table_leaves_out_is_said():
    house = a_house(0, 3)
    assert shown(*house, status="signed").rows_words == "2 of 650 seats fit, by name"
    assert shown(*house, seat="aldershot").rows_words == "1 of 650 seats fits, by name"
    assert shown(*house, party="None such").rows_words.startswith("No seat fits all")


def test_a_vacant_seat_is_not_found_by_the_word_none():
    assert "Aldershot" not in {row.constituency for row in shown(seat="none").rows}


def test_an_address_asks_only_for_what_there_is():
    assert seat_filter("nonsense", None, None) == SeatFilter()
    assert not seat_filter(None, "  ", "\n").is_set
    asked = seat_filter("vacant", " Labour ", f" a   b {'x' * 500}")
    assert (asked.status, asked.party) == ("vacant", "Labour")
    assert asked.seat.startswith("a b x")
    assert len(asked.seat) == LONGEST_SEAT
    assert replace(asked, status="", party="", seat="") == SeatFilter()
