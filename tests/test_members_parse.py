"""tracker.parliament.members and what it gives on: contacts, posts, histories."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tracker.parliament.decode import AnswerError
from tracker.parliament.members import (
    ContactRecord,
    MemberRecord,
    MembershipSpell,
    NameSpell,
    PartySpell,
    PostRecord,
    parse_biography,
    parse_constituencies,
    parse_contacts,
    parse_departments,
    parse_history,
    parse_member,
    parse_member_page,
    parse_posts,
    parse_speakers,
)

RECORDED = Path(__file__).parents[2] / "shared" / "parliament" / "recorded"


def recorded(name: str) -> bytes:
    path = RECORDED / name
    if not path.exists():
        pytest.skip(f"Parliament's recorded answer {name} is not beside this checkout")
    return path.read_bytes()


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def member(member_id: object = 7, **changes: object) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": member_id,
        "nameDisplayAs": "Ada Example",
        "nameListAs": "Example, Ada",
        "latestParty": {"id": 15, "name": "Labour", "backgroundColour": "D50000"},
        "latestHouseMembership": {
            "membershipFrom": "Nowhere North",
            "membershipFromId": 4105,
            "house": 1,
            "membershipStartDate": "2024-07-04T00:00:00",
            "membershipEndDate": None,
            "membershipStatus": {"statusIsActive": True},
        },
    }
    fields.update(changes)
    return {"value": fields, "links": []}


def one(**changes: object) -> MemberRecord:
    return parse_member(encoded(member(**changes)))


def test_the_recorded_member_is_read_whole():
    assert parse_member(recorded("members-172.json")) == MemberRecord(
        member_id=172,
        name="Ms Diane Abbott",
        list_as="Abbott, Ms Diane",
        full_title="Rt Hon Diane Abbott MP",
        party="Independent",
        party_id=8,
        party_colour="909090",
        gender="F",
        thumbnail_url="https://members-api.parliament.uk/api/Members/172/Thumbnail",
        house=1,
        constituency="Hackney North and Stoke Newington",
        constituency_id=4074,
        started_on=date(1987, 6, 11),
        ended_on=None,
        end_reason=None,
        is_active=True,
    )


def test_the_recorded_page_has_a_member_gone_and_one_on_leave():
    page = parse_member_page(recorded("members-search.json"))
    assert (len(page.members), page.total) == (3, 2)
    gone, on_leave = page.members[1], page.members[2]
    assert (gone.house, gone.ended_on, gone.end_reason) == (
        2,
        date(1999, 11, 11),
        "Excluded",
    )
    assert gone.is_active is None
    assert (on_leave.is_active, on_leave.ended_on) == (False, None)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([], "the answer is a list"),
        ({}, "the answer has no items"),
        ({"items": {}}, "items of the answer is an object"),
        ({"items": []}, "the answer has no totalResults"),
        ({"items": [], "totalResults": "3"}, "totalResults of the answer is text"),
        ({"items": [{}]}, "item 1 has no value"),
        ({"items": [member(), {"value": None}]}, "value of item 2 is null"),
        ({"items": [member("7")]}, "id of item 1 is text"),
        ({"items": [member(nameDisplayAs=None)]}, "nameDisplayAs of item 1 is null"),
        ({"items": [member(nameDisplayAs=" ")]}, "nameDisplayAs of item 1 is blank"),
    ],
)
def test_a_page_of_another_shape_is_refused_naming_the_field(answer, said):
    with pytest.raises(AnswerError, match=said):
        parse_member_page(encoded(answer))


@pytest.mark.parametrize("odd", [None, [], 5, "x", True])
def test_an_odd_optional_part_of_a_member_reads_as_none(odd):
    read = one(latestParty=odd, latestHouseMembership=odd, nameListAs=None, gender=5)
    assert (read.party, read.house, read.constituency, read.started_on) == (None,) * 4
    assert (read.list_as, read.gender, read.is_active) == (None, None, None)


@pytest.mark.parametrize(
    ("colour", "shown"),
    [
        ("D50000", "d50000"),
        ("red", None),
        ("d50000;}", None),
        ("12345", None),
        (None, None),
    ],
)
def test_a_colour_is_six_hex_digits_or_none(colour, shown):
    assert one(latestParty={"backgroundColour": colour}).party_colour == shown


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        ("https://example.org/a.png", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("//example.org", False),
        ("ftp://example.org/a", False),
        ("https://", False),
        ("https://[", False),
        ("https://exa mple.org", False),
        ("data:image/png;base64,AA", False),
        (7, False),
    ],
)
def test_only_web_addresses_are_addresses(url, is_kept):
    assert (one(thumbnailUrl=url).thumbnail_url == url) is is_kept


@pytest.mark.parametrize(("house", "read_as"), [(1, 1), (2, 2), (3, None), ("1", None)])
def test_a_house_is_1_or_2(house, read_as):
    assert one(latestHouseMembership={"house": house}).house == read_as


def test_speakers_are_a_bare_list_of_members():
    read = parse_speakers(encoded([member(1), member(2)]))
    assert [m.member_id for m in read] == [1, 2]
    with pytest.raises(AnswerError, match="the answer is an object, a list is right"):
        parse_speakers(encoded({"items": []}))


def test_the_recorded_constituency_search_names_the_member():
    [found] = parse_constituencies(recorded("constituency-search-inverness.json"))
    assert (found.constituency_id, found.name) == (
        4483,
        "Inverness, Skye and West Ross-shire",
    )
    assert found.started_on == date(2024, 5, 31)
    assert found.member is not None
    assert found.member.member_id == 5362


@pytest.mark.parametrize(
    "current",
    [None, {}, {"member": None}, {"member": {"value": None, "links": []}}],
)
def test_a_seat_may_be_vacant(current):
    item = {"value": {"id": 1, "name": "Nowhere", "currentRepresentation": current}}
    [found] = parse_constituencies(encoded({"items": [item], "totalResults": 1}))
    assert found.member is None


def test_an_unknown_postcode_finds_nothing():
    assert parse_constituencies(encoded({"items": [], "totalResults": 0})) == ()


def test_the_recorded_contacts_are_read_with_their_labels():
    assert parse_contacts(recorded("members-4514-contact.json")) == (
        ContactRecord("email", "Parliamentary office", "keir.starmer.mp@parliament.uk"),
        ContactRecord(
            "address", "Parliamentary office", "House of Commons, London, SW1A 0AA"
        ),
        ContactRecord(
            "email", "Constituency office", "keir.starmer.constituency@parliament.uk"
        ),
        ContactRecord(
            "website", "Prime Minister's office", "https://contact.no10.gov.uk/"
        ),
        ContactRecord("website", "Website", "http://www.keirstarmer.com/"),
        ContactRecord(
            "website", "X (formerly Twitter)", "https://twitter.com/keir_starmer"
        ),
    )


def contacts(*entries: object) -> tuple[ContactRecord, ...]:
    return parse_contacts(encoded({"value": entries}))


def test_every_email_and_phone_is_kept_and_repeats_are_not():
    office = {
        "type": "Office",
        "email": "a@example.org; b@example.org",
        "phone": " 1 2 ",
    }
    assert contacts(office, office) == (
        ContactRecord("email", "Office", "a@example.org"),
        ContactRecord("email", "Office", "b@example.org"),
        ContactRecord("phone", "Office", "1 2"),
    )


def test_a_contact_without_a_label_or_with_odd_fields_is_read_as_far_as_it_goes():
    entry: dict[str, object] = {
        "type": None,
        "phone": "020 7946 0000",
        "email": 5,
        "line1": [],
        "line2": 1,
    }
    assert contacts(entry) == (ContactRecord("phone", "Contact", "020 7946 0000"),)


def test_a_web_address_that_is_none_is_left_out_and_is_no_postal_address():
    assert contacts({"isWebAddress": True, "line1": "javascript:x", "line2": "y"}) == ()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([], "the answer is a list"),
        ({}, "the answer has no value"),
        ({"value": None}, "value of the answer is null"),
        ({"value": [1]}, "entry 1 is a number"),
    ],
)
def test_contacts_of_another_shape_are_refused(answer, said):
    with pytest.raises(AnswerError, match=said):
        parse_contacts(encoded(answer))


def post(*holders: object, **changes: object) -> dict[str, Any]:
    fields = {"id": 3, "name": "Minister for Tests", "postHolders": list(holders)}
    return {"value": {**fields, **changes}, "links": []}


def holder(member_id: object = 7, **changes: object) -> dict[str, Any]:
    return {"member": member(member_id), "startDate": "2024-07-05T00:00:00", **changes}


def test_every_holder_of_a_post_is_a_record():
    body = encoded([post(holder(7), holder(8, endDate="2025-09-05T00:00:00")), post()])
    started = date(2024, 7, 5)
    name = "Minister for Tests"
    assert parse_posts(body, "government") == (
        PostRecord(7, "government", name, started, None),
        PostRecord(8, "government", name, started, date(2025, 9, 5)),
    )
    assert {p.kind for p in parse_posts(body, "opposition")} == {"opposition"}


def test_a_post_nobody_holds_gives_nothing():
    body = encoded([post(holder(member=None)), post(postHolders=None)])
    assert parse_posts(body, "government") == ()


def test_a_post_may_be_named_as_hansard_names_it():
    body = encoded([post(holder(), name=None, hansardName="Whip")])
    assert parse_posts(body, "government")[0].name == "Whip"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"value": []}, "the answer is an object, a list is right"),
        ([{}], "item 1 has no value"),
        ([post(holder(), name=None)], "name of item 1 is null"),
        ([post(postHolders={})], "postHolders of item 1 is an object"),
        ([post(holder("7"))], "id of member of holder 1 of item 1 is text"),
        ([post(holder(member={}))], "member of holder 1 of item 1 has no value"),
    ],
)
def test_posts_of_another_shape_are_refused_naming_the_place(answer, said):
    with pytest.raises(AnswerError, match=said):
        parse_posts(encoded(answer), "government")


def test_departments_are_id_and_name():
    body = encoded([{"id": 107, "name": "Leader of the Opposition", "url": None}])
    assert parse_departments(body) == ((107, "Leader of the Opposition"),)
    with pytest.raises(AnswerError, match="item 1 has no name"):
        parse_departments(encoded([{"id": 1}]))


def test_the_recorded_biography_has_posts_seats_and_parties():
    read = parse_biography(recorded("members-4514-biography.json"), member_id=4514)
    assert read.posts[0] == PostRecord(
        4514,
        "government",
        "Prime Minister and First Lord of the Treasury",
        date(2024, 7, 5),
        None,
    )
    assert [p.kind for p in read.posts] == ["government"] + ["opposition"] * 3
    assert read.posts[1].ended_on == date(2024, 7, 5)
    assert read.memberships == (
        MembershipSpell("Holborn and St Pancras", 4105, date(2024, 7, 4), None),
        MembershipSpell(
            "Holborn and St Pancras", 3536, date(2015, 5, 7), date(2024, 5, 30)
        ),
    )
    assert read.parties == (PartySpell("Labour", 15, date(2015, 5, 7), None),)


def test_a_biography_leaves_out_the_lords_and_may_lack_lists():
    lords = {"house": 2, "name": "Life peer", "id": 4, "startDate": None}
    read = parse_biography(
        encoded({"value": {"representations": [lords], "governmentPosts": None}}),
        member_id=1,
    )
    assert (read.posts, read.memberships, read.parties) == ((), (), ())


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"oppositionPosts": {}}, "oppositionPosts is an object"),
        ({"representations": [{"id": 1}]}, "item 1 of representations has no name"),
    ],
)
def test_a_biography_of_another_shape_is_refused(value, said):
    with pytest.raises(AnswerError, match=said):
        parse_biography(encoded({"value": value}), member_id=1)


def test_a_history_has_names_parties_and_seats_in_the_commons_only():
    seat = {
        "house": 1,
        "membershipFrom": "Nowhere North",
        "membershipFromId": 9,
        "membershipStartDate": "2010-05-06T00:00:00",
        "membershipEndDate": "2015-03-30T00:00:00",
        "membershipEndReason": "General Election",
    }
    value = {
        "id": 7,
        "nameHistory": [
            {
                "nameDisplayAs": "Ada",
                "nameListAs": None,
                "startDate": "2010-05-06T00:00:00",
            }
        ],
        "partyHistory": [{"party": {"id": 4, "name": "Conservative"}, "endDate": "x"}],
        "houseMembershipHistory": [seat, {**seat, "house": 2}],
    }
    [read] = parse_history(encoded([{"value": value}]))
    assert read.member_id == 7
    assert read.names == (NameSpell("Ada", None, date(2010, 5, 6), None),)
    assert read.parties == (PartySpell("Conservative", 4, None, None),)
    assert read.memberships == (
        MembershipSpell(
            "Nowhere North", 9, date(2010, 5, 6), date(2015, 3, 30), "General Election"
        ),
    )


def test_a_history_without_an_id_is_refused():
    with pytest.raises(AnswerError, match="item 1 has no id"):
        parse_history(encoded([{"value": {}}]))
