"""Whom an email was to: each kind of evidence, silence, conflict; and never a guess."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.book import Book, SeatSpell, make_book, normal_person
from tracker.rules.matching import (
    MOST_SUGGESTIONS,
    MatchInput,
    MatchMethod,
    match_email,
    recipients_named,
)

DAY = date(2026, 6, 1)
OLD_HOUSE = date(2015, 3, 1)
ISLAND, TOOTING, RUNCORN = "W07000112", "E14001553", "E14001455"

SPELLS = (
    SeatSpell(1, "Ynys Môn", ISLAND, date(2024, 7, 4)),
    SeatSpell(2, "St Ives", None, date(2024, 7, 4)),
    SeatSpell(3, "Tooting", TOOTING, date(2024, 7, 4)),
    SeatSpell(4, "Runcorn and Helsby", RUNCORN, date(2024, 7, 4), date(2026, 3, 10)),
    SeatSpell(5, "Runcorn and Helsby", RUNCORN, date(2026, 5, 7)),
    SeatSpell(6, "Tooting", "E14000998", date(2010, 5, 6), date(2015, 3, 30)),
)
NAMES = (
    ("Jane Carver", 1),
    ("Carver, Jane", 1),
    ("Alex Morgan", 2),
    ("Alex Morgan", 3),
    ("Petra Old", 4),
    ("Rt Hon Sir Nils Young KC MP", 5),
    ("Ida Former", 6),
)
ADDRESSES = (
    ("jane@parliament.example", 1),
    ("Petra.Old@parliament.example", 4),
    ("office@party.example", 4),
    ("office@party.example", 5),
)
BOOK: Book = make_book(ADDRESSES, SPELLS, NAMES)


@pytest.mark.parametrize(
    ("told", "member_id", "method"),
    [
        (MatchInput(recipient="JANE@Parliament.Example"), 1, MatchMethod.RECIPIENT),
        (MatchInput(ons_code=ISLAND), 1, MatchMethod.POSTCODE),
        (MatchInput(constituency="YNYS MON"), 1, MatchMethod.CONSTITUENCY),
        (MatchInput(constituency="Saint Ives"), 2, MatchMethod.CONSTITUENCY),
        (MatchInput(constituency="Runcorn & Helsby"), 5, MatchMethod.CONSTITUENCY),
        (MatchInput(mp_name="Ms Jane Carver MP"), 1, MatchMethod.NAME),
        (MatchInput(mp_name="young, nils"), 5, MatchMethod.NAME),
    ],
)
def test_each_kind_of_evidence_alone_names_a_member(told, member_id, method):
    match = match_email(told, BOOK, DAY)
    assert (match.member_id, match.method) == (member_id, method)
    assert match.reason is None


def test_the_first_method_that_named_the_member_is_kept():
    told = MatchInput(ons_code=ISLAND, constituency="Ynys Môn", mp_name="Jane Carver")
    assert match_email(told, BOOK, DAY).method is MatchMethod.POSTCODE
    with_address = MatchInput("jane@parliament.example", ISLAND, "Ynys Môn")
    assert match_email(with_address, BOOK, DAY).method is MatchMethod.RECIPIENT


def test_silent_evidence_does_not_contradict_what_names_a_member():
    told = MatchInput("unknown@parliament.example", ISLAND, "Nowhere", "Alex Morgan")
    assert match_email(told, BOOK, DAY).member_id == 1


def test_two_members_named_is_a_review_with_both_as_suggestions():
    match = match_email(MatchInput(ons_code=ISLAND, mp_name="Nils Young"), BOOK, DAY)
    assert match.member_id is None
    assert match.reason == "the postcode and the MP's name name different Members"
    assert match.suggestions == (1, 5)


@pytest.mark.parametrize(
    ("day", "member_id"),
    [
        (date(2026, 3, 10), 4),
        (date(2026, 3, 11), None),
        (date(2026, 5, 6), None),
        (date(2026, 5, 7), 5),
        (date(2024, 7, 3), None),
        (date(2024, 7, 4), 4),
    ],
)
def test_the_seats_history_decides_who_the_mp_was(day, member_id):
    match = match_email(MatchInput(ons_code=RUNCORN), BOOK, day)
    assert match.member_id == member_id
    if member_id is None:
        assert match.suggestions == (5, 4)


@pytest.mark.parametrize(("day", "member_id"), [(DAY, 3), (OLD_HOUSE, 6)])
def test_a_name_that_seats_of_two_boundaries_have_is_that_of_the_day(day, member_id):
    told = MatchInput(constituency="Tooting")
    assert match_email(told, BOOK, day).member_id == member_id


def test_two_members_of_one_name_are_silence_and_suggestions():
    match = match_email(MatchInput(mp_name="Alex Morgan"), BOOK, DAY)
    assert (match.member_id, match.suggestions) == (None, (2, 3))
    assert match.reason == "more than one Member has that name"


def test_an_address_that_two_members_had_is_silence():
    match = match_email(MatchInput(recipient="office@party.example"), BOOK, DAY)
    assert (match.member_id, match.suggestions) == (None, (4, 5))


@pytest.mark.parametrize(
    ("told", "suggested"),
    [
        (MatchInput(mp_name="Jane Carvar"), 1),
        (MatchInput(constituency="Tootting"), 3),
        (MatchInput(mp_name="Nils Yuong"), 5),
    ],
)
def test_a_near_miss_is_a_suggestion_only(told, suggested):
    match = match_email(told, BOOK, DAY)
    assert match.member_id is None
    assert suggested in match.suggestions


def test_an_email_that_tells_nothing_says_so():
    match = match_email(MatchInput(), BOOK, DAY)
    assert match.reason == "nothing tells which MP it was to"
    assert match.suggestions == ()


def test_recipients_are_split_by_member_not_by_address():
    named = recipients_named(
        ["x@y.example", "jane@parliament.example", "petra.old@parliament.example"], BOOK
    )
    assert list(named) == [1, 4]
    assert recipients_named(["office@party.example"], BOOK) == {}


def test_evidence_of_the_other_recipient_is_of_the_other_email():
    told = MatchInput(recipient="petra.old@parliament.example", ons_code=ISLAND)
    assert match_email(told, BOOK, DAY).member_id is None
    assert match_email(told, BOOK, DAY, frozenset({1})).member_id == 4


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Rt Hon Dame Jane CARVER DBE MP", "jane carver"),
        ("Carver, Ms Jane", "jane carver"),
        ("Jane Carver, MP", "jane carver"),
        ("José Núñez-Hill", "jose nunez hill"),
        ("The Honourable", ""),
        ("MP", ""),
    ],
)
def test_names_are_compared_without_titles(name, plain):
    assert normal_person(name) == plain


@given(
    recipient=st.sampled_from(
        [None, *(address for address, _ in ADDRESSES), "no@one.example"]
    ),
    ons_code=st.sampled_from([None, ISLAND, TOOTING, RUNCORN, "E14999999"]),
    constituency=st.sampled_from([None, *(s.constituency for s in SPELLS), "Nowhere"]),
    mp_name=st.sampled_from([None, *(name for name, _ in NAMES), "No One"]),
    day=st.dates(date(2009, 1, 1), date(2027, 1, 1)),
    others=st.frozensets(st.integers(1, 6), max_size=2),
)
def test_a_member_is_counted_only_if_all_exact_evidence_names_them(
    recipient, ons_code, constituency, mp_name, day, others
):
    told = MatchInput(recipient, ons_code, constituency, mp_name)
    match = match_email(told, BOOK, day, others)
    singles = [
        match_email(one, BOOK, day).member_id
        for one in (
            MatchInput(recipient=recipient),
            MatchInput(ons_code=ons_code),
            MatchInput(constituency=constituency),
            MatchInput(mp_name=mp_name),
        )
    ]
    named = {m for m in singles if m is not None} - others
    assert match.member_id == (named.pop() if len(named) == 1 else None)
    assert (match.member_id is None) == (match.reason is not None)
    assert (match.member_id is None) == (match.method is None)
    assert len(match.suggestions) <= MOST_SUGGESTIONS


@given(st.text())
def test_no_text_breaks_the_book(text):
    told = MatchInput(text, text, text, text)
    match = match_email(told, BOOK, DAY)
    assert match.member_id is None or match.member_id in range(1, 7)
