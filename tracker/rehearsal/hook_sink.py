"""A receiver of webhooks and of staff's notices for the rehearsal: keeps the latest as files.

Takes whatever is POSTed to it on this machine, and says whether its signature is good,
as a receiver should. Nothing goes further.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError

HOST = "127.0.0.1"
FOLDER = "hooks"
MOST_KEPT = 200
SECRET = "whsec_" + base64.b64encode(b"a secret that is known to all here").decode()
_LONGEST_HEAD = 1 << 16
_MOST_BODY = 1 << 20
_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\ntaken"


@asynccontextmanager
async def hook_sink(folder: Path) -> AsyncIterator[int]:
    """Give the port of a receiver that keeps what it is told in `folder`/hooks.

    What an earlier rehearsal left there is removed.
    """
    sink = HookSink(folder / FOLDER)
    server = await asyncio.start_server(sink.talk, HOST, 0, limit=_LONGEST_HEAD)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class HookSink:
    """Takes requests, numbered in the order they came: 00001.json, 00002.json, …"""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob("*.json"):
            leftover.unlink()

    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Take one request and close the connection."""
        try:
            path, headers = _head(await reader.readuntil(b"\r\n\r\n"))
            length = min(int(headers.get("content-length", "0")), _MOST_BODY)
            body = await reader.readexactly(length)
            self._keep(path, headers, body)
            writer.write(_TAKEN)
            await writer.drain()
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            return  # gone, or no request of ours
        finally:
            writer.close()

    def _keep(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        number = next(self._numbers)
        kept = {
            "path": path,
            "id": headers.get("webhook-id"),
            "is_verified": _is_verified(headers, body),
            "body": json.loads(body),
        }
        name = self._folder / f"{number:05d}.json"
        part = name.with_suffix(".part")
        part.write_text(json.dumps(kept), "utf-8")
        part.replace(name)
        (self._folder / f"{number - MOST_KEPT:05d}.json").unlink(missing_ok=True)


def _head(text: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = text.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return first.split(" ")[1] if " " in first else "/", headers


def _is_verified(headers: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(SECRET).verify(body, dict(headers), json_parse=False)
    except WebhookVerificationError:
        return False
    return True
