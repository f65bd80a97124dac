"""The motions of the World and who signed them: every change that can be rehearsed.

Owns motions and rows, in the order of signing. Thread-safe; what an answer looks like is
`edm_answers.py`'s.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from tracker.clock import Clock, london_date
from tracker.rehearsal.motions import PUBLISHED, Motion, Row, ragged
from tracker.rehearsal.state import Moment, SharedState

RawRow = Mapping[str, object]


class Register(SharedState):
    """Motions by Parliament's id, and their signature rows."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._motions: dict[int, Motion] = {}
        self._rows: dict[int, Row] = {}
        self._raw_rows: dict[int, list[RawRow]] = {}
        self._next_row_id = 2_900_001

    def add_motion(
        self,
        parliament_id: int,
        number: int,
        title: str,
        text: str,
        tabled_on: date,
        primary_member_id: int | None,
        *,
        amendment_suffix: str | None = None,
        amends: int | None = None,
        status: int = PUBLISHED,
        status_at: datetime | None = None,
    ) -> Motion:
        """Return the motion, put on the list without any signature, not even the first.

        An amendment has the number of the motion that it `amends` (by Parliament's id).
        """
        with self.lock:
            motion = Motion(
                parliament_id, number, title, text, tabled_on, primary_member_id,
                status_at or self.now(), status, amendment_suffix, amends,
            )  # fmt: skip
            self._motions[parliament_id] = motion
            self._changed()
            return motion

    def motion(self, parliament_id: int) -> Motion | None:
        with self.lock:
            return self._motions.get(parliament_id)

    def motions(self) -> list[Motion]:
        with self.lock:
            return list(self._motions.values())

    def change_motion(
        self, parliament_id: int, *, title: str | None = None, text: str | None = None
    ) -> None:
        """Give a motion another title or text."""
        with self.lock:
            old = self._motions[parliament_id]
            self._motions[parliament_id] = replace(
                old, title=title or old.title, text=text or old.text
            )
            self._changed()

    def set_status(self, parliament_id: int, status: int, at: Moment = ...) -> None:
        """Set a motion's Status: 0 is published, 1 withdrawn."""
        with self.lock:
            when = at if isinstance(at, datetime) else self.now()
            old = self._motions[parliament_id]
            self._motions[parliament_id] = replace(old, status=status, status_at=when)
            self._changed()

    def remove_motion(self, parliament_id: int) -> None:
        """Take a motion away, so that it is not found."""
        with self.lock:
            del self._motions[parliament_id]
            self._changed()

    def sign(
        self,
        motion_id: int,
        member_id: int,
        at: Moment = ...,
        visible_from: datetime | None = None,
        row_id: int | None = None,
    ) -> int:
        """Return the id of a new row, last in order; nobody sees it before `visible_from`.

        `at` None leaves CreatedWhen null; a given time is written as it is, the World's
        own with 0, 1, 2 or 7 digits of fraction.
        """
        with self.lock:
            if row_id is None:
                row_id = self._next_row_id
            self._next_row_id = max(self._next_row_id, row_id + 1)
            created_at = self._stamp(at, row_id)
            signed_on = london_date(created_at) if created_at else self.today()
            self._rows[row_id] = Row(
                row_id, motion_id, member_id, created_at, signed_on,
                visible_from=visible_from,
            )  # fmt: skip
            if visible_from is not None:
                self._appearing_at.append(visible_from)
            self._changed()
            return row_id

    def withdraw(self, row_id: int, at: Moment = ...) -> None:
        """Show a row as withdrawn; `at` None leaves WithdrawnDate null."""
        with self.lock:
            self._change_row(
                row_id, is_withdrawn=True, withdrawn_at=self._stamp(at, row_id + 1)
            )

    def unwithdraw(self, row_id: int) -> None:
        """Show the same row as live again, with its old CreatedWhen, last in order."""
        with self.lock:
            row = self._rows.pop(row_id)
            self._rows[row_id] = row
            self._change_row(row_id, is_withdrawn=False, withdrawn_at=None)

    def vanish(self, row_id: int) -> None:
        """Leave a row out of the answers."""
        with self.lock:
            self._change_row(row_id, is_vanished=True)

    def restore(self, row_id: int) -> None:
        """Show a vanished row again, where it was."""
        with self.lock:
            self._change_row(row_id, is_vanished=False)

    def replace_rows(self, motion_id: int, rows: Sequence[RawRow] | None) -> None:
        """Answer with these raw `Sponsors`, unchecked; None goes back to the World's."""
        with self.lock:
            if rows is None:
                self._raw_rows.pop(motion_id, None)
            else:
                self._raw_rows[motion_id] = copy.deepcopy(list(rows))
            self._changed()

    def raw_rows(self, motion_id: int) -> list[RawRow] | None:
        with self.lock:
            return self._raw_rows.get(motion_id)

    def rows(self, motion_id: int) -> list[Row]:
        """Return a motion's rows in the order of signing, unseen ones included."""
        with self.lock:
            return [row for row in self._rows.values() if row.motion_id == motion_id]

    def _change_row(self, row_id: int, **changes: bool | datetime | None) -> None:
        # Values of Row's own fields, as the three callers above write them.
        self._rows[row_id] = replace(self._rows[row_id], **changes)  # type: ignore[arg-type]
        self._changed()

    def _stamp(self, at: Moment, row_id: int) -> datetime | None:
        return ragged(self.now(), row_id) if at is ... else at
