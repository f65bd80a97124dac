"""Nothing deleted stays in SQLite's files: its log is taken over and emptied.

Owns how long readers are waited for, and that no writer waits for them. That deleted
content is overwritten in the database file itself is a setting of engine.py.
"""

import time

from sqlalchemy.engine.interfaces import DBAPICursor

from tracker.store.engine import Engine, is_sqlite

OVERWRITE_SECONDS = 1.0
"""How long is waited for those who read an older state: a page waits for it."""
_SHUT_OUT_MILLISECONDS = 20
_BREATH_SECONDS = 0.1
"""Between two tries, so that writers have their turn."""


def overwrite_deleted(engine: Engine) -> bool:
    """Let nothing deleted stay in SQLite's files; return whether that was possible.

    In the database file deleted content is overwritten as it goes (secure_delete); here
    the log beside it is taken over and emptied. Whoever still reads an older state is
    waited for OVERWRITE_SECONDS, and no writer ever waits for such a reader. On
    PostgreSQL False: that is for its VACUUM.
    """
    if not is_sqlite(engine):
        return False
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout")
        [usual] = cursor.fetchone() or (0,)
        cursor.execute(f"PRAGMA busy_timeout={_SHUT_OUT_MILLISECONDS}")
        try:
            return _is_log_emptied(cursor)
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual}")
            cursor.close()
    finally:
        connection.close()


def _is_log_emptied(cursor: DBAPICursor) -> bool:
    """Take the log over and empty it, if all readers are done in time.

    To empty it SQLite shuts out writers, also while it waits for readers: so it may
    wait for a moment only, and most is taken over before, which shuts out nobody.
    """
    gives_up_at = time.monotonic() + OVERWRITE_SECONDS
    while True:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [is_busy, *_] = cursor.fetchone() or (1,)
        if not is_busy or time.monotonic() > gives_up_at:
            return not is_busy
        time.sleep(_BREATH_SECONDS)
