"""The log of erasures beside the database: who has to be erased again after a restore.

Lines of a time and a keyed hash, nothing else; only ever added to, readable by us only.
An old backup knows nothing of later erasures, and this file does.
"""

import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tracker.config import Settings

_LINE = re.compile(r"(\S+) ([\w=-]{16,64})")


def erasure_log(settings: Settings) -> Path:
    """Return the file: beside an SQLite database, else in `data/` beside config.toml."""
    database = settings.sqlite_path
    if database is not None:
        return database.with_name(f"{database.name}.erasures")
    return settings.source_folder / "data" / "tracker.erasures"


def log_erasure(path: Path, email_key: str, at: datetime) -> None:
    """Add a person's keyed hash, on disk before this returns (mode 0600)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    descriptor = os.open(path, flags, 0o600)
    try:
        # One write of a short line: two processes never mix theirs.
        os.write(
            descriptor, f"{at.isoformat(timespec='seconds')} {email_key}\n".encode()
        )
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def logged_erasures(path: Path) -> Sequence[tuple[str, datetime]]:
    """Return the keyed hashes in the log, each with its last time (to the second).

    None if there is no file.

    A line that a power cut left half-written is passed over.
    """
    if not path.exists():
        return []
    found: dict[str, datetime] = {}
    for line in path.read_text("ascii", "replace").splitlines():
        parts = _LINE.fullmatch(line)
        if parts is None:
            continue
        try:
            at = datetime.fromisoformat(parts[1])
        except ValueError:
            continue
        if at.tzinfo is not None:
            found[parts[2]] = max(at, found.get(parts[2], at))
    return list(found.items())
