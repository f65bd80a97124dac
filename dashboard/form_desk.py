"""Forms written down together: one commit for all that wait while the last one went on.

Owns who writes for whom; what is written is in tracker/supporters/action.py. A commit
waits for the disk, and SQLite lets one writer in at a time: in a rush each form would
wait for all before it. Nobody is answered before their own form is on disk.
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from tracker.config import Settings
from tracker.store import DatabaseError, Engine
from tracker.supporters.action import Entry, take_forms

MOST_TOGETHER = 50


@dataclass(slots=True, eq=False)
class _Waiting:
    """A form that somebody waits for: written or refused once `is_done`."""

    entry: Entry
    at: datetime
    is_done: bool = False
    error: Exception | None = None


class FormDesk:
    """Takes forms from any number of threads."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._waiting: list[_Waiting] = []
        self._turn = threading.Lock()

    def take(self, entry: Entry, *, now: datetime) -> None:
        """Return once the form is on disk; raises what `action.take_form` raises."""
        own = _Waiting(entry, now)
        self._waiting.append(own)
        with self._turn:
            while not own.is_done:
                self._write_next()
        if own.error is not None:
            raise own.error

    def _write_next(self) -> None:
        """Write the forms that wait, the first to come first."""
        together = self._waiting[:MOST_TOGETHER]
        del self._waiting[: len(together)]
        if not self._is_written(together):
            for one in together:
                self._is_written([one])

    def _is_written(self, together: list[_Waiting]) -> bool:
        """Write forms with one commit; False if they are to be tried one by one.

        That is so where what went wrong may be one form's alone: nobody's form is lost
        to another's fault, and each meets their own as it is.
        """
        given = [(one.entry, one.at) for one in together]
        why: list[Exception | None]
        try:
            why = [*take_forms(self._engine, self._settings, given)]
        except DatabaseError as error:
            why = [error] * len(together)
        except Exception as error:  # noqa: BLE001 - whoever waits for it is told
            if len(together) > 1:
                return False
            why = [error]
        for one, refusal in zip(together, why, strict=True):
            one.is_done, one.error = True, refusal
        return True
