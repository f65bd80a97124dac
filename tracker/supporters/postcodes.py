"""From a postcode to a seat: the table that was loaded, else Parliament's answer, cached.

Owns the loading (in batches, put in use in one step) and the order in which a look-up
asks. Which Member holds the seat is the board's to say.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from tracker import store
from tracker.parliament.errors import ParliamentError
from tracker.parliament.member_requests import MembersApi
from tracker.parliament.seats import Boundaries, seat_named, seat_with_code
from tracker.rules.postcodes import (
    LookupKind,
    PlaceFound,
    cannot_look_up,
    compact_postcode,
    other_house,
    place_in_table,
    place_without_mp,
    several_places,
    unknown_place,
    written_postcode,
)
from tracker.store import Engine
from tracker.store.locks import try_lock
from tracker.store.tables import PostcodeAnswer, PostcodeTable
from tracker.supporters.postcode_file import (
    LeftOut,
    PostcodeFile,
    PostcodeFileError,
    open_postcodes,
    postcode_rows,
)

BATCH = 50_000
"""Rows a transaction: others may write in between."""

ANSWERS_LAST = timedelta(days=30)
UNKNOWN_LASTS = timedelta(days=1)
"""A postcode that nobody knows may be a new one."""

PATIENCE_SECONDS = 6.0
"""How long somebody at a page waits for Parliament."""

_SEVERAL = "; "

Progress = Callable[[int, int], None]
"""Told how many rows are done, and about how many there are."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The table that is in use now, and what of its file is not in it."""

    table: PostcodeTable
    left_out: LeftOut


def load_postcodes(
    engine: Engine, path: Path, *, now: datetime, progress: Progress | None = None
) -> Loaded:
    """Load a file and put it in use in one step; return what is in use then.

    A look-up meanwhile sees the old table, and so does everything if the load is killed.
    Raises PostcodeFileError when the file can't be used, or another load is under way.
    """
    file = open_postcodes(path)
    with try_lock(engine, "postcodes") as is_ours:
        if not is_ours:
            raise PostcodeFileError(
                "another load of postcodes is under way: wait until it is done"
            )
        try:
            return _load(engine, file, now, progress)
        except PostcodeFileError:
            with store.write(engine) as session:
                store.drop_staged(session)
            raise


def _load(
    engine: Engine, file: PostcodeFile, now: datetime, progress: Progress | None
) -> Loaded:
    with store.write(engine) as session:
        store.begin_staging(session)
    done, left_out = 0, LeftOut()
    rows = postcode_rows(file, left_out)
    while batch := list(islice(rows, BATCH)):
        batch.sort()
        with store.write(engine) as session:
            store.stage_postcodes(session, batch)
        done += len(batch)
        if progress:
            progress(done, max(done + 1, file.row_count))
    with store.write(engine) as session:
        count = store.finish_staging(session)
    table = PostcodeTable(
        id=1,
        boundaries=file.boundaries,
        row_count=count,
        loaded_at=now,
        file_name=file.path.name,
    )
    with store.write(engine) as session:
        store.put_staged_in_use(session, table)
    if progress:
        progress(done, done)
    return Loaded(table, left_out)


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
            return cannot_look_up(compact)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                cached = await _asked(engine, api, compact, now)
        except (ParliamentError, TimeoutError):
            return cannot_look_up(compact)
    return _by_answer(cached)


def _by_table(
    engine: Engine, compact: str, boundaries: str, last_on: date | None
) -> PlaceFound | None:
    """Return the loaded table's answer, None if no table is loaded."""
    with store.read(engine) as session:
        known = store.known_postcode(session, compact)
    if known is None:
        return None
    if known.boundaries != boundaries:
        return other_house(compact, boundaries, last_on, table=known.boundaries)
    if known.ons_code is None:
        return unknown_place(compact)
    if not known.ons_code:
        return several_places(compact, None)
    seat = seat_with_code(known.ons_code)
    return place_in_table(
        compact,
        known.ons_code,
        seat.constituency if seat else None,
        is_terminated=known.is_terminated,
    )


def _cached(engine: Engine, compact: str, now: datetime) -> PostcodeAnswer | None:
    with store.read(engine) as session:
        found = store.cached_answer(session, compact, asked_after=now - ANSWERS_LAST)
    if found is None or found.constituency is not None:
        return found
    return found if found.asked_at > now - UNKNOWN_LASTS else None


async def _asked(
    engine: Engine, api: MembersApi, compact: str, now: datetime
) -> PostcodeAnswer:
    """Ask the Members API and keep its answer, also that it knows no such postcode."""
    found = await api.fetch_constituencies(written_postcode(compact))
    one = found[0] if len(found) == 1 else None
    seat = seat_named(one.name, "2024") if one else None
    answer = PostcodeAnswer(
        postcode=compact,
        constituency=_SEVERAL.join(place.name for place in found) or None,
        ons_code=seat.ons_code if seat else None,
        asked_at=now,
    )

    def record() -> None:
        with store.write(engine) as session:
            store.record_postcode_answer(session, answer)

    with suppress(store.DatabaseBusyError):  # the answer is there, kept or not
        await asyncio.to_thread(record)
    return answer


def _by_answer(answer: PostcodeAnswer) -> PlaceFound:
    if answer.constituency is None:
        return unknown_place(answer.postcode)
    if _SEVERAL in answer.constituency:
        return several_places(answer.postcode, answer.constituency)
    if answer.ons_code is None:
        # A seat by a name that is in none of our tables: who holds it can't be told.
        return cannot_look_up(answer.postcode)
    written = written_postcode(answer.postcode)
    return PlaceFound(LookupKind.FOUND, written, answer.ons_code, answer.constituency)
