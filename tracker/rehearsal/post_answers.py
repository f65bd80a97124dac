"""Answers of the Members service about posts, and a Member's biography.

Owns the posts endpoints, which no recorded answer shows: their shapes are the OpenAPI
document's. Without a department they list the Cabinet (or shadow cabinet) only.
"""

from datetime import date

from tracker.rehearsal.member_answers import Json, links, member_item
from tracker.rehearsal.motions import text_day
from tracker.rehearsal.people import COMMONS, Person
from tracker.rehearsal.posts import (
    LEADER_OF_THE_OPPOSITION_ID,
    Department,
    Holding,
    Post,
    Side,
)
from tracker.rehearsal.query import Query
from tracker.rehearsal.wire import Answer, json_answer
from tracker.rehearsal.world import World

_TYPES: dict[Side, int] = {"government": 0, "opposition": 1}


def posts(world: World, side: Side, query: Query) -> Answer:
    """Return today's posts of one side as a bare array."""
    department_id = query.number("departmentId")
    return json_answer(
        [
            _post_json(world, post)
            for post in world.posts()
            if post.side == side
            and any(h.ends_on is None for h in post.holdings)
            and (
                post.is_cabinet
                if department_id is None
                else post.department_id == department_id
            )
        ]
    )


def departments(world: World, *, with_leader: bool = False) -> Answer:
    """Return the departments; the reference list leaves the Leader's (107) out."""
    return json_answer(
        [
            department_json(department)
            for department in world.departments
            if with_leader or department.department_id != LEADER_OF_THE_OPPOSITION_ID
        ]
    )


def speaker_and_deputies(world: World, day: date) -> Answer:
    """Return the Members in the Chair's seats on that day, a bare array."""
    people = [world.person(i) for i in (world.speaker_id, *world.deputy_ids)]
    return json_answer(
        [member_item(world, p, day) for p in people if p and p.is_member_on(day)]
    )


def department_json(department: Department) -> Json:
    return {
        "id": department.department_id,
        "name": department.name,
        "url": f"https://departments.example/{department.department_id}",
        "imageUrl": None,
    }


def biography(world: World, person: Person) -> Answer:
    """Return a Member's biography: seats, parties and posts; the rest is empty."""
    value = {
        "representations": [
            {
                "constituencyStart": text_day(m.seat.starts_on),
                "constituencyEnd": text_day(m.seat.ends_on),
                **_entry(m.seat.name, m.seat.seat_id, m.starts_on, m.ends_on),
            }
            for m in person.memberships
            if m.house == COMMONS
        ],
        "electionsContested": [],
        "houseMemberships": [
            _entry("Commons" if m.house == COMMONS else "Lords", m.house, m.starts_on,
                   m.ends_on, info=person.name.display, house=m.house)
            for m in person.memberships
        ],
        "governmentPosts": _post_entries(world, person, "government"),
        "oppositionPosts": _post_entries(world, person, "opposition"),
        "otherPosts": [],
        "partyAffiliations": [
            _entry(s.party.name, s.party.party_id, s.starts_on, None)
            for s in person.parties
        ],
        "committeeMemberships": [],
    }  # fmt: skip
    return json_answer({"value": value, "links": links(person, "Biography")})


def _post_json(world: World, post: Post) -> Json:
    held = [_holder_json(world, h) for h in post.holdings if h.ends_on is None]
    value = {
        "id": post.post_id,
        "name": post.name,
        "hansardName": post.name,
        "type": _TYPES[post.side],
        "order": post.post_id % 10,
        "createdWhen": text_day(post.holdings[0].starts_on),
        "governmentDepartments": [
            department_json(d)
            for d in world.departments
            if d.department_id == post.department_id
        ],
        "postHolders": [holder for holder in held if holder is not None],
    }
    return {"value": value, "links": []}


def _holder_json(world: World, holding: Holding) -> Json | None:
    person = world.person(holding.member_id)
    if person is None:
        return None
    return {
        "member": member_item(world, person, world.today()),
        "layingMinisterName": None,
        "startDate": text_day(holding.starts_on),
        "endDate": text_day(holding.ends_on),
        "isPaid": True,
    }


def _post_entries(world: World, person: Person, side: Side) -> list[Json]:
    names = {d.department_id: d.name for d in world.departments}
    return [
        _entry(post.name, post.post_id, h.starts_on, h.ends_on, info=names[post.department_id])
        for post in world.posts()
        for h in post.holdings
        if post.side == side and h.member_id == person.member_id
    ]  # fmt: skip


def _entry(
    name: str,
    entry_id: int,
    starts_on: date,
    ends_on: date | None,
    *,
    info: str | None = None,
    house: int = COMMONS,
) -> Json:
    return {
        "house": house,
        "name": name,
        "id": entry_id,
        "startDate": text_day(starts_on),
        "endDate": text_day(ends_on),
        "additionalInfo": info,
        "additionalInfoLink": None,
    }
