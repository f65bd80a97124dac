"""The World: everything the stand-in Parliament answers from.

Owns the joining of people (`chamber.py`), motions (`register.py`), sessions and
postcodes. Any thread may change it while the server answers.
"""

from collections.abc import Iterable, Mapping

from tracker.clock import Clock, utc_now
from tracker.rehearsal.chamber import Chamber
from tracker.rehearsal.house import House, invented_house
from tracker.rehearsal.people import Seat
from tracker.rehearsal.register import Register
from tracker.rehearsal.sessions import (
    NonSitting,
    RehearsalSession,
    invented_non_sitting,
    invented_sessions,
)


class World(Chamber, Register):
    """An invented Parliament at its own clock's time.

    `sessions`, `non_sitting` and `postcodes` (a postcode without spaces -> seat id, code
    or name) are given, or made up around the clock's day. For a day of the House of 2010
    give both an old clock and `invented_house("2010")`.
    """

    def __init__(
        self,
        house: House | None = None,
        *,
        clock: Clock = utc_now,
        sessions: Iterable[RehearsalSession] | None = None,
        non_sitting: Iterable[NonSitting] | None = None,
        postcodes: Mapping[str, int | str] | None = None,
    ) -> None:
        super().__init__(house or invented_house(), clock)
        today = self.today()
        self.sessions = list(invented_sessions(today) if sessions is None else sessions)
        self.non_sitting = list(
            invented_non_sitting(today) if non_sitting is None else non_sitting
        )
        self._postcodes = dict(self._invented_postcodes() | dict(postcodes or {}))

    def set_calendar(
        self, sessions: Iterable[RehearsalSession], non_sitting: Iterable[NonSitting]
    ) -> None:
        """Announce other sessions (newest first) and days without a sitting."""
        with self.lock:
            self.sessions, self.non_sitting = list(sessions), list(non_sitting)
            self._changed()

    def seat_of_postcode(self, text: str) -> Seat | None:
        """Return the seat of an invented postcode, spaces and case aside; None unknown."""
        key = self._postcodes.get("".join(text.split()).upper())
        return None if key is None else self.seat(key)

    def postcodes(self) -> list[str]:
        return list(self._postcodes)

    def _invented_postcodes(self) -> dict[str, int | str]:
        """One postcode a seat, in the areas ZY and ZZ, which no real postcode has."""
        palace = "Cities of London and Westminster"
        return {"SW1A1AA": palace} | {
            f"Z{'YZ'[i // 400]}{i % 400 // 10 + 1}{i % 10}AA": seat.seat_id
            for i, seat in enumerate(self.seats)
        }
