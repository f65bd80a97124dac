"""What is asked about motions: one motion's answer, and which id a number has."""

from datetime import date

from tracker.parliament.decode import AnswerError
from tracker.parliament.errors import ParliamentError
from tracker.parliament.http import Answer, ParliamentHttp
from tracker.parliament.motions import parse_motion_list, pick_motion
from tracker.parliament.snapshot import MotionCandidate
from tracker.rules.outcomes import FailureKind

_PAGE = 100
_MOST_PAGES = 60
"""More motions than any session had (the longest, 2017-19, had about 2,700)."""


async def fetch_motion(
    http: ParliamentHttp, base_url: str, parliament_id: int
) -> Answer:
    """Return Parliament's answer about one motion, all its rows in it, not yet read.

    The detail is singular (`EarlyDayMotion`), the list plural.
    """
    return await http.get(f"{base_url}/EarlyDayMotion/{parliament_id}")


async def fetch_motion_id(
    http: ParliamentHttp,
    base_url: str,
    *,
    number: int,
    starts_on: date,
    ends_on: date,
) -> MotionCandidate:
    """Return the one motion with this number tabled in the range, both days included.

    Raises ParliamentError naming the candidates when not exactly one fits. Whether
    Parliament's filter by number is exact is not documented, so the rows are looked at.
    """
    try:
        candidates = await _candidates(http, base_url, number, starts_on, ends_on)
        return pick_motion(
            candidates, number=number, starts_on=starts_on, ends_on=ends_on
        )
    except AnswerError as error:
        raise ParliamentError(FailureKind.UNREADABLE, str(error)) from error


async def _candidates(
    http: ParliamentHttp, base_url: str, number: int, starts_on: date, ends_on: date
) -> list[MotionCandidate]:
    """Return the rows of every page, merged by id: rows may move while we page (U34)."""
    found: dict[int, MotionCandidate] = {}
    for page in range(_MOST_PAGES):
        answer = await http.get(
            f"{base_url}/EarlyDayMotions/list",
            [
                ("parameters.uINWithAmendmentSuffix", str(number)),
                ("parameters.tabledStartDate", starts_on.isoformat()),
                ("parameters.tabledEndDate", ends_on.isoformat()),
                ("parameters.take", str(_PAGE)),
                ("parameters.skip", str(page * _PAGE)),
            ],
        )
        rows, total = parse_motion_list(answer.body)
        fresh = {row.parliament_id: row for row in rows}.keys() - found.keys()
        found |= {row.parliament_id: row for row in rows}
        if not fresh or (page + 1) * _PAGE >= total:
            return list(found.values())
    raise AnswerError(f"the list of motions did not end after {_MOST_PAGES} pages")
