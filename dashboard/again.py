"""A look that the database cut short is answered once more, before anybody is told.

Owns which requests: those that only look, while nothing has been sent. A server that was
restarted ends every connection, and the next one is a new one. What changes something is
never repeated: whether its commit arrived is not known.
"""

from collections.abc import Callable

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOST = "tracker.database_lost"
_LOOKS = ("GET", "HEAD")
_ROUTE = ("route", "route_template")


class AgainLayer:
    """Asks the app inside a second time, if its first answer was that of a lost database."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a look with a way to say that it is worth another."""
        if scope["type"] != "http" or scope["method"] not in _LOOKS:
            await self._app(scope, receive, send)
            return
        first = _First(send)
        asked = {**scope, _LOST: first.give_up}
        try:
            await self._app(asked, receive, first)
        finally:
            # The log outside names the route, never the path.
            scope.update({key: asked[key] for key in _ROUTE if key in asked})
        if first.is_given_up:
            await self._app(scope, receive, send)


def note_lost(request: Request) -> None:
    """Say that the server ended the connection on which this was to be answered."""
    give_up: Callable[[], None] | None = request.scope.get(_LOST)
    if give_up is not None:
        give_up()


class _First:
    """A `send` whose answer is dropped, if that is said before anything was sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_begun = False
        self.is_given_up = False

    def give_up(self) -> None:
        self.is_given_up = not self._is_begun

    async def __call__(self, message: Message) -> None:
        if not self.is_given_up:
            self._is_begun = True
            await self._send(message)
