"""The real `tracker` for a soak: every command as it is, but Parliament is polled each second.

Polling so often is refused outside a rehearsal; that refusal is all that is different.
Owns the configuration too: `python -m tests.soak_program run` in a folder that has one.
"""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

import httpx
import psutil

import tracker.config
from tracker.__main__ import main
from tracker.rehearsal.demo import DEMO_NUMBER

PATIENCE_SECONDS = 60
CONFIG = """
[[motions]]
number = {number}
session = "{session}"
[parliament]
contact = "soak@campaign.example"
motions_url = "{parliament}"
members_url = "{parliament}"
calendar_url = "{parliament}"
poll_seconds = 1
quiet_poll_seconds = 1
requests_per_second = 200
missing_seconds = 5
[database]
url = "sqlite:///soak.db"
[mail]
mode = "send"
smtp_url = "smtp://127.0.0.1:{mail_port}"
sender = "soak@campaign.example"
[privacy]
controller = "Nobody"
controller_address = "1 Rehearsal Street"
contact = "privacy@campaign.example"
complaints_contact = "complaints@campaign.example"
[web]
port = {port}
base_url = "http://127.0.0.1:{port}"
trusted_proxies = ["127.0.0.1"]
"""


def write_config(
    folder: Path, *, session: str, parliament: str, mail_port: int, port: int
) -> None:
    """Write the folder's config.toml: one open motion, emails sent to a sink."""
    (folder / "config.toml").write_text(
        CONFIG.format(
            number=DEMO_NUMBER,
            session=session,
            parliament=parliament,
            mail_port=mail_port,
            port=port,
        )
    )


@asynccontextmanager
async def running(folder: Path, url: str) -> AsyncIterator[psutil.Popen]:
    """Give `tracker run` once it answers; told to end, it has to within ten seconds."""
    command = [sys.executable, "-m", "tests.soak_program", "--config"]
    with (folder / "run.log").open("w") as log:
        process = psutil.Popen(
            [*command, str(folder / "config.toml"), "run"], stdout=log, stderr=log
        )
        try:
            await _answers(url, process, folder)
            yield process
            process.terminate()
            await asyncio.to_thread(process.wait, 10)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


async def _answers(url: str, process: psutil.Popen, folder: Path) -> None:
    gives_up_at = time.monotonic() + PATIENCE_SECONDS
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.ConnectError:
                pass  # not listening yet
            if process.poll() is not None or time.monotonic() > gives_up_at:
                raise SystemExit((folder / "run.log").read_text()[-2000:])
            await asyncio.sleep(0.2)


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    tracker.config.load_settings = partial(tracker.config.load_settings, rehearsal=True)
    sys.exit(main(sys.argv[1:]))
