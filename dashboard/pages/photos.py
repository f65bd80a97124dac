"""`/photos/…`: MPs' photos out of our own database, so that no page asks another host."""

from fastapi import APIRouter, Response

from dashboard.desk import SessionDep
from dashboard.problems import ProblemError
from tracker import store

_FOR_EVER = "public, max-age=31536000, immutable"
_LONGEST_ID = 9

router = APIRouter(include_in_schema=False)


@router.get("/photos/{member_id}/{tag}.jpg")
def photo(session: SessionDep, member_id: str, tag: str) -> Response:
    """A small photo; under its own tag it may be kept for ever.

    A page from before a new photo may still ask for the old one: it gets the new.
    """
    is_id = member_id.isascii() and member_id.isdigit()
    is_id = is_id and len(member_id) <= _LONGEST_ID
    found = store.photo_of(session, int(member_id)) if is_id else None
    if found is None or found.body is None:
        raise ProblemError(404, "There is no photo at this address.")
    kept = _FOR_EVER if tag == found.tag else "no-cache"
    return Response(
        found.body, media_type="image/jpeg", headers={"Cache-Control": kept}
    )
