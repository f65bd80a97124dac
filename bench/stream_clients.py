"""A thousand browsers in one process: raw sockets that follow a stream, told by lines.

Run as `python -m bench.stream_clients PORT PATH`; each line of input is answered by one
line of JSON. Times are the machine's monotonic clock, which all processes share.

    open COUNT [LAST_ID]   connect all at once; answers when each was greeted or refused
    wait ID                answers when each has the event, or after 20 seconds
    ended                  answers when the server has closed them all
    close                  closes them all
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 20.0
_ID = re.compile(rb"^id: (\d+)\nevent:", re.MULTILINE)
_STATUS = re.compile(rb"HTTP/1.1 (\d+)")


class Browser(asyncio.Protocol):
    """One open stream: the ids that came, and when the newest did."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._rest = b""
        self.status = 0
        self.is_greeted = self.is_over = False
        self.ids: list[int] = []
        self.at = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Keep which events are in it."""
        at = time.monotonic()
        text = self._rest + data
        if not self.status and (found := _STATUS.match(text)):
            self.status = int(found[1])
        self.is_greeted = self.is_greeted or b"retry: " in text
        for found in _ID.finditer(text):
            self.ids.append(int(found[1]))
            self.at = at
        end = text.rfind(b"\n\n") + 2
        self._rest = text[end:] if end > 1 else text

    def connection_lost(self, exc: Exception | None) -> None:
        """Know that it is over."""
        self.is_over = True


class Crowd:
    """All browsers, and what they are told to do."""

    def __init__(self, port: int, path: str) -> None:
        self._port, self._path = port, path
        self.browsers: list[Browser] = []

    async def open(self, count: int, last_id: int | None = None) -> dict[str, Any]:
        """Connect them all at once."""
        asked = f"Last-Event-ID: {last_id}\r\n" if last_id is not None else ""
        request = (
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Accept: text/event-stream\r\n{asked}\r\n"
        ).encode()
        loop = asyncio.get_running_loop()
        made = await asyncio.gather(
            *(
                loop.create_connection(
                    lambda: Browser(request), "127.0.0.1", self._port
                )
                for _ in range(count)
            )
        )
        self.browsers = [browser for _, browser in made]
        await self._until(lambda one: one.is_greeted or one.is_over)
        statuses = Counter(one.status if one.is_greeted else 0 for one in self.browsers)
        return {"statuses": statuses}

    async def wait(self, event_id: int) -> dict[str, Any]:
        """Say when each had the event, and who has not."""
        await self._until(lambda one: bool(one.ids) and one.ids[-1] >= event_id)
        had = [one for one in self.browsers if event_id in one.ids[-1:]]
        torn = [one for one in had if one.ids != [*range(one.ids[0], event_id + 1)]]
        return {
            "last": max((one.at for one in had), default=0.0),
            "missing": len(self.browsers) - len(had),
            "torn": len(torn),
            "first_id": max((one.ids[0] for one in had), default=0),
        }

    async def ended(self) -> dict[str, Any]:
        """Say how many the server did not close."""
        await self._until(lambda one: one.is_over)
        return {"open": sum(not one.is_over for one in self.browsers)}

    async def close(self) -> dict[str, Any]:
        """Leave, all of them."""
        for one in self.browsers:
            if one.transport is not None:
                one.transport.close()
        self.browsers = []
        return {}

    async def _until(self, is_so: Callable[[Browser], bool]) -> None:
        gives_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < gives_up_at:
            if all(map(is_so, self.browsers)):
                return
            await asyncio.sleep(0.02)


async def _obey(crowd: Crowd) -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        name, *numbers = line.split()
        answer = await getattr(crowd, name)(*map(int, numbers))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_obey(Crowd(int(sys.argv[1]), sys.argv[2])))
