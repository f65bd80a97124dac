"""What Members were and when: posts, departments, biographies, histories.

Owns their parsing. Who cannot sign because of a post is a rule, and not decided here.
No answer of the posts endpoints is recorded: their shape is that of Parliament's OpenAPI
document [spec].
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tracker.parliament.decode import decode_json
from tracker.parliament.fields import (
    Fields,
    day_or_none,
    house_or_none,
    id_or_none,
    list_of,
    list_or_empty,
    object_of,
    object_or_empty,
    required_id,
    required_text,
    text_or_none,
    value_of,
)

PostKind = Literal["government", "opposition"]
COMMONS = 1


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A post a Member holds or held; both days are London dates, `ended_on` included."""

    member_id: int
    kind: PostKind
    name: str
    started_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class NameSpell:
    """What a Member was called from when to when."""

    name: str
    list_as: str | None
    started_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class PartySpell:
    """The party a Member sat for from when to when."""

    party: str
    party_id: int | None
    started_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class MembershipSpell:
    """A seat in the Commons from when to when; ids are Parliament's, not ONS codes."""

    constituency: str
    constituency_id: int | None
    started_on: date | None
    ended_on: date | None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Biography:
    """Posts, seats and parties of one Member, those in the Commons only."""

    member_id: int
    posts: tuple[PostRecord, ...]
    memberships: tuple[MembershipSpell, ...]
    parties: tuple[PartySpell, ...]


@dataclass(frozen=True, slots=True)
class MemberHistory:
    """Names, parties and seats in the Commons of one Member."""

    member_id: int
    names: tuple[NameSpell, ...]
    parties: tuple[PartySpell, ...]
    memberships: tuple[MembershipSpell, ...]


def parse_posts(body: bytes, kind: PostKind) -> tuple[PostRecord, ...]:
    """Return who holds which post: GovernmentPosts or OppositionPosts, a bare list.

    Without a department Parliament gives the Cabinet only [client]. A post nobody
    holds gives nothing.
    """
    items = list_of(decode_json(body), "the answer")
    return tuple(
        post
        for i, item in enumerate(items, start=1)
        for post in _holders(value_of(item, f"item {i}"), kind, f"item {i}")
    )


def parse_departments(body: bytes) -> tuple[tuple[int, str], ...]:
    """Return id and name of every department: Reference/Departments, a bare list."""
    items = list_of(decode_json(body), "the answer")
    return tuple(
        _department(item, f"item {i}") for i, item in enumerate(items, start=1)
    )


def parse_biography(body: bytes, *, member_id: int) -> Biography:
    """Return the Biography; its answer does not say whose it is, so `member_id` does."""
    fields = value_of(decode_json(body), "the answer")
    spells = {
        name: tuple(_commons_items(fields, name))
        for name in (
            "governmentPosts",
            "oppositionPosts",
            "representations",
            "partyAffiliations",
        )
    }
    return Biography(
        member_id=member_id,
        posts=_posts_of(member_id, "government", spells["governmentPosts"])
        + _posts_of(member_id, "opposition", spells["oppositionPosts"]),
        memberships=tuple(MembershipSpell(*s) for s in spells["representations"]),
        parties=tuple(PartySpell(*s) for s in spells["partyAffiliations"]),
    )


def parse_history(body: bytes) -> tuple[MemberHistory, ...]:
    """Return the history of every Member asked for: Members/History, a bare list."""
    items = list_of(decode_json(body), "the answer")
    return tuple(
        _history(value_of(item, f"item {i}"), f"item {i}")
        for i, item in enumerate(items, start=1)
    )


_Spell = tuple[str, int | None, date | None, date | None]


def _holders(post: Fields, kind: PostKind, where: str) -> Iterator[PostRecord]:
    name = _name_of_post(post, where)
    holders = list_or_empty(post.get("postHolders"), f"postHolders of {where}")
    for position, item in enumerate(holders, start=1):
        place = f"holder {position} of {where}"
        holder = object_of(item, place)
        if holder.get("member") is None:
            continue
        member = value_of(holder["member"], f"member of {place}")
        yield PostRecord(
            member_id=required_id(member, "id", f"member of {place}"),
            kind=kind,
            name=name,
            started_on=day_or_none(holder.get("startDate")),
            ended_on=day_or_none(holder.get("endDate")),
        )


def _name_of_post(post: Fields, where: str) -> str:
    spoken = text_or_none(post.get("hansardName"))
    return (
        text_or_none(post.get("name")) or spoken or required_text(post, "name", where)
    )


def _department(item: object, where: str) -> tuple[int, str]:
    fields = object_of(item, where)
    return required_id(fields, "id", where), required_text(fields, "name", where)


def _posts_of(
    member_id: int, kind: PostKind, spells: tuple[_Spell, ...]
) -> tuple[PostRecord, ...]:
    return tuple(
        PostRecord(member_id, kind, name, started_on, ended_on)
        for name, _, started_on, ended_on in spells
    )


def _commons_items(biography: Fields, name: str) -> Iterator[_Spell]:
    for position, item in enumerate(list_or_empty(biography.get(name), name), start=1):
        where = f"item {position} of {name}"
        fields = object_of(item, where)
        if house_or_none(fields.get("house")) not in (COMMONS, None):
            continue
        yield (
            required_text(fields, "name", where),
            id_or_none(fields.get("id")),
            day_or_none(fields.get("startDate")),
            day_or_none(fields.get("endDate")),
        )


def _history(fields: Fields, where: str) -> MemberHistory:
    return MemberHistory(
        member_id=required_id(fields, "id", where),
        names=tuple(_names(fields, where)),
        parties=tuple(_parties(fields, where)),
        memberships=tuple(_memberships(fields, where)),
    )


def _names(fields: Fields, where: str) -> Iterator[NameSpell]:
    for item, place in _items(fields, "nameHistory", where):
        yield NameSpell(
            name=required_text(item, "nameDisplayAs", place),
            list_as=text_or_none(item.get("nameListAs")),
            started_on=day_or_none(item.get("startDate")),
            ended_on=day_or_none(item.get("endDate")),
        )


def _parties(fields: Fields, where: str) -> Iterator[PartySpell]:
    for item, place in _items(fields, "partyHistory", where):
        party = object_or_empty(item.get("party"))
        yield PartySpell(
            party=required_text(party, "name", f"party of {place}"),
            party_id=id_or_none(party.get("id")),
            started_on=day_or_none(item.get("startDate")),
            ended_on=day_or_none(item.get("endDate")),
        )


def _memberships(fields: Fields, where: str) -> Iterator[MembershipSpell]:
    for item, place in _items(fields, "houseMembershipHistory", where):
        if house_or_none(item.get("house")) != COMMONS:
            continue
        yield MembershipSpell(
            constituency=required_text(item, "membershipFrom", place),
            constituency_id=id_or_none(item.get("membershipFromId")),
            started_on=day_or_none(item.get("membershipStartDate")),
            ended_on=day_or_none(item.get("membershipEndDate")),
            end_reason=text_or_none(item.get("membershipEndReason")),
        )


def _items(fields: Fields, name: str, where: str) -> Iterator[tuple[Fields, str]]:
    items = list_or_empty(fields.get(name), f"{name} of {where}")
    for position, item in enumerate(items, start=1):
        place = f"{position} of {name} of {where}"
        yield object_of(item, place), place
