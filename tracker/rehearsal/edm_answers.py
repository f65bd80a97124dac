"""Answers of the motions service, in the recorded shapes: one motion, and the list.

Owns the envelope and `parameters.*`. Shapes: parliament/README.md section 2; the detail
says `SponsorsCount` 0, the list counts withdrawn signatures in it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from tracker.clock import london_date
from tracker.rehearsal.motions import Motion, Row, numbered, text_day, text_time
from tracker.rehearsal.query import Query, contains
from tracker.rehearsal.wire import Answer, json_answer
from tracker.rehearsal.world import World

_DEFAULT_TAKE, _MOST_TAKE = 25, 100
_STATUS_NAMES = {0: "published", 1: "withdrawn"}

Json = dict[str, object]

# orderBy: what to sort by, and whether from the last
_ORDERS: Mapping[str, tuple[Callable[[World, Motion], Any], bool]] = {
    "datetabledasc": (lambda _, m: (m.tabled_on, m.number), False),
    "datetableddesc": (lambda _, m: (m.tabled_on, m.number), True),
    "titleasc": (lambda _, m: m.title, False),
    "titledesc": (lambda _, m: m.title, True),
    "signaturecountasc": (lambda w, m: len(_seen_rows(w, m)), False),
    "signaturecountdesc": (lambda w, m: len(_seen_rows(w, m)), True),
}


def detail(world: World, motion_id: int) -> Answer:
    """Return one motion with its rows, or the envelope of a 404."""
    motion = world.motion(motion_id)
    if motion is None:
        return refusal(404, "The Early Day Motion asked for was not found.")
    return json_answer(envelope(_detail_json(world, motion)))


def listing(world: World, query: Query) -> Answer:
    """Return a page of the list: 25 motions unless told, never above 100."""
    found = [m for m in world.motions() if _is_asked_for(world, m, query)]
    order = (query.text("parameters.orderBy") or "").lower()
    key, is_reversed = _ORDERS.get(order, _ORDERS["datetableddesc"])
    found.sort(key=lambda m: (key(world, m), m.parliament_id), reverse=is_reversed)
    skip, take = query.page(
        prefix="parameters.", default=_DEFAULT_TAKE, most=_MOST_TAKE
    )
    paging = {"Skip": skip, "Take": take, "Total": len(found), "StatusCounts": []}
    rows = [_list_json(world, motion) for motion in found[skip : skip + take]]
    return json_answer(envelope(rows, paging))


def envelope(response: object, paging: Json | None = None) -> Json:
    return {
        "PagingInfo": paging,
        "StatusCode": 200,
        "Success": True,
        "Errors": [],
        "Response": response,
    }


def refusal(status: int, sentence: str) -> Answer:
    """Return the envelope of an answer without a Response."""
    body = envelope(None) | {
        "StatusCode": status,
        "Success": False,
        "Errors": [sentence],
    }
    return json_answer(body, status)


def _is_asked_for(world: World, motion: Motion, query: Query) -> bool:
    return (
        _is_in_number(motion, query)
        and _is_in_days(
            motion.tabled_on,
            query.day("parameters.tabledStartDate"),
            query.day("parameters.tabledEndDate"),
        )
        and _is_in_days(
            london_date(motion.status_at),
            query.day("parameters.currentStatusDateStart"),
            query.day("parameters.currentStatusDateEnd"),
        )
        and contains(motion.title, query.text("parameters.searchTerm"))
        and not query.flag("parameters.isPrayer")
        and _is_of_member(world, motion, query)
    )


def _is_in_number(motion: Motion, query: Query) -> bool:
    ids = query.numbers("parameters.edmIds")
    statuses = [s.lower() for s in query.all("parameters.statuses")]
    number = query.text("parameters.uINWithAmendmentSuffix")
    # The plain number finds the amendments too: nobody has documented otherwise.
    return (
        (not ids or motion.parliament_id in ids)
        and (not statuses or _STATUS_NAMES.get(motion.status) in statuses)
        and (number is None or number in (str(motion.number), motion.printed_number))
    )


def _is_in_days(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or day >= first) and (last is None or day <= last)


def _is_of_member(world: World, motion: Motion, query: Query) -> bool:
    member_id = query.number("parameters.memberId")
    if member_id is None or motion.primary_member_id == member_id:
        return True
    if not query.flag("parameters.includeSponsoredByMember"):
        return False
    rows = world.rows(motion.parliament_id)
    return any(row.member_id == member_id for row in rows)


def _seen_rows(world: World, motion: Motion) -> Sequence[object]:
    raw = world.raw_rows(motion.parliament_id)
    if raw is not None:
        return raw
    now = world.now()
    return [row for row in world.rows(motion.parliament_id) if row.is_visible(now)]


def _detail_json(world: World, motion: Motion) -> Json:
    motion_id = motion.parliament_id
    raw = world.raw_rows(motion_id)
    rows: Sequence[object] = (
        raw
        if raw is not None
        else [
            _row_json(world, row, order)
            for row, order in numbered(world.rows(motion_id), world.now())
        ]
    )
    amendments = [
        _detail_json(world, m) for m in world.motions() if m.amends == motion_id
    ]
    return {
        "Sponsors": rows,
        "Amendments": amendments,
        **_motion_json(world, motion),
        "SponsorsCount": 0,
    }


def _list_json(world: World, motion: Motion) -> Json:
    count = len(_seen_rows(world, motion))
    return {**_motion_json(world, motion), "SponsorsCount": count}


def _motion_json(world: World, motion: Motion) -> Json:
    member_id = motion.primary_member_id
    return {
        "Id": motion.parliament_id,
        "Status": motion.status,
        "StatusDate": text_time(motion.status_at),
        "MemberId": member_id,
        "PrimarySponsor": member_for_date(world, member_id, motion.tabled_on),
        "Title": motion.title,
        "MotionText": motion.text,
        "AmendmentToMotionId": motion.amends,
        "UIN": motion.number,
        "AmendmentSuffix": motion.amendment_suffix,
        "DateTabled": text_day(motion.tabled_on),
        "PrayingAgainstNegativeStatutoryInstrumentId": None,
        "StatutoryInstrumentNumber": None,
        "StatutoryInstrumentYear": None,
        "StatutoryInstrumentTitle": None,
        "UINWithAmendmentSuffix": motion.printed_number,
    }


def _row_json(world: World, row: Row, order: int | None) -> Json:
    return {
        "Id": row.row_id,
        "MemberId": row.member_id,
        "Member": member_for_date(world, row.member_id, row.signed_on),
        "SponsoringOrder": order,
        "CreatedWhen": text_time(row.created_at),
        "IsWithdrawn": row.is_withdrawn,
        "WithdrawnDate": text_time(row.withdrawn_at),
    }


def member_for_date(world: World, member_id: int | None, day: date) -> Json | None:
    """Return party and seat of that day; `Status` says Active even of those who left."""
    person = None if member_id is None else world.person(member_id)
    if person is None:
        return None
    party = person.party_on(day)
    photo = f"{world.base_url}/api/Members/{member_id}/Portrait"
    return {
        "MnisId": member_id,
        "PimsId": person.member_id + 10_000,
        "Name": person.name.display,
        "ListAs": person.name.list_as,
        "Constituency": person.membership_on(day).seat.name,
        "Status": "Active",
        "Party": party.name,
        "PartyId": party.party_id,
        "PartyColour": party.background,
        "PhotoUrl": f"{photo}?cropType=OneOne&webVersion=true",
    }
