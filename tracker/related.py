"""The story of related motions: who signed them is a hint that they may sign ours."""

import asyncio
from collections.abc import Collection, Iterable

from tracker import store
from tracker.config import MotionSettings, ParliamentSettings
from tracker.parliament.decode import AnswerError
from tracker.parliament.errors import ParliamentError
from tracker.parliament.http import ParliamentHttp
from tracker.parliament.motion_requests import fetch_motion, fetch_motion_id
from tracker.parliament.motions import parse_related_motion
from tracker.parliament.sessions import search_range
from tracker.parliament.snapshot import Snapshot
from tracker.rules.outcomes import FailureKind
from tracker.store import Engine
from tracker.store.tables import RelatedSigner

FIRST_NAMES = 6
"""How many names a motion is printed with: its sponsors."""


async def sync_all_related(
    engine: Engine,
    http: ParliamentHttp,
    settings: ParliamentSettings,
    motions: Iterable[MotionSettings],
) -> None:
    """Read the related motions of every motion that names some, and keep their signers.

    One that can't be read stays as it was known, and the rest are read: at the end the
    first ParliamentError is raised. A motion that is no longer named is forgotten.
    """
    problems = []
    for watched in motions:
        problems += await sync_related(engine, http, settings, watched)
    if problems:
        raise problems[0]


async def sync_related(
    engine: Engine,
    http: ParliamentHttp,
    settings: ParliamentSettings,
    watched: MotionSettings,
) -> list[ParliamentError]:
    """Read the motions that one motion names as related; return why some can't be."""
    named = dict.fromkeys(watched.related, False)
    problems = []
    if watched.continues:
        try:
            found = await _continued(http, settings, watched.continues)
        except ParliamentError as error:
            problems.append(error)
        else:
            named[found] = True
    if not problems:
        await asyncio.to_thread(_forget_others, engine, watched, named)
    for related_id, is_continued in named.items():
        try:
            snapshot = await _fetch(http, settings, related_id)
        except ParliamentError as error:
            problems.append(error)
        else:
            await asyncio.to_thread(_record, engine, watched, snapshot, is_continued)
    return problems


async def _continued(
    http: ParliamentHttp, settings: ParliamentSettings, named: str
) -> int:
    """Return Parliament's id of the motion that ours re-tables, "2013-14/501"."""
    session_name, _, number = named.rpartition("/")
    starts_on, ends_on = search_range(session_name)
    found = await fetch_motion_id(
        http,
        settings.motions_url,
        number=int(number),
        starts_on=starts_on,
        ends_on=ends_on,
    )
    return found.parliament_id


async def _fetch(
    http: ParliamentHttp, settings: ParliamentSettings, related_id: int
) -> Snapshot:
    answer = await fetch_motion(http, settings.motions_url, related_id)
    try:
        return parse_related_motion(answer.body, parliament_id=related_id)
    except AnswerError as error:
        reason = f"related motion {related_id}: {error}"
        raise ParliamentError(FailureKind.UNREADABLE, reason) from error


def _forget_others(
    engine: Engine, watched: MotionSettings, named: Collection[int]
) -> None:
    with store.write(engine) as session:
        motion = store.motion_by_number(session, watched.session, watched.number)
        if motion is not None and motion.id is not None:
            store.forget_related(session, motion.id, keep=named)


def _record(
    engine: Engine, watched: MotionSettings, snapshot: Snapshot, is_continued: bool
) -> None:
    title = f"EDM {snapshot.number}: {snapshot.title or 'without a title'}"
    with store.write(engine) as session:
        motion = store.record_motion(session, watched.session, watched.number)
        assert motion.id is not None, "a stored motion has an id"
        signers = {
            row.member_id: RelatedSigner(
                motion_id=motion.id,
                related_id=snapshot.parliament_id,
                member_id=row.member_id,
                title=title,
                is_sponsor=(row.sponsoring_order or FIRST_NAMES + 1) <= FIRST_NAMES,
                is_continued=is_continued,
            )
            for row in snapshot.rows
            if not row.is_withdrawn
        }
        store.record_related(
            session, motion.id, snapshot.parliament_id, signers.values()
        )
