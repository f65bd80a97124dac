"""The story of related motions: who signed them is a hint that they may sign ours."""

import asyncio
from collections.abc import Iterable

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


async def sync_related(
    engine: Engine,
    http: ParliamentHttp,
    settings: ParliamentSettings,
    watched: MotionSettings,
) -> None:
    """Read the motions that `watched` names as related, and keep who signed them.

    Raises ParliamentError when one can't be read; what was known of it stays.
    """
    related = [(related_id, False) for related_id in watched.related]
    if watched.continues:
        session_name, _, number = watched.continues.rpartition("/")
        starts_on, ends_on = search_range(session_name)
        found = await fetch_motion_id(
            http,
            settings.motions_url,
            number=int(number),
            starts_on=starts_on,
            ends_on=ends_on,
        )
        related.append((found.parliament_id, True))
    for related_id, is_continued in related:
        answer = await fetch_motion(http, settings.motions_url, related_id)
        try:
            snapshot = parse_related_motion(answer.body, parliament_id=related_id)
        except AnswerError as error:
            reason = f"related motion {related_id}: {error}"
            raise ParliamentError(FailureKind.UNREADABLE, reason) from error
        await asyncio.to_thread(_record, engine, watched, snapshot, is_continued)


async def sync_all_related(
    engine: Engine,
    http: ParliamentHttp,
    settings: ParliamentSettings,
    motions: Iterable[MotionSettings],
) -> None:
    """Read the related motions of every motion that names some."""
    for watched in motions:
        if watched.related or watched.continues:
            await sync_related(engine, http, settings, watched)


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
