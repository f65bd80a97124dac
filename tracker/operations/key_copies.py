"""The copy of the secret key that lies beside a backup, so that the way back is whole.

Only of a key that lies in a file; one from the environment is for its giver to keep.
"""

from pathlib import Path

from tracker.config import Settings
from tracker.keys import key_path
from tracker.operations.files import write_whole


def keep_key(settings: Settings, backup: Path) -> None:
    """Copy the key beside a backup, for our eyes only, if one lies in a file."""
    path = key_path(settings)
    if settings.web.secret_key is None and path.exists():
        write_whole(key_copy(backup), path.read_bytes(), is_private=True)


def bring_key(settings: Settings, backup: Path) -> bool:
    """Take the key from beside a backup into use; False if there is none to take.

    A key that is given in the environment is never replaced. One in a file is: the
    database that was restored was written with the backup's.
    """
    copy = key_copy(backup)
    if settings.web.secret_key is not None or not copy.is_file():
        return False
    write_whole(key_path(settings), copy.read_bytes(), is_private=True)
    return True


def key_copy(backup: Path) -> Path:
    """Return where the copy of the key is, if there is one."""
    return backup.with_name(f"{backup.name}.secret")
