"""Answers about seats, parties in the House, and pictures.

Owns constituencies (search by "contains" or by postcode), the state of the parties with
its useless totals, and a portrait of nobody for every Member.
"""

import io
from collections import defaultdict
from datetime import date

from PIL import Image, ImageDraw

from tracker.rehearsal.member_answers import (
    PAGE,
    Json,
    member_item,
    membership_json,
    party_json,
    search_page,
)
from tracker.rehearsal.motions import text_day
from tracker.rehearsal.parties import LABOUR, LABOUR_COOP, Party
from tracker.rehearsal.people import Person, Seat
from tracker.rehearsal.query import Query, contains, paged
from tracker.rehearsal.wire import Answer, json_answer
from tracker.rehearsal.world import World

_SIDE = 240  # pixels
_TONES = (
    ("#d9dfe4", "#8a97a3"),
    ("#e3dcd2", "#a39482"),
    ("#d8e2da", "#869c8b"),
    ("#e2d9e0", "#9c8796"),
)
"""Ground and figure; of no party."""


def constituency_search(world: World, query: Query) -> Answer:
    """Return seats whose name holds the text, or the one seat of a postcode.

    A postcode nobody knows gives 200 with no items, as two public clients expect.
    """
    text = query.text("searchText") or ""
    by_postcode = world.seat_of_postcode(text)
    if by_postcode is not None:
        found = [by_postcode]
    else:
        found = [seat for seat in world.seats if contains(seat.name, text)]
    skip, take = query.page(default=PAGE, most=PAGE)
    items = [_seat_item(world, seat) for seat in paged(found, skip, take)]
    context = (
        f'Result(s) were found based on constituencies in the U.K. matching "{text}".'
    )
    return json_answer(
        search_page("/Constituency/Search", items, len(found), context, (skip, take))
    )


def constituency(world: World, seat: Seat) -> Answer:
    return json_answer(_seat_item(world, seat))


def state_of_the_parties(world: World, day: date) -> Answer:
    """Return seats by party, largest first; Labour and Labour (Co-op) as one."""
    seats: dict[Party, list[Person]] = defaultdict(list)
    for person in world.members_on(day):
        party = person.party_on(day)
        seats[LABOUR if party is LABOUR_COOP else party].append(person)
    items = [
        {"value": _seat_count(party, people), "links": []}
        for party, people in sorted(seats.items(), key=lambda item: -len(item[1]))
    ]
    href = f"StateOfTheParties/Commons/{day:%d/%m/%Y} 00:00:00"
    return json_answer(
        {
            "items": items,
            "totalResults": 0,
            "resultContext": None,
            "skip": 0,
            "take": 0,
            "links": [{"rel": "self", "href": href, "method": "GET"}],
        }
    )


def portrait(person: Person) -> Answer:
    """Return head and shoulders of nobody as a PNG: it must not pass for a person."""
    ground, figure = _TONES[person.member_id % len(_TONES)]
    image = Image.new("RGB", (_SIDE, _SIDE), ground)
    draw = ImageDraw.Draw(image)
    middle, head = _SIDE // 2, _SIDE // 5
    draw.ellipse((middle - head, head, middle + head, 3 * head), figure)
    draw.ellipse((head, 3.3 * head, _SIDE - head, 8 * head), figure)
    body = io.BytesIO()
    image.save(body, "PNG")
    return Answer(body.getvalue(), content_type="image/png")


def _seat_item(world: World, seat: Seat) -> Json:
    today = world.today()
    holder = world.holder(seat, today)
    representation: Json | None = None
    if holder is not None:
        representation = {
            "member": member_item(world, holder, today),
            "representation": membership_json(holder.membership_on(today)),
        }
    value = {
        "id": seat.seat_id,
        "name": seat.name,
        "startDate": text_day(seat.starts_on),
        "endDate": text_day(seat.ends_on),
        "currentRepresentation": representation,
    }
    href = f"/Constituency/{seat.seat_id}/{seat.name}"
    return {"value": value, "links": [{"rel": "self", "href": href, "method": "GET"}]}


def _seat_count(party: Party, people: list[Person]) -> Json:
    female = sum(person.name.gender == "F" for person in people)
    return {
        "male": len(people) - female,
        "female": female,
        "nonBinary": 0,
        "total": len(people),
        "party": party_json(party),
    }
