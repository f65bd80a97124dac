"""The story of MPs' photos: fetched once a month, made small, kept in the database.

A few at a time, so that polls are never held up: all 650 take some hours the first time.
A page without a photo shows the MP's initials, so nothing waits for this.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from tracker import store
from tracker.members import ABOUT_ONE, MembersDesk
from tracker.parliament.errors import ParliamentError
from tracker.photo_files import PhotoError, SmallPhoto, small_photo

PHOTOS_LAST = timedelta(days=30)
AT_ONCE = 50


async def sync_photos(desk: MembersDesk, *, at_most: int = AT_ONCE) -> int:
    """Bring the photos that are due, the longest unseen first; return how many came.

    One that is not there, or is no photo, is not asked for again for a month. Raises
    ParliamentError when the service itself fails; what came before is kept.
    """

    def due() -> Sequence[int]:
        with store.read(desk.engine) as session:
            before = desk.clock() - PHOTOS_LAST
            return store.photos_due(session, checked_before=before, limit=at_most)

    found: dict[int, SmallPhoto | None] = {}
    try:
        for member_id in await asyncio.to_thread(due):
            found[member_id] = await _fetched(desk, member_id)
    finally:
        # Together: a write for each would hold up polls.
        await asyncio.to_thread(_record, desk, found)
    return sum(photo is not None for photo in found.values())


async def _fetched(desk: MembersDesk, member_id: int) -> SmallPhoto | None:
    try:
        body = await desk.api.fetch_thumbnail(member_id)
        return await asyncio.to_thread(small_photo, body)
    except PhotoError:
        return None
    except ParliamentError as error:
        if error.kind not in ABOUT_ONE:
            raise
        return None


def _record(desk: MembersDesk, found: Mapping[int, SmallPhoto | None]) -> None:
    if not found:
        return
    with store.write(desk.engine) as session:
        for member_id, photo in found.items():
            store.record_photo(
                session,
                member_id,
                body=photo.body if photo else None,
                tag=photo.tag if photo else None,
                checked_at=desk.clock(),
            )
