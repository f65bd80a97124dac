"""A mail server for the rehearsal: it takes every email and keeps the latest as files.

Speaks just enough SMTP for our own sender, on this machine alone. Nothing is delivered.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

HOST = "127.0.0.1"
FOLDER = "mail"
MOST_KEPT = 200
_LONGEST_LINE = 1 << 16


@asynccontextmanager
async def mail_sink(folder: Path) -> AsyncIterator[int]:
    """Give the port of a server that keeps emails in `folder`/mail until it is left.

    What an earlier rehearsal left there is removed.
    """
    sink = MailSink(folder / FOLDER)
    server = await asyncio.start_server(sink.talk, HOST, 0, limit=_LONGEST_LINE)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await sink.hang_up()


class MailSink:
    """Takes emails, numbered in the order they came: 00001.eml, 00002.eml, …"""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._talking: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob("*.eml"):
            leftover.unlink()

    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one connection until it says QUIT or goes away."""
        task = asyncio.current_task()
        assert task is not None, "asyncio runs this as a task"
        self._talking[task] = writer
        try:
            await self._answer(reader, writer)
        except (ConnectionError, ValueError):
            return  # gone, or a line that is no line of an email's
        finally:
            del self._talking[task]
            writer.close()

    async def hang_up(self) -> None:
        """End the connections that are still open."""
        open_now = dict(self._talking)
        for writer in open_now.values():
            writer.transport.abort()
        await asyncio.gather(*open_now)

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"220 rehearsal ready\r\n")
        while line := await reader.readline():
            match line[:4].upper().strip():
                case b"DATA":
                    writer.write(b"354 go on\r\n")
                    self._keep(await _text(reader))
                    writer.write(b"250 taken\r\n")
                case b"QUIT":
                    writer.write(b"221 bye\r\n")
                    await writer.drain()
                    return
                case b"EHLO" | b"HELO" | b"MAIL" | b"RCPT" | b"RSET" | b"NOOP":
                    writer.write(b"250 OK\r\n")
                case _:
                    writer.write(b"502 not known here\r\n")
            await writer.drain()

    def _keep(self, email: bytes) -> None:
        number = next(self._numbers)
        (self._folder / f"{number:05d}.eml").write_bytes(email)
        (self._folder / f"{number - MOST_KEPT:05d}.eml").unlink(missing_ok=True)


async def _text(reader: asyncio.StreamReader) -> bytes:
    """Return an email up to its last line, a lone dot; doubled dots are single again."""
    lines = []
    while (line := await reader.readline()) not in (b".\r\n", b""):
        lines.append(line[1:] if line.startswith(b"..") else line)
    return b"".join(lines)
