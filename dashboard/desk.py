"""What every handler works with: the desk, a session for reading, the motion of the path.

Owns the dependencies of the routes. There is no module-level state: the desk hangs on
the app that `create_app` made.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Path, Request

from dashboard.form_desk import FormDesk
from dashboard.problems import ProblemError
from dashboard.shared_reading import SharedReading
from tracker import store
from tracker.clock import Clock
from tracker.config import MotionSettings, Settings
from tracker.store import Engine, Session
from tracker.supporters.addressee import Occasion

_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Desk:
    """The settings, the database and the clock of one dashboard.

    `occasions` are read once for all forms that wait for the same; `forms` writes those
    that wait with one commit.
    """

    settings: Settings
    engine: Engine
    clock: Clock
    is_rehearsal: bool
    occasions: SharedReading[Occasion] = field(
        default_factory=SharedReading, compare=False, repr=False
    )
    forms: FormDesk = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Open the desk for forms, over the same database."""
        object.__setattr__(self, "forms", FormDesk(self.engine, self.settings))


async def desk_of(request: Request) -> Desk:
    """Return the desk of the app that is answering.

    `async`, as all that wait for nothing here: a plain dependency takes a thread of the
    pool, which takes longer than all of a small answer.
    """
    desk: Desk = request.app.state.desk
    return desk


DeskDep = Annotated[Desk, Depends(desk_of)]


async def session_of(desk: DeskDep) -> AsyncIterator[Session]:
    """Give a session for reading, closed when the answer is made.

    `async`, though it waits for nothing: closing a plain dependency takes a thread too,
    and when all of those wait for a connection none would ever be given back.
    """
    with store.read(desk.engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(session_of)]


def find_watched(settings: Settings, session: str, number: str) -> MotionSettings:
    """Return the watched motion that a path names; ProblemError 404 if there is none.

    The printed number is text here, so that no digits are too many.
    """
    is_number = number.isascii() and number.isdigit() and not number.startswith("0")
    if is_number and len(number) <= _LONGEST_NUMBER:
        motion = settings.motion(session, int(number))
        if motion is not None:
            return motion
    raise ProblemError(
        404, "This program watches no motion of that session and number."
    )


async def watched_of(
    desk: DeskDep,
    session: Annotated[
        str, Path(description="session of Parliament", examples=["2014-15"])
    ],
    number: Annotated[
        str, Path(description="the motion's printed number", examples=["718"])
    ],
) -> MotionSettings:
    """Return the motion that the path names."""
    return find_watched(desk.settings, session, number)


WatchedDep = Annotated[MotionSettings, Depends(watched_of)]
