"""From a postcode to a seat: the table that was loaded, else Parliament's answer, cached.

Owns the loading (in batches, put in use in one step) and the order in which a look-up
asks. Which Member holds the seat is the board's to say.
"""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from tracker import store
from tracker.board import motion_standing
from tracker.config import MotionSettings
from tracker.parliament.errors import ParliamentError
from tracker.parliament.member_requests import MembersApi
from tracker.parliament.seats import Boundaries, seat_named, seat_with_code
from tracker.rules.calendar import MotionState
from tracker.rules.postcodes import (
    LookupKind,
    PlaceFound,
    compact_postcode,
    other_house,
    place_without_mp,
    written_postcode,
)
from tracker.store import Engine
from tracker.store.tables import Motion, PostcodeAnswer, PostcodeTable
from tracker.supporters.postcode_file import PostcodeFile, open_postcodes, postcode_rows

BATCH = 20_000
ANSWERS_LAST = timedelta(days=30)


def load_postcodes(
    engine: Engine,
    path: Path,
    *,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> PostcodeTable:
    """Load a file and put it in use in one step; return the table that is in use then.

    A look-up meanwhile sees the old table, and so does everything if the load is killed.
    Raises PostcodeFileError when the file can't be used.
    """
    file = open_postcodes(path)
    with store.write(engine) as session:
        store.begin_staging(session)
    done = 0
    rows = postcode_rows(file)
    while batch := list(islice(rows, BATCH)):
        with store.write(engine) as session:
            store.stage_postcodes(session, store.staged_rows(batch))
        done += len(batch)
        if progress:
            progress(done, max(done, file.row_count))
    with store.write(engine) as session:
        table = _table(file, store.staged_count(session), now)
        store.put_staged_in_use(session, table)
    if progress:
        progress(done, done)
    return table


async def look_up(
    engine: Engine,
    api: MembersApi | None,
    text: str,
    *,
    boundaries: Boundaries,
    last_on: date | None,
    now: datetime,
) -> PlaceFound:
    """Return the seat of a postcode for a motion whose House has these boundaries.

    Raises PostcodeError for what is no postcode. Without a table, Parliament is asked
    (`api` None: it can't be); its answers are kept for a month, without who asked.
    """
    compact = compact_postcode(text)
    known = place_without_mp(compact) or await asyncio.to_thread(
        _by_table, engine, compact, boundaries, last_on
    )
    if known is not None:
        return known
    if boundaries != "2024":
        return other_house(compact, boundaries, last_on)
    cached = await asyncio.to_thread(_cached, engine, compact, now)
    if cached is None:
        if api is None:
            return _cannot_now(compact)
        try:
            cached = await _asked(engine, api, compact, now)
        except ParliamentError:
            return _cannot_now(compact)
    return _by_answer(cached)


async def motion_day(
    engine: Engine, watched: MotionSettings, now: datetime
) -> tuple[date, date | None]:
    """Return the day whose House the motion is before, and its last day if it is over."""

    def day() -> tuple[date, date | None]:
        with store.read(engine) as session:
            known = store.motion_by_number(session, watched.session, watched.number)
            motion = known or Motion(session=watched.session, number=watched.number)
            stands = motion_standing(session, watched, motion, now=now)
        is_over = stands.state is not MotionState.OPEN
        return stands.house_on, stands.last_on if is_over else None

    return await asyncio.to_thread(day)


def _table(file: PostcodeFile, row_count: int, now: datetime) -> PostcodeTable:
    return PostcodeTable(
        id=1,
        boundaries=file.boundaries,
        row_count=row_count,
        loaded_at=now,
        file_name=file.path.name,
    )


def _by_table(
    engine: Engine, compact: str, boundaries: str, last_on: date | None
) -> PlaceFound | None:
    """Return the loaded table's answer, None if no table is loaded."""
    with store.read(engine) as session:
        table = store.postcode_table(session)
        row = store.postcode_seat(session, compact) if table else None
    if table is None:
        return None
    if table.boundaries != boundaries:
        return other_house(compact, boundaries, last_on)
    if row is None:
        return _unknown(compact)
    seat = seat_with_code(row.ons_code)
    written = written_postcode(compact)
    return PlaceFound(
        LookupKind.TERMINATED if row.is_terminated else LookupKind.FOUND,
        written,
        ons_code=row.ons_code,
        constituency=seat.constituency if seat else None,
        reason=f"{written} is no longer in use; it was here."
        if row.is_terminated
        else None,
    )


def _cached(engine: Engine, compact: str, now: datetime) -> PostcodeAnswer | None:
    with store.read(engine) as session:
        return store.cached_answer(session, compact, asked_after=now - ANSWERS_LAST)


async def _asked(
    engine: Engine, api: MembersApi, compact: str, now: datetime
) -> PostcodeAnswer:
    """Ask the Members API and keep its answer, also that it knows no such postcode."""
    found = await api.fetch_constituencies(written_postcode(compact))
    one = found[0] if len(found) == 1 else None
    seat = seat_named(one.name, "2024") if one else None
    names = "; ".join(place.name for place in found)
    answer = PostcodeAnswer(
        postcode=compact,
        constituency=one.name if one else (names or None),
        ons_code=seat.ons_code if seat else None,
        asked_at=now,
    )

    def record() -> None:
        with store.write(engine) as session:
            store.record_postcode_answer(session, answer)

    await asyncio.to_thread(record)
    return answer


def _by_answer(answer: PostcodeAnswer) -> PlaceFound:
    written = written_postcode(answer.postcode)
    if answer.constituency is None:
        return _unknown(answer.postcode)
    if answer.ons_code is None:
        return PlaceFound(
            LookupKind.SEVERAL,
            written,
            reason=(
                f"{written} is in more than one constituency ({answer.constituency}):"
                " choose your MP from the list."
            ),
        )
    return PlaceFound(LookupKind.FOUND, written, answer.ons_code, answer.constituency)


def _unknown(compact: str) -> PlaceFound:
    written = written_postcode(compact)
    return PlaceFound(
        LookupKind.UNKNOWN,
        written,
        reason=f"{written} is not known: check it, or choose your MP from the list.",
    )


def _cannot_now(compact: str) -> PlaceFound:
    return PlaceFound(
        LookupKind.CANNOT_NOW,
        written_postcode(compact),
        reason=(
            "Postcodes can't be looked up at the moment: try again in a few minutes, or"
            " choose your MP from the list."
        ),
    )
