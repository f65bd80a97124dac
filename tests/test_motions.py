"""tracker.parliament.motions: which answers about a motion are good."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tracker.parliament.decode import AnswerError
from tracker.parliament.motions import (
    NotExactlyOne,
    parse_motion,
    parse_motion_list,
    pick_motion,
)
from tracker.parliament.snapshot import MotionCandidate, Snapshot

RECORDED = Path(__file__).parents[2] / "shared" / "parliament" / "recorded"
MISSING = object()
SESSION = {"starts_on": date(2014, 6, 4), "ends_on": date(2015, 3, 26)}


def recorded(name: str) -> bytes:
    path = RECORDED / name
    if not path.exists():
        pytest.skip(f"Parliament's recorded answer {name} is not beside this checkout")
    return path.read_bytes()


def row(signature_id: int = 1, **changes: object) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "Id": signature_id,
        "MemberId": 100 + signature_id,
        "Member": {
            "Name": "Ada Example",
            "ListAs": "Example, Ada",
            "Party": "Labour",
            "Constituency": "Nowhere North",
        },
        "SponsoringOrder": signature_id,
        "CreatedWhen": "2015-01-20T14:30:00",
        "IsWithdrawn": False,
        "WithdrawnDate": None,
    }
    fields.update(changes)
    return {k: v for k, v in fields.items() if v is not MISSING}


def answer(*rows: object, **changes: object) -> bytes:
    response: dict[str, Any] = {
        "Id": 9,
        "UIN": 718,
        "Sponsors": list(rows),
        "Status": 0,
        "SponsorsCount": 0,
    }
    response.update(changes)
    return envelope({k: v for k, v in response.items() if v is not MISSING})


def envelope(response: object, **changes: object) -> bytes:
    fields: dict[str, Any] = {
        "PagingInfo": None,
        "StatusCode": 200,
        "Success": True,
        "Errors": [],
        "Response": response,
    }
    fields.update(changes)
    return json.dumps({k: v for k, v in fields.items() if v is not MISSING}).encode()


def read(body: bytes) -> Snapshot:
    return parse_motion(body, parliament_id=9, number=718)


def test_the_recorded_poll_of_13_june_has_134_rows_and_two_withdrawn():
    body = recorded("edm-detail-65938-poll-2026-06-13.json")
    motion = parse_motion(body, parliament_id=65938, number=240)
    assert len(motion.rows) == 134
    assert sum(r.is_withdrawn for r in motion.rows) == 2
    assert motion.tabled_on == date(2026, 6, 1)
    assert not motion.is_withdrawn
    assert motion.primary_member_id == 4869
    assert motion.amendment_suffix is None
    assert motion.rows[0].created_at == datetime(
        2026, 5, 28, 15, 23, 48, 710_000, tzinfo=UTC
    )
    assert motion.rows[-1].sponsoring_order is None
    assert motion.rows[-1].withdrawn_at is not None


def test_the_recorded_poll_of_16_june_has_five_rows_more():
    body = recorded("edm-detail-65938-poll-2026-06-16.json")
    motion = parse_motion(body, parliament_id=65938, number=240)
    assert len(motion.rows) == 139


def test_the_recorded_motion_of_2020_is_counted_by_rows_not_by_sponsors_count():
    body = recorded("edm-detail-56795.json")
    uin = json.loads(body)["Response"]["UIN"]
    assert json.loads(body)["Response"]["SponsorsCount"] == 0
    motion = parse_motion(body, parliament_id=56795, number=uin)
    assert len(motion.rows) == 17
    assert motion.rows[0].name == "Jamie Stone"
    assert motion.rows[0].constituency == "Caithness, Sutherland and Easter Ross"


def test_the_recorded_error_is_told_in_parliament_s_own_words():
    with pytest.raises(AnswerError) as error:
        read(recorded("edm-detail-65938-error-2026-08-05.json"))
    assert str(error.value) == (
        "Parliament answered with an error (StatusCode 400): "
        "Object reference not set to an instance of an object."
    )


def test_parliament_s_words_are_shortened_and_cleaned():
    body = envelope(None, Success=False, StatusCode="x", Errors=["\x1b[1m" + "y" * 900])
    with pytest.raises(AnswerError) as error:
        read(body)
    assert str(error.value) == (
        "Parliament answered with an error: [1m" + "y" * 196 + "…"
    )


@pytest.mark.parametrize("errors", [None, [], {}, [1], ""])
def test_an_error_without_words_is_still_an_error(errors):
    with pytest.raises(AnswerError, match="no reason given"):
        read(envelope(None, Success=False, Errors=errors))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[]", "the answer is a list, an object is right"),
        (b"null", "the answer is null"),
        (envelope({}, Success=MISSING), "the answer has no Success"),
        (envelope({}, Success=1), "Success of the answer is neither"),
        (envelope({}, Success="true"), "Success of the answer is neither"),
        (envelope(None), "Response is null, an object is right"),
        (envelope([]), "Response is a list"),
        (envelope({}, Response=MISSING), "the answer has no Response"),
        (answer(Id=MISSING), "Response has no Id"),
        (answer(UIN="718"), "UIN of Response is text"),
        (answer(Sponsors=None), "Sponsors of Response is null, a list is right"),
        (answer(Sponsors=MISSING), "Response has no Sponsors"),
        (answer(Sponsors={}), "Sponsors of Response is an object"),
        (answer(Sponsors=0), "Sponsors of Response is a number"),
        (answer(row(), None), "row 2 of Sponsors is null"),
    ],
)
def test_an_answer_of_another_shape_is_refused_naming_the_place(body, said):
    with pytest.raises(AnswerError, match=said):
        read(body)


@pytest.mark.parametrize(("parliament_id", "number"), [(9, 719), (10, 718)])
def test_an_answer_about_another_motion_names_both_numbers(parliament_id, number):
    with pytest.raises(AnswerError, match="another motion") as error:
        parse_motion(answer(), parliament_id=parliament_id, number=number)
    for shown in ("Id 9", "number 718", f"Id {parliament_id}", f"number {number}"):
        assert shown in str(error.value)


@pytest.mark.parametrize(
    "field", ["Id", "MemberId", "IsWithdrawn", "CreatedWhen", "WithdrawnDate"]
)
def test_a_missing_required_field_fails_the_poll_and_is_named(field):
    body = answer(row(1), row(2292044, **{field: MISSING}))
    shown = "" if field == "Id" else r" \(Id 2292044\)"
    with pytest.raises(AnswerError, match=f"row 2{shown} of Sponsors has no {field}"):
        read(body)


@pytest.mark.parametrize("field", ["Member", "SponsoringOrder"])
def test_a_missing_optional_field_of_a_row_is_fine(field):
    assert len(read(answer(row(1, **{field: MISSING}))).rows) == 1


@pytest.mark.parametrize("field", ["Id", "MemberId"])
@pytest.mark.parametrize(
    "value", ["4612", 4612.0, 4612.5, True, False, None, 0, -1, 2**31, [], {}]
)
def test_an_id_is_a_whole_positive_number_and_nothing_else(field, value):
    with pytest.raises(AnswerError, match=f"{field} of row 1 .*whole positive number"):
        read(answer(row(1, **{field: value})))


def test_the_largest_id_is_read():
    assert read(answer(row(2**31 - 1, MemberId=1))).rows[0].signature_id == 2**31 - 1


@pytest.mark.parametrize("value", [None, 0, 1, "false", "", []])
def test_is_withdrawn_is_true_or_false_and_nothing_else(value):
    with pytest.raises(AnswerError, match=r"IsWithdrawn of row 1 .*true or false"):
        read(answer(row(1, IsWithdrawn=value)))


@pytest.mark.parametrize("field", ["CreatedWhen", "WithdrawnDate"])
@pytest.mark.parametrize("value", ["", "soon", 0, True, "2026-02-30T00:00:00", []])
def test_an_unreadable_time_fails_the_poll(field, value):
    with pytest.raises(AnswerError, match=f"{field} of row 1 .*not a date and time"):
        read(answer(row(1, **{field: value})))


@pytest.mark.parametrize("field", ["CreatedWhen", "WithdrawnDate"])
@pytest.mark.parametrize("value", [None, "0001-01-01T00:00:00"])
def test_a_time_may_be_null(field, value):
    [only] = read(answer(row(1, **{field: value}))).rows
    assert (only.created_at if field == "CreatedWhen" else only.withdrawn_at) is None


@pytest.mark.parametrize("member", [None, [], "x", {}, {"Name": None, "Party": 5}])
def test_a_row_without_a_readable_member_is_kept_with_what_is_known(member):
    [only] = read(answer(row(1, Member=member))).rows
    assert (only.member_id, only.name, only.party) == (101, None, None)


@pytest.mark.parametrize("order", [None, "1", 1.0, True, -1, 2**40])
def test_an_odd_order_is_no_order(order):
    assert read(answer(row(1, SponsoringOrder=order))).rows[0].sponsoring_order is None


def test_the_order_of_a_bulk_load_is_kept():
    [only] = read(answer(row(1, SponsoringOrder=99999))).rows
    assert only.sponsoring_order == 99999


def test_unknown_fields_are_ignored():
    assert len(read(answer(row(1, New={"a": 1}), AlsoNew=[1])).rows) == 1


def test_rows_keep_the_order_of_the_answer():
    ids = [r.signature_id for r in read(answer(row(5), row(2), row(9))).rows]
    assert ids == [5, 2, 9]


def test_the_same_row_twice_is_one_row_and_the_first_is_kept():
    first, again = row(1), row(1, SponsoringOrder=7, Member=None)
    [only] = read(answer(first, again)).rows
    assert (only.sponsoring_order, only.name) == (1, "Ada Example")


@pytest.mark.parametrize("change", [{"MemberId": 999}, {"IsWithdrawn": True}])
def test_the_same_id_saying_two_things_fails_the_poll(change):
    with pytest.raises(AnswerError, match=r"row 3 \(Id 1\) of Sponsors contradicts"):
        read(answer(row(1), row(2), row(1, **change)))


def test_two_live_rows_of_one_member_are_both_kept():
    assert len(read(answer(row(1, MemberId=5), row(2, MemberId=5))).rows) == 2


def test_an_empty_list_is_readable_here():
    assert read(answer()).rows == ()


@pytest.mark.parametrize(
    ("status", "is_withdrawn"),
    [
        (0, False),
        ("Published", False),
        (1, True),
        ("Withdrawn", True),
        (None, False),
        (True, False),
        (7, False),
        ([], False),
        (MISSING, False),
    ],
)
def test_the_motion_s_own_state_is_read_from_status(status, is_withdrawn):
    assert read(answer(Status=status)).is_withdrawn is is_withdrawn


def test_odd_optional_fields_of_the_motion_read_as_none():
    motion = read(
        answer(Title=5, MotionText=[], StatusDate="x", DateTabled=True, MemberId="1")
    )
    assert (motion.title, motion.text, motion.status_at) == (None, None, None)
    assert (motion.tabled_on, motion.primary_member_id) == (None, None)


def test_the_member_in_charge_can_come_from_either_field():
    assert read(answer(MemberId=4869)).primary_member_id == 4869
    primary = read(answer(MemberId=None, PrimarySponsor={"MnisId": 7}))
    assert primary.primary_member_id == 7


def test_a_date_in_summer_time_stays_that_date():
    assert read(answer(DateTabled="2026-06-01T00:00:00")).tabled_on == date(2026, 6, 1)


def test_texts_lose_nul_characters_and_what_is_over_10_000_only():
    name = "<script>\u202eO'Example\x00</script>" + "n" * 400
    motion = read(answer(row(1, Member={"Name": name}), MotionText="t" * 10_001))
    assert motion.rows[0].name == name.replace("\x00", "")
    assert motion.text == "t" * 10_000


def item(parliament_id: int = 1, **changes: object) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "Id": parliament_id,
        "UIN": 718,
        "AmendmentSuffix": None,
        "Title": "Political prisoners",
        "DateTabled": "2015-01-21T00:00:00",
        "Status": 0,
    }
    fields.update(changes)
    return fields


def page(*items: object, total: object = 1) -> bytes:
    return envelope(list(items), PagingInfo={"Skip": 0, "Take": 100, "Total": total})


def candidate(parliament_id: int = 1, **changes: Any) -> MotionCandidate:
    fields: dict[str, Any] = {
        "number": 718,
        "amendment_suffix": None,
        "title": "Political prisoners",
        "tabled_on": date(2015, 1, 21),
    }
    fields.update(changes)
    return MotionCandidate(parliament_id, **fields)


def test_the_recorded_list_has_32_motions_one_an_amendment():
    rows, total = parse_motion_list(recorded("edm-list-2020-03-01-to-08.json"))
    assert (len(rows), total) == (32, 32)
    march = {"starts_on": date(2020, 3, 1), "ends_on": date(2020, 3, 8)}
    assert [r.parliament_id for r in rows if r.amendment_suffix == "1"] == [56700]
    assert pick_motion(rows, number=235, **march).parliament_id == 55700


def test_a_list_gives_its_rows_and_the_total():
    rows, total = parse_motion_list(page(item(5, Status=1), total=61_185))
    assert total == 61_185
    assert rows == [candidate(5, is_withdrawn=True)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (envelope([]), "PagingInfo is null"),
        (envelope([], PagingInfo={}), "PagingInfo has no Total"),
        (page(total="32"), "Total of PagingInfo is text"),
        (page(total=-1), "Total of PagingInfo is out of range"),
        (envelope(None, PagingInfo={"Total": 0}), "Response is null, a list"),
        (page(item(), {"Id": 2}), "row 2 of the list has no UIN"),
        (page(item(Id="1")), "Id of row 1 of the list is text"),
        (envelope([], Success=False, Errors=["no"]), "error .StatusCode 200.: no"),
    ],
)
def test_a_list_of_another_shape_is_refused(body, said):
    with pytest.raises(AnswerError, match=said):
        parse_motion_list(body)


def test_the_one_that_fits_is_picked_among_amendments_other_numbers_and_sessions():
    rows = [
        candidate(1),
        candidate(2, amendment_suffix="1"),
        candidate(3, number=719),
        candidate(4, tabled_on=date(2013, 7, 1)),
        candidate(5, tabled_on=None),
        candidate(1),
    ]
    assert pick_motion(rows, number=718, **SESSION).parliament_id == 1


@pytest.mark.parametrize(
    ("tabled_on", "is_found"),
    [
        (date(2014, 6, 3), False),
        (date(2014, 6, 4), True),
        (date(2015, 3, 26), True),
        (date(2015, 3, 27), False),
    ],
)
def test_both_ends_of_the_session_count(tabled_on, is_found):
    rows = [candidate(1, tabled_on=tabled_on)]
    if is_found:
        assert pick_motion(rows, number=718, **SESSION) is rows[0]
        return
    with pytest.raises(NotExactlyOne):
        pick_motion(rows, number=718, **SESSION)


def test_two_that_fit_are_named_and_neither_is_picked():
    rows = [
        candidate(1),
        candidate(2, title="A\nother\x00", tabled_on=date(2015, 2, 1)),
    ]
    with pytest.raises(NotExactlyOne) as error:
        pick_motion(rows, number=718, **SESSION)
    assert str(error.value) == (
        "2 motions have number 718 tabled from 2014-06-04 to 2015-03-26: "
        "id 1 “Political prisoners” tabled 2015-01-21, "
        "id 2 “A other” tabled 2015-02-01; `id = ...` in config.toml settles which"
    )
    assert error.value.candidates == tuple(rows)


def test_many_that_fit_are_not_all_named():
    rows = [candidate(i) for i in range(1, 8)]
    with pytest.raises(NotExactlyOne, match="and 2 more"):
        pick_motion(rows, number=718, **SESSION)


def test_none_that_fits_says_what_settles_it():
    with pytest.raises(NotExactlyOne, match="no motion with number 718") as error:
        pick_motion([], number=718, **SESSION)
    assert "`id = ...`" in str(error.value)
    assert "config.toml" in str(error.value)
    assert error.value.candidates == ()


@pytest.mark.parametrize(
    ("suffix", "read_as"), [(None, None), ("", None), ("1", "1"), (1, "1"), ({}, "{}")]
)
def test_any_suffix_means_an_amendment(suffix, read_as):
    [[only], _] = parse_motion_list(page(item(AmendmentSuffix=suffix)))
    assert only.amendment_suffix == read_as
