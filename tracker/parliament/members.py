"""Answers about Members: pages of the search, one Member, Speakers, constituencies.

Owns `MemberRecord`. Contacts are in `contacts.py`, posts and past memberships in
`careers.py`; both are given on here, so that callers need one module. Field names are
those of the recorded answers, or of Parliament's OpenAPI document where none is recorded.
"""

import re
from dataclasses import dataclass
from datetime import date

from tracker.parliament.careers import (
    Biography,
    MemberHistory,
    MembershipSpell,
    NameSpell,
    PartySpell,
    PostRecord,
    parse_biography,
    parse_departments,
    parse_history,
    parse_posts,
)
from tracker.parliament.contacts import ContactRecord, parse_contacts
from tracker.parliament.decode import decode_json
from tracker.parliament.fields import (
    Fields,
    day_or_none,
    house_or_none,
    id_or_none,
    list_of,
    object_of,
    object_or_empty,
    required_count,
    required_id,
    required_list,
    required_text,
    text_or_none,
    value_of,
    web_address_or_none,
)

__all__ = [
    "Biography",
    "ConstituencyRecord",
    "ContactRecord",
    "MemberHistory",
    "MemberPage",
    "MemberRecord",
    "MembershipSpell",
    "NameSpell",
    "PartySpell",
    "PostRecord",
    "parse_biography",
    "parse_constituencies",
    "parse_contacts",
    "parse_departments",
    "parse_history",
    "parse_member",
    "parse_member_page",
    "parse_posts",
    "parse_speakers",
]

_COLOUR = re.compile(r"[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A Member as Parliament shows them now; all but id and name may be None.

    `house` is 1 for the Commons. `constituency_id` is Parliament's own, never the ONS
    code. `is_active` False can be a leave of absence: who is an MP is told by
    `started_on` and `ended_on` (London dates) of the latest membership.
    `party_colour` is six hex digits without a #.
    """

    member_id: int
    name: str
    list_as: str | None = None
    full_title: str | None = None
    party: str | None = None
    party_id: int | None = None
    party_colour: str | None = None
    gender: str | None = None
    thumbnail_url: str | None = None
    house: int | None = None
    constituency: str | None = None
    constituency_id: int | None = None
    started_on: date | None = None
    ended_on: date | None = None
    end_reason: str | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One page of Members/Search. `total` is what Parliament says of all pages."""

    members: tuple[MemberRecord, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ConstituencyRecord:
    """A constituency of Parliament's; `member` is None while the seat is vacant."""

    constituency_id: int
    name: str
    started_on: date | None
    ended_on: date | None
    member: MemberRecord | None


def parse_member_page(body: bytes) -> MemberPage:
    """Return one page of Members/Search; its paging links are unusable [recorded]."""
    page = object_of(decode_json(body), "the answer")
    items = required_list(page, "items", "the answer")
    members = tuple(_member(item, f"item {i}") for i, item in enumerate(items, start=1))
    return MemberPage(members, required_count(page, "totalResults", "the answer"))


def parse_member(body: bytes) -> MemberRecord:
    """Return the Member of Members/{id}."""
    return _member(decode_json(body), "the answer")


def parse_speakers(body: bytes) -> tuple[MemberRecord, ...]:
    """Return the Speaker and Deputy Speakers of a day: a bare list [spec]."""
    items = list_of(decode_json(body), "the answer")
    return tuple(_member(item, f"item {i}") for i, item in enumerate(items, start=1))


def parse_constituencies(body: bytes) -> tuple[ConstituencyRecord, ...]:
    """Return the constituencies of a search; none is an empty tuple.

    The search matches parts of names: compare names before believing one.
    """
    page = object_of(decode_json(body), "the answer")
    items = required_list(page, "items", "the answer")
    return tuple(
        _constituency(value_of(item, f"item {i}"), f"item {i}")
        for i, item in enumerate(items, start=1)
    )


def _constituency(fields: Fields, where: str) -> ConstituencyRecord:
    representation = object_or_empty(fields.get("currentRepresentation"))
    member = representation.get("member")
    is_vacant = member is None or object_or_empty(member).get("value", member) is None
    return ConstituencyRecord(
        constituency_id=required_id(fields, "id", where),
        name=required_text(fields, "name", where),
        started_on=day_or_none(fields.get("startDate")),
        ended_on=day_or_none(fields.get("endDate")),
        member=None if is_vacant else _member(member, f"member of {where}"),
    )


def _member(item: object, where: str) -> MemberRecord:
    fields = value_of(item, where)
    party = object_or_empty(fields.get("latestParty"))
    membership = object_or_empty(fields.get("latestHouseMembership"))
    status = object_or_empty(membership.get("membershipStatus"))
    return MemberRecord(
        member_id=required_id(fields, "id", where),
        name=required_text(fields, "nameDisplayAs", where),
        list_as=text_or_none(fields.get("nameListAs")),
        full_title=text_or_none(fields.get("nameFullTitle")),
        party=text_or_none(party.get("name")),
        party_id=id_or_none(party.get("id")),
        party_colour=_colour_or_none(party.get("backgroundColour")),
        gender=text_or_none(fields.get("gender")),
        thumbnail_url=web_address_or_none(fields.get("thumbnailUrl")),
        house=house_or_none(membership.get("house")),
        constituency=text_or_none(membership.get("membershipFrom")),
        constituency_id=id_or_none(membership.get("membershipFromId")),
        started_on=day_or_none(membership.get("membershipStartDate")),
        ended_on=day_or_none(membership.get("membershipEndDate")),
        end_reason=text_or_none(membership.get("membershipEndReason")),
        is_active=_bool_or_none(status.get("statusIsActive")),
    )


def _colour_or_none(value: object) -> str | None:
    """Return six hex digits or None: a colour ends up in a style sheet."""
    if isinstance(value, str) and _COLOUR.fullmatch(value):
        return value.lower()
    return None


def _bool_or_none(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
