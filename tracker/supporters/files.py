"""Which kind of file of emails this is, by its name, else by how it begins."""

from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from tracker.supporters.csv_file import CsvRecords, csv_records
from tracker.supporters.mail_files import (
    EmlRecord,
    MboxRecords,
    eml_records,
    mbox_records,
)

MailOrTable = CsvRecords | MboxRecords | EmlRecord


def open_records(path: Path, now: datetime) -> AbstractContextManager[MailOrTable]:
    """Return the file's emails, to be used in a `with`.

    FileRefusedError, when it is entered, for a file that is none of the three kinds.
    """
    suffix = path.suffix.casefold()
    if suffix == ".eml":
        return eml_records(path, now)
    if suffix in (".mbox", ".mbx") or _begins_like_mbox(path):
        return mbox_records(path, now)
    return csv_records(path, now)


def _begins_like_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "
