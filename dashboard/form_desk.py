"""Forms written down together: one commit for all that wait while the last one went on.

Owns who writes for whom; what is written is in tracker/supporters/action.py. A commit
waits for the disk, and SQLite lets one writer in at a time: in a rush each form would
wait for all before it. Nobody is answered before their own form is on disk.
"""

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from tracker.config import Settings
from tracker.store import DatabaseError, Engine
from tracker.supporters.action import Entry, take_forms

MOST_TOGETHER = 100


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A form that somebody waits for: `written` is done once it is on disk or refused."""

    entry: Entry
    at: datetime
    written: "Future[None]" = field(default_factory=Future)

    def end(self, error: Exception | None) -> None:
        """Tell whoever waits; nobody does any more if the server was told to stop."""
        if not self.written.set_running_or_notify_cancel():
            return
        if error is None:
            self.written.set_result(None)
        else:
            self.written.set_exception(error)


class FormDesk:
    """Takes forms from any number of requests; one thread writes."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._waiting: list[_Waiting] = []
        self._joining = threading.Lock()
        self._writer = ThreadPoolExecutor(1, "form-desk")

    async def take(self, entry: Entry, *, now: datetime) -> None:
        """Return once the form is on disk; raises what `action.take_form` raises."""
        await asyncio.wrap_future(self.put_down(entry, now=now))

    def put_down(self, entry: Entry, *, now: datetime) -> "Future[None]":
        """Let the form wait for its turn; return what is done once it is on disk."""
        own = _Waiting(entry, now)
        with self._joining:
            self._waiting.append(own)
        self._writer.submit(self._write_next)
        return own.written

    def _write_next(self) -> None:
        """Write the forms that wait, the first to come first; maybe none is left."""
        with self._joining:
            together = self._waiting[:MOST_TOGETHER]
            del self._waiting[: len(together)]
        if together and not self._is_written(together):
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
            one.end(refusal)
        return True
