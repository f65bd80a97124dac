"""The story of a poll: fetch the motion, diff it with the ledger, record. Read this first.

1. One poll of a motion at a time, over all processes; else it is `busy`.
2. FETCH, unless Parliament's brake is on. Nothing is written while a request is open.
3. READ the answer, DIFF it with what is held (rules/diff.py).
4. RECORD the poll, the rows and one SignatureEvent per change in one transaction.

A known failure becomes a failed poll with its reason; nothing else changes because of it.
"""

import asyncio
import logging
from dataclasses import dataclass

from tracker.clock import Clock
from tracker.config import MotionSettings, ParliamentSettings
from tracker.parliament.errors import BrakedError, ParliamentError
from tracker.parliament.http import Answer, ParliamentHttp
from tracker.parliament.motion_requests import fetch_motion, fetch_motion_id
from tracker.recording import (
    PollReport,
    PollStart,
    record_answered,
    record_ended,
    start_poll,
)
from tracker.rules.audience import NOBODY, Audience
from tracker.rules.diff import Limits
from tracker.rules.outcomes import FailureKind, Outcome
from tracker.store import Engine
from tracker.store.locks import try_lock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PollDesk:
    """What every poll works with; `audience` is told of what it brings."""

    engine: Engine
    http: ParliamentHttp
    settings: ParliamentSettings
    clock: Clock
    audience: Audience = NOBODY


async def poll_motion(
    desk: PollDesk, watched: MotionSettings, *, is_accepted: bool = False
) -> PollReport:
    """Return what one poll of the motion brought; it has been recorded.

    `is_accepted` means that a person vouches for the answer: what it lacks is believed
    at once. Raises only for faults of the database or of ours.
    """
    start = await asyncio.to_thread(
        start_poll,
        desk.engine,
        watched,
        Limits(desk.settings.missing_polls, desk.settings.missing_seconds),
        is_accepted=is_accepted,
        started_at=desk.clock(),
    )
    with try_lock(desk.engine, f"poll-{start.motion_id}") as is_ours:
        if not is_ours:
            reason = "another poll of this motion is under way"
            return await _ended(desk, start, Outcome.BUSY, reason)
        try:
            answer, parliament_id = await _fetch(desk, watched, start)
        except BrakedError as error:
            return await _ended(desk, start, Outcome.BRAKED, str(error))
        except ParliamentError as error:
            return await _failed(desk, start, error)
        try:
            return await asyncio.to_thread(
                record_answered,
                desk.engine,
                start,
                answer,
                parliament_id=parliament_id,
                seen_at=desk.clock(),
                audience=desk.audience,
            )
        except ParliamentError as error:
            return await _failed(desk, start, error)


async def _fetch(
    desk: PollDesk, watched: MotionSettings, start: PollStart
) -> tuple[Answer, int]:
    """Return the answer and Parliament's id, looked up by number if it is not known."""
    parliament_id = start.parliament_id or watched.id
    if watched.id is not None and watched.id != parliament_id:
        raise ParliamentError(
            FailureKind.UNREADABLE,
            f"the ledger holds Parliament's motion {parliament_id} under this number and"
            f" session, and the configuration says id = {watched.id}",
        )
    if parliament_id is None:
        candidate = await fetch_motion_id(
            desk.http,
            desk.settings.motions_url,
            number=watched.number,
            starts_on=start.starts_on,
            ends_on=start.ends_on,
        )
        parliament_id = candidate.parliament_id
    answer = await fetch_motion(desk.http, desk.settings.motions_url, parliament_id)
    return answer, parliament_id


async def _failed(
    desk: PollDesk, start: PollStart, error: ParliamentError
) -> PollReport:
    log.warning("poll of EDM %s of %s failed: %s", start.number, start.session, error)
    return await _ended(desk, start, Outcome.FAILED, str(error), error)


async def _ended(
    desk: PollDesk,
    start: PollStart,
    outcome: Outcome,
    reason: str,
    error: ParliamentError | None = None,
) -> PollReport:
    return await asyncio.to_thread(
        record_ended,
        desk.engine,
        start,
        outcome,
        reason,
        failure_kind=error.kind if error else None,
        ended_at=desk.clock(),
    )
