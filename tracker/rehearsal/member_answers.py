"""Answers of the Members service about people, in the recorded shapes.

Owns search, one Member, contact, biography and history. Shapes: parliament/README.md
section 3. `page.next` and `page.previous` are as useless here as they are there.
"""

from datetime import date

from tracker.rehearsal.motions import text_day
from tracker.rehearsal.parties import Party
from tracker.rehearsal.people import COMMONS, Membership, Person
from tracker.rehearsal.query import Query, contains, paged
from tracker.rehearsal.wire import Answer, json_answer
from tracker.rehearsal.world import World

Json = dict[str, object]

PAGE = 20


def search(world: World, query: Query) -> Answer:
    """Return a page of Members by list name, at most 20."""
    found = [p for p in world.people() if _is_asked_for(world, p, query)]
    found.sort(key=lambda person: (person.name.list_as, person.member_id))
    skip, take = query.page(default=PAGE, most=PAGE)
    items = [member_item(world, p, world.today()) for p in paged(found, skip, take)]
    return json_answer(
        search_page("/Members/Search", items, len(found), "", (skip, take))
    )


def one(world: World, person: Person, query: Query) -> Answer:
    """Return a Member, as of `detailsForDate` when it is given."""
    day = query.day("detailsForDate")
    return json_answer(member_item(world, person, day or world.today()))


def contact(person: Person) -> Answer:
    value = [dict(block) for block in person.contacts]
    return json_answer({"value": value, "links": links(person, "Contact")})


def history(world: World, query: Query) -> Answer:
    """Return names, parties and memberships of the `ids`, a bare array."""
    people = [world.person(member_id) for member_id in query.numbers("ids")]
    return json_answer([_history_json(world, p) for p in people if p is not None])


def search_page(
    path: str, items: list[Json], total: int, context: str, page: tuple[int, int]
) -> Json:
    """Return the shape of every search; the links say skip=0 whatever the page."""
    href = f"{path}?skip=0&take={page[1]}"
    return {
        "items": items,
        "totalResults": total,
        "resultContext": context,
        "skip": page[0],
        "take": page[1],
        "links": [
            {"rel": rel, "href": href, "method": "GET"}
            for rel in ("self", "page.next", "page.previous")
        ],
    }


def member_item(world: World, person: Person, day: date) -> Json:
    membership = person.membership_on(day)
    name = person.name
    value = {
        "id": person.member_id,
        "nameListAs": name.list_as,
        "nameDisplayAs": name.display,
        "nameFullTitle": _full_title(person),
        "nameAddressAs": None,
        "latestParty": party_json(person.party_on(day)),
        "gender": name.gender,
        "latestHouseMembership": {
            **membership_json(membership),
            "membershipStatus": _status_json(membership),
        },
        "thumbnailUrl": f"{world.base_url}/api/Members/{person.member_id}/Thumbnail",
    }
    return {"value": value, "links": links(person)}


def party_json(party: Party) -> Json:
    return {
        "id": party.party_id,
        "name": party.name,
        "abbreviation": party.abbreviation,
        "backgroundColour": party.background,
        "foregroundColour": party.foreground,
        "isLordsMainParty": party.is_lords_main,
        "isLordsSpiritualParty": False,
        "governmentType": party.government_type,
        "isIndependentParty": party.is_independent,
    }


def membership_json(membership: Membership) -> Json:
    """Return a membership without its status, which is null inside a representation."""
    has_ended = membership.ends_on is not None
    return {
        "membershipFrom": membership.seat.name,
        "membershipFromId": membership.seat.seat_id,
        "house": membership.house,
        "membershipStartDate": text_day(membership.starts_on),
        "membershipEndDate": text_day(membership.ends_on),
        "membershipEndReason": membership.end_reason,
        "membershipEndReasonNotes": None,
        "membershipEndReasonId": 3 if has_ended else None,
        "membershipStatus": None,
    }


def links(person: Person, page: str | None = None) -> list[Json]:
    here = f"/Members/{person.member_id}"
    hrefs = {
        "self": f"{here}/{page}" if page else here,
        "overview": here,
        "synopsis": f"{here}/Synopsis",
        "contactInformation": f"{here}/Contact",
    }
    return [{"rel": rel, "href": href, "method": "GET"} for rel, href in hrefs.items()]


def _full_title(person: Person) -> str:
    if person.house == COMMONS:
        return f"{person.name.display} MP"
    return f"The {person.name.display}"


def _status_json(membership: Membership) -> Json | None:
    if membership.ends_on is not None:
        return None
    return {
        "statusIsActive": True,
        "statusDescription": "Current Member",
        "statusNotes": None,
        "statusId": 0,
        "status": 0,
        "statusStartDate": text_day(membership.starts_on),
    }


def _is_asked_for(world: World, person: Person, query: Query) -> bool:
    house = query.number("House")
    is_current = query.flag("IsCurrentMember")
    is_now = person.is_member_on(world.today(), person.house)
    party_id = query.number("PartyId")
    return (
        (house is None or house == person.house)
        and (is_current is None or is_current == is_now)
        and (party_id is None or party_id == person.party_on(world.today()).party_id)
        and contains(person.name.display, query.text("Name"))
        and _was_there(person, query)
        and _is_at(world, person, query)
    )


def _was_there(person: Person, query: Query) -> bool:
    prefix = "MembershipInDateRange."
    first = query.day(f"{prefix}WasMemberOnOrAfter") or date.min
    last = query.day(f"{prefix}WasMemberOnOrBefore") or date.max
    house = query.number(f"{prefix}WasMemberOfHouse")
    return any(
        m.overlaps(first, last) and house in (None, m.house) for m in person.memberships
    )


def _is_at(world: World, person: Person, query: Query) -> bool:
    seat = person.latest_membership.seat
    wanted_id, location = query.number("ConstituencyId"), query.text("Location")
    if wanted_id is not None and wanted_id != seat.seat_id:
        return False
    if location is None:
        return True
    by_postcode = world.seat_of_postcode(location)
    return seat == by_postcode if by_postcode else contains(seat.name, location)


def _history_json(world: World, person: Person) -> Json:
    spells = person.parties
    ends = [spell.starts_on for spell in spells[1:]] + [None]
    began = text_day(person.memberships[0].starts_on)
    value = {
        "id": person.member_id,
        "nameHistory": [
            {
                "nameListAs": person.name.list_as,
                "nameDisplayAs": person.name.display,
                "nameFullTitle": _full_title(person),
                "nameAddressAs": None,
                "startDate": began,
                "endDate": None,
            }
        ],
        "partyHistory": [
            {
                "startDate": text_day(spell.starts_on),
                "endDate": text_day(end),
                "party": party_json(spell.party),
            }
            for spell, end in zip(spells, ends, strict=True)
        ],
        "houseMembershipHistory": [membership_json(m) for m in person.memberships],
        "thumbnailUrl": f"{world.base_url}/api/Members/{person.member_id}/Thumbnail",
    }
    return {"value": value, "links": links(person)}
