"""Backup and restore of an SQLite database, as a file that is whole or not there.

Owns what is refused, and the order of the steps. PostgreSQL has its own programs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from tracker import store
from tracker.operations.files import beside, put_in_place
from tracker.store import DatabaseError, Engine
from tracker.store.copies import copy_file, file_problem, overwrite_file
from tracker.store.engine import open_engine
from tracker.store.locks import try_lock
from tracker.store.schema import SchemaState, schema_state, upgrade


class BackupError(Exception):
    """A backup can't be made or taken over; the text is one sentence for people."""


def back_up(
    database: Path, file: Path, lay_beside: Callable[[], object] = lambda: None
) -> None:
    """Write the database as it is at this moment to a new file, readable by us only.

    Others may go on writing. The file is checked before it gets its name, and
    `lay_beside` puts there what it is worth little without: a backup that has its name is
    whole, whenever the process died. Raises BackupError if there is a file of that name
    or no folder to put it in.
    """
    _refuse_existing(file)
    if not file.parent.is_dir():
        raise BackupError(f"there is no folder {file.parent} to put the backup in")
    with beside(file) as part:
        part.touch(mode=0o600, exist_ok=False)
        copy_file(database, part)
        if problem := file_problem(part):
            raise BackupError(f"the database is damaged, no backup was made: {problem}")
        lay_beside()
        try:
            put_in_place(part, file)
        except FileExistsError:
            _refuse_existing(file)
            raise


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done to a backup's content: Messages held back, people erased again."""

    held_count: int
    erased_count: int


def restore(
    file: Path,
    database: Path,
    engine: Engine,
    erasures: Sequence[tuple[str, datetime]] = (),
    *,
    now: datetime,
) -> Restored:
    """Take over the content of a backup; `engine` is on `database`, which must be empty.

    1. Refuse a database with motions in it, or one that a worker works on.
    2. Copy the file beside the database, check it, bring its schema up.
    3. Erase again whom `erasures` names (keyed hashes with their times), and hold what
       would be sent: it may have left since the backup was made.
    4. Replace the database's content in one transaction.

    Whatever fails, the database stays as it was. Raises BackupError.
    """
    if not file.is_file():
        raise BackupError(f"there is no file {file}")
    with try_lock(engine, "scheduler") as is_ours:
        if not is_ours:
            raise BackupError(
                "a worker is at work on the database: stop `tracker run` or `tracker"
                " worker` first"
            )
        _refuse_motions(engine, database)
        with beside(database) as part:
            part.touch(mode=0o600, exist_ok=False)
            _copy_checked(file, part)
            restored = _brought_up_to_now(part, erasures, now)
            engine.dispose()
            overwrite_file(part, database)
    return restored


def _copy_checked(file: Path, part: Path) -> None:
    """Copy a backup of ours to `part`, sound and at the newest revision."""
    try:
        copy_file(file, part)
        problem = file_problem(part)
    except DatabaseError as error:
        raise BackupError(f"{file} is no backup of this program: {error}") from error
    if problem:
        raise BackupError(f"{file} is damaged: {problem}")
    engine = open_engine("sqlite:///" + quote(str(part)))
    try:
        state = schema_state(engine)
        if state is SchemaState.NEWER:
            raise BackupError(
                f"{file} was written by a newer version of this program: use that one"
            )
        if state is SchemaState.OUTDATED:
            upgrade(engine)
        elif state is not SchemaState.CURRENT:
            raise BackupError(f"{file} is a database, but not one of this program")
    finally:
        engine.dispose()


def _brought_up_to_now(
    part: Path, erasures: Sequence[tuple[str, datetime]], now: datetime
) -> Restored:
    """Take out of an old state what must not come back."""
    engine = open_engine("sqlite:///" + quote(str(part)))
    try:
        with store.write(engine) as session:
            erased_count = 0
            for hashed, at in erasures:
                person_id = store.forget_again(session, hashed, at)
                if person_id is not None:
                    # Their messages in the drop mailbox may have come back as well.
                    store.record_pending_erasure(session, hashed, person_id, at)
                    erased_count += 1
            held_count = store.hold_restored(session, now)
    finally:
        engine.dispose()
    return Restored(held_count, erased_count)


def _refuse_motions(engine: Engine, database: Path) -> None:
    with store.read(engine) as session:
        count = len(store.all_motions(session))
    if count:
        raise BackupError(
            f"{database} has motions in it and is not overwritten: move it away, or"
            " name another file in database.url"
        )


def _refuse_existing(file: Path) -> None:
    if file.exists() or file.is_symlink():
        raise BackupError(f"{file} is there already: name a new file")
