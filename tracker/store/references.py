"""What the rows of a batch point at, asked once for each instead of for every row.

SQLite asks with every row, a tenth of the work of writing it, and does not within
`bulk.bulk_settings`. The people of a batch are found or added by the batch itself.
"""

from collections.abc import Set

from sqlalchemy import text
from sqlmodel import Session

from tracker.store.bulk import rows_in
from tracker.store.engine import DatabaseError

_ABOUT = """
SELECT (SELECT count(*) FROM motion WHERE id = :motion),
(SELECT count(*) FROM import_run WHERE id = :import)"""


def require_named(
    session: Session, members: Set[int], *, motion_id: int, import_id: int
) -> None:
    """DatabaseError if one of the Members, the motion or the run is not there."""
    given = {"motion": motion_id, "import": import_id}
    about = session.connection().execute(text(_ABOUT), given).one()
    query = "SELECT member_id FROM member WHERE member_id {values}"
    known = {row[0] for row in rows_in(session, query, sorted(members))}
    if tuple(about) != (1, 1) or known != members:
        raise DatabaseError(
            "a Member, the motion or the run of this import was taken out of the"
            " database while it went on; import the file again"
        )
