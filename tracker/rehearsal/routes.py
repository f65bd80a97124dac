"""Which answer a path gets: three services behind one address.

Owns the routes and the cache of rendered answers; an answer is rendered again only when
the World has changed since.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import date

from tracker.rehearsal import (
    calendar_answers,
    edm_answers,
    member_answers,
    place_answers,
    post_answers,
)
from tracker.rehearsal.people import Person
from tracker.rehearsal.query import Query, day_of
from tracker.rehearsal.state import MomentKey
from tracker.rehearsal.wire import Answer, json_answer
from tracker.rehearsal.world import World

Route = Callable[[World, Query, str], Answer]

_KEPT_ANSWERS = 512


class Answers:
    """The good answers of a World, each rendered once per change."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: OrderedDict[tuple[str, str], tuple[MomentKey, Answer]] = (
            OrderedDict()
        )

    def answer(self, path: str, query: str) -> Answer:
        """Return what Parliament would answer, were it well."""
        with self._world.lock:
            key, moment = (path, query), self._world.moment_key()
            kept = self._kept.get(key)
            if kept is not None and kept[0] == moment:
                return kept[1]
            answer = _rendered(self._world, path, Query(query))
            self._kept[key] = (moment, answer)
            self._kept.move_to_end(key)
            if len(self._kept) > _KEPT_ANSWERS:
                self._kept.popitem(last=False)
            return answer


def _rendered(world: World, path: str, query: Query) -> Answer:
    for pattern, route in _ROUTES:
        match = pattern.fullmatch(path)
        if match is not None:
            return route(world, query, match[1] if match.groups() else "")
    return not_found()


def not_found() -> Answer:
    """Return the Members service's 404, a problem document by its looks."""
    return json_answer({"title": "Not Found", "status": 404}, 404)


def _person(show: Callable[[World, Person, Query], Answer]) -> Route:
    def route(world: World, query: Query, member_id: str) -> Answer:
        person = world.person(int(member_id))
        return not_found() if person is None else show(world, person, query)

    return route


def _constituency(world: World, _: Query, seat_id: str) -> Answer:
    try:
        seat = world.seat(int(seat_id))
    except KeyError:
        return not_found()
    return place_answers.constituency(world, seat)


def _on_day(show: Callable[[World, date], Answer]) -> Route:
    def route(world: World, _: Query, text: str) -> Answer:
        day = day_of(text)
        return not_found() if day is None else show(world, day)

    return route


_MEMBER = r"/api/Members/(\d{1,12})"
_ROUTES: tuple[tuple[re.Pattern[str], Route], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.ASCII), route)
    for pattern, route in (
        (r"/EarlyDayMotion/(\d{1,12})", lambda w, q, i: edm_answers.detail(w, int(i))),
        (r"/EarlyDayMotions/list", lambda w, q, _: edm_answers.listing(w, q)),
        (r"/api/Members/Search", lambda w, q, _: member_answers.search(w, q)),
        (r"/api/Members/History", lambda w, q, _: member_answers.history(w, q)),
        (_MEMBER, _person(member_answers.one)),
        (f"{_MEMBER}/Contact", _person(lambda w, p, q: member_answers.contact(p))),
        (f"{_MEMBER}/Biography", _person(lambda w, p, q: post_answers.biography(w, p))),
        (
            f"{_MEMBER}/(?:Thumbnail|Portrait)",
            _person(lambda w, p, q: place_answers.portrait(p)),
        ),
        (
            r"/api/Posts/GovernmentPosts",
            lambda w, q, _: post_answers.posts(w, "government", q),
        ),
        (
            r"/api/Posts/OppositionPosts",
            lambda w, q, _: post_answers.posts(w, "opposition", q),
        ),
        (
            r"/api/Posts/Departments/(\w+)",
            lambda w, q, _: post_answers.departments(w, with_leader=True),
        ),
        (
            r"/api/Posts/SpeakerAndDeputies/([^/]+)",
            _on_day(post_answers.speaker_and_deputies),
        ),
        (r"/api/Reference/Departments", lambda w, q, _: post_answers.departments(w)),
        (
            r"/api/Location/Constituency/Search",
            lambda w, q, _: place_answers.constituency_search(w, q),
        ),
        (r"/api/Location/Constituency/(\d{1,12})", _constituency),
        (
            r"/api/Parties/StateOfTheParties/(?:1|Commons)/([^/]+)",
            _on_day(place_answers.state_of_the_parties),
        ),
        (
            r"/calendar/sessions/list\.json",
            lambda w, q, _: calendar_answers.sessions(w),
        ),
        (
            r"/calendar/events/nonsitting\.json",
            lambda w, q, _: calendar_answers.non_sitting(w, q),
        ),
    )
)
