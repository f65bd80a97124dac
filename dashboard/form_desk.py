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
        refused: list[Exception | None]
        try:
            refused = [
                *take_forms(
                    self._engine,
                    self._settings,
                    [(one.entry, one.at) for one in together],
                )
            ]
        except DatabaseError as error:
            refused = [error] * len(together)
        except BaseException as error:
            # A fault of ours: whoever wrote meets it as it is, and nobody waits for ever.
            fault = RuntimeError(f"a form was not written: {error!r}")
            refused = [fault] * len(together)
            raise
        finally:
            for one, why in zip(together, refused, strict=True):
                one.is_done, one.error = True, why
