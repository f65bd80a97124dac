"""What is asked about Members: Houses, posts, contacts, one Member.

Owns paging (a page holds 20 at most, its links are unusable) and the order of requests.
What an answer means is read by `members.py`; nothing is written here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from tracker.parliament.calendar import (
    NonSitting,
    SessionDates,
    parse_nonsitting,
    parse_sessions,
)
from tracker.parliament.decode import AnswerError
from tracker.parliament.errors import ParliamentError
from tracker.parliament.http import Params, ParliamentHttp
from tracker.parliament.members import (
    Biography,
    ConstituencyRecord,
    ContactRecord,
    MemberHistory,
    MemberRecord,
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
from tracker.rules.outcomes import FailureKind

T = TypeVar("T")

COMMONS = "1"
_PAGE = 20
_MOST_PAGES = 100
_LEADER_OF_THE_OPPOSITION = 107
"""A department that Reference/Departments leaves out [two clients]."""


class MembersApi:
    """Parliament's Members API, and the calendar, through one ParliamentHttp.

    Every method raises ParliamentError, whose text names what was asked.
    """

    def __init__(
        self, http: ParliamentHttp, members_url: str, calendar_url: str
    ) -> None:
        self._http = http
        self._base = f"{members_url}/api"
        self._calendar = f"{calendar_url}/calendar"

    async def fetch_house(self) -> list[MemberRecord]:
        """Return the current Members of the Commons, each once."""
        return await self._search([("House", COMMONS), ("IsCurrentMember", "true")])

    async def fetch_past_house(self, day: date) -> list[MemberHistory]:
        """Return the histories of everyone who sat in the Commons on `day`."""
        bounds = day.isoformat()
        found = await self._search(
            [
                ("MembershipInDateRange.WasMemberOnOrAfter", bounds),
                ("MembershipInDateRange.WasMemberOnOrBefore", bounds),
                ("MembershipInDateRange.WasMemberOfHouse", COMMONS),
            ]
        )
        histories: list[MemberHistory] = []
        for ids in _batches([member.member_id for member in found]):
            params = [("ids", str(member_id)) for member_id in ids]
            histories += await self._ask("/Members/History", params, parse_history)
        return histories

    async def fetch_member(self, member_id: int) -> MemberRecord:
        """Return one Member, present or past."""
        return await self._ask(f"/Members/{member_id}", [], parse_member)

    async def fetch_contacts(self, member_id: int) -> tuple[ContactRecord, ...]:
        """Return how a Member's offices can be reached."""
        return await self._ask(f"/Members/{member_id}/Contact", [], parse_contacts)

    async def fetch_thumbnail(self, member_id: int) -> bytes:
        """Return a Member's small photo, as Parliament gives it.

        Asked for at the address that we know, never at one that an answer named.
        """
        url = f"{self._base}/Members/{member_id}/Thumbnail"
        return (await self._http.get_picture(url)).body

    async def fetch_biography(self, member_id: int) -> Biography:
        """Return a Member's posts and seats with their dates, past ones included."""

        def parse(body: bytes) -> Biography:
            return parse_biography(body, member_id=member_id)

        return await self._ask(f"/Members/{member_id}/Biography", [], parse)

    async def fetch_posts(self) -> list[PostRecord]:
        """Return who holds which government or opposition post today.

        Without a department the endpoints give the Cabinet only, so every department is
        asked as well.
        """
        departments = await self._ask("/Reference/Departments", [], parse_departments)
        ids = {department_id for department_id, _ in departments}
        asked: list[Params] = [[]]
        asked += [
            [("departmentId", str(department_id))]
            for department_id in sorted(ids | {_LEADER_OF_THE_OPPOSITION})
        ]
        posts: dict[PostRecord, None] = {}
        for params in asked:
            government = await self._ask(
                "/Posts/GovernmentPosts",
                params,
                lambda body: parse_posts(body, "government"),
            )
            opposition = await self._ask(
                "/Posts/OppositionPosts",
                params,
                lambda body: parse_posts(body, "opposition"),
            )
            posts |= dict.fromkeys([*government, *opposition])
        return list(posts)

    async def fetch_speakers(self, day: date) -> list[int]:
        """Return the ids of the Speaker and deputies of a day."""
        speakers = await self._ask(
            f"/Posts/SpeakerAndDeputies/{day.isoformat()}", [], parse_speakers
        )
        return [speaker.member_id for speaker in speakers]

    async def fetch_constituencies(self, text: str) -> tuple[ConstituencyRecord, ...]:
        """Return the constituencies of a postcode, or whose names hold `text`."""
        params = [("searchText", text), ("skip", "0"), ("take", str(_PAGE))]
        path = "/Location/Constituency/Search"
        return await self._ask(path, params, parse_constituencies)

    async def fetch_sessions(self) -> Sequence[SessionDates]:
        """Return the sessions that Parliament's calendar knows."""
        url = f"{self._calendar}/sessions/list.json"
        return await self._ask_url(url, [], parse_sessions)

    async def fetch_closed_days(
        self, from_on: date, to_on: date
    ) -> Sequence[NonSitting]:
        """Return recesses, prorogations and dissolutions that touch the range."""
        params = [
            ("queryParameters.house", "Commons"),
            ("queryParameters.startDate", from_on.isoformat()),
            ("queryParameters.endDate", to_on.isoformat()),
        ]
        url = f"{self._calendar}/events/nonsitting.json"
        return await self._ask_url(url, params, parse_nonsitting)

    async def _search(self, params: Params) -> list[MemberRecord]:
        """Return every page of a search, merged by id; fewer than the total is an error.

        Rows may move between pages while we page, and links can't be used: `skip` is
        counted here until a page is empty or the total is reached.
        """
        found: dict[int, MemberRecord] = {}
        for page in range(_MOST_PAGES):
            paging = [("skip", str(page * _PAGE)), ("take", str(_PAGE))]
            answer = await self._ask(
                "/Members/Search", [*params, *paging], parse_member_page
            )
            found |= {member.member_id: member for member in answer.members}
            if not answer.members or (page + 1) * _PAGE >= answer.total:
                return _whole(list(found.values()), answer.total)
        raise ParliamentError(
            FailureKind.UNREADABLE,
            f"Members/Search did not end after {_MOST_PAGES} pages",
        )

    async def _ask(self, path: str, params: Params, parse: Callable[[bytes], T]) -> T:
        return await self._ask_url(f"{self._base}{path}", params, parse)

    async def _ask_url(
        self, url: str, params: Params, parse: Callable[[bytes], T]
    ) -> T:
        answer = await self._http.get(url, params)
        try:
            return parse(answer.body)
        except AnswerError as error:
            raise ParliamentError(FailureKind.UNREADABLE, str(error)) from error


def _whole(members: list[MemberRecord], total: int) -> list[MemberRecord]:
    if len(members) < total:
        raise ParliamentError(
            FailureKind.UNREADABLE,
            f"Members/Search spoke of {total} Members and gave {len(members)}",
        )
    return members


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    wanted = list(ids)
    for start in range(0, len(wanted), _PAGE):
        yield wanted[start : start + _PAGE]
