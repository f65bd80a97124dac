"""A mail server in a process of its own, so that whoever forks has no thread."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tracker.rehearsal.mail_sink import mail_sink


class Sink:
    """Where emails go, and which came. It answers as a real server on a socket would."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}"
        self._mail = folder / "mail"

    def clear(self) -> None:
        """Forget what came so far."""
        for path in self._mail.glob("*.eml"):
            path.unlink()

    def emails(self) -> list[EmailMessage]:
        """Return what came, in order."""
        return [
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in sorted(self._mail.glob("*.eml"))
        ]

    def ids(self) -> Counter[str]:
        """Return how often each Message-ID came."""
        return Counter(str(email["Message-ID"]) for email in self.emails())


@contextmanager
def sink_process(folder: Path) -> Iterator[Sink]:
    """Give a mail server; it ends with this block, or with this process."""
    told, telling = os.pipe()
    ending, alive = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(alive)
        asyncio.run(_serve(folder, telling, ending))
        os._exit(0)
    os.close(ending)
    os.close(telling)
    try:
        yield Sink(folder, int(os.read(told, 20)))
    finally:
        os.close(alive)
        os.waitpid(child, 0)
        os.close(told)


async def _serve(folder: Path, telling: int, ending: int) -> None:
    """Serve until the other end of a pipe is closed, by its owner's end at the latest."""
    is_over = asyncio.Event()
    asyncio.get_running_loop().add_reader(ending, is_over.set)
    async with mail_sink(folder) as port:
        os.write(telling, str(port).encode())
        await is_over.wait()
        sys.stdout.flush()
