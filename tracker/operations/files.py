"""Files that appear whole or not at all."""

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LEFT_SECONDS = 3600
"""What nobody wrote to for so long was left by a process that died."""

_PART = re.compile(r"\..+\.[0-9a-f]{8}\.part.*")


def write_whole(path: Path, data: bytes, *, is_private: bool = False) -> None:
    """Write the file so that nobody ever sees half of it; one that is there is replaced.

    What is private can be read by us only. What is no regular file (a pipe, a device) is
    written to as it is.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    with beside(path) as part:
        part.touch(mode=0o600 if is_private else 0o666, exist_ok=False)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a name for a file to be, in the same folder; what is left of it is removed.

    With the files that SQLite and our locks put beside it. What a process that died
    left in the folder goes too: it may hold people.
    """
    remove_leftovers(path.parent)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
    finally:
        for leftover in path.parent.glob(f"{part.name}*"):
            with suppress(FileNotFoundError):
                leftover.unlink()


def remove_leftovers(folder: Path) -> None:
    """Remove the unfinished files of ours that nobody wrote to for an hour."""
    if not folder.is_dir():
        return
    before = time.time() - LEFT_SECONDS
    for path in folder.iterdir():
        if _PART.fullmatch(path.name):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()


def put_in_place(part: Path, path: Path) -> None:
    """Give a finished file its name; FileExistsError if there is one of that name."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: the check and the renaming are two steps.
        if path.exists():
            raise FileExistsError(f"{path} exists") from None
        part.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that a new name in the folder outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
