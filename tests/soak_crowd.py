"""Everybody who uses the program during a soak: browsers, supporters, staff, imports.

Owns what they do and how often, and counts what came of it. All people are invented.
"""

import asyncio
import csv
import random
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tracker.clock import utc_now
from tracker.rehearsal.crowd import Crowd, Writer

IMPORTED_ROWS = 300
_ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)
_CONFIRM = re.compile(r"http://\S+(/confirm/\S+)")


@dataclass
class Soaked:
    """Where the program is, and what has happened so far, by name."""

    folder: Path
    url: str
    path: str
    crowd: Crowd
    counts: Counter[str] = field(default_factory=Counter)
    last_ids: dict[int, int] = field(default_factory=dict)
    rng: random.Random = field(default_factory=lambda: random.Random(6))

    def browser(self) -> httpx.AsyncClient:
        """Return a client that seems to come from an address of its own."""
        address = ".".join(str(self.rng.randrange(1, 255)) for _ in range(3))
        return httpx.AsyncClient(
            base_url=self.url,
            headers={"X-Forwarded-For": f"10.{address}"},
            trust_env=False,
            verify=False,  # nothing is encrypted here, and a context takes a while
            timeout=20,
        )

    def count(self, what: str, answer: httpx.Response) -> None:
        """Count an answer, and apart from that each that should not have come.

        To be told to come back, while the database is locked for long, is as it should
        be, if it is rare.
        """
        self.counts[what] += 1
        if answer.status_code == 503 and "Retry-After" in answer.headers:
            self.counts["told to come back"] += 1
        elif answer.status_code >= 400:
            self.counts[f"{what}: {answer.status_code}"] += 1

    def failures(self) -> dict[str, int]:
        """Return what should not have come, and how often."""
        return {what: n for what, n in self.counts.items() if ": " in what and n}


async def every(
    soaked: Soaked, seconds: float, work: Callable[[], Awaitable[None]]
) -> None:
    """Do something for ever, so many seconds after it was done."""
    while True:
        try:
            await work()
        except httpx.HTTPError as error:
            soaked.counts[f"not answered: {type(error).__name__}"] += 1
        await asyncio.sleep(seconds)


async def watch_stream(soaked: Soaked, number: int) -> None:
    """Follow the stream as a browser does: come back from the last id when it ends."""
    parts = urlsplit(soaked.url)
    while True:
        known = soaked.last_ids.get(number)
        asked = f"Last-Event-ID: {known}\r\n" if known is not None else ""
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(
            f"GET /api/v1{soaked.path}/stream HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"{asked}\r\n".encode()
        )
        soaked.counts["streams opened"] += 1
        soaked.counts["streams open"] += 1
        try:
            while piece := await reader.read(65_536):
                for found in _ID.findall(piece):
                    soaked.last_ids[number] = int(found)
                soaked.counts["events"] += piece.count(b"event: signature")
        except ConnectionError:
            soaked.counts["streams: broken"] += 1
        finally:
            soaked.counts["streams open"] -= 1
            writer.close()
        await asyncio.sleep(soaked.rng.uniform(1, 6))


async def post_form(soaked: Soaked) -> None:
    """Fill in the form for one more supporter."""
    person = soaked.crowd.writer()
    async with soaked.browser() as client:
        fields = form_fields(person)
        answer = await client.post(f"{soaked.path}/act", data=fields)
        if answer.status_code == 409:
            soaked.counts["had signed"] += 1  # nothing to ask this MP for
        else:
            soaked.count("forms", answer)


def form_fields(person: Writer) -> dict[str, str]:
    """Return what this person types."""
    return {
        "member": str(person.member.member_id),
        "key": person.email,
        "name": person.name,
        "email": person.email,
        "address": person.address,
        "postcode": person.postcode,
        "own_words": "A journalist should not sit in prison for what she wrote.",
        "text": "Please sign this motion.",
        "send": "yes",
        "reminders": "yes",
        "is_13": "yes",
    }


async def confirm_all(soaked: Soaked, seen: set[str]) -> None:
    """Press the button in each email that has one and came since the last look."""
    for path in sorted((soaked.folder / "mail").glob("*.eml")):
        if path.name in seen:
            continue
        seen.add(path.name)
        with suppress(FileNotFoundError):  # only the latest are kept
            email = message_from_bytes(path.read_bytes(), policy=policy.default)
            body = email.get_body(("plain",))
            found = _CONFIRM.search(body.get_content()) if body else None
            if found:
                async with soaked.browser() as client:
                    soaked.count("confirmed", await client.post(found[1]))


async def read_pages(soaked: Soaked, mps: list[int]) -> None:
    """Read a page or file that everybody may read."""
    api = f"/api/v1{soaked.path}"
    member = soaked.rng.choice(mps)
    path = soaked.rng.choice(
        [
            *("/", "/", "/", f"{soaked.path}/share", f"{soaked.path}/mps/{member}"),
            *(api, f"{api}/members", f"{api}/signatures.xlsx", f"{api}/feed.atom"),
            *(f"{soaked.path}/card.png", f"{soaked.path}/mps/{member}/card.png"),
            *(f"{api}/badge.svg", "/metrics"),
        ]
    )
    async with soaked.browser() as client:
        soaked.count("pages", await client.get(path))


async def read_board(soaked: Soaked, client: httpx.AsyncClient) -> None:
    """Read the staff's board, signed in."""
    soaked.count("boards", await client.get("/staff"))


async def import_file(soaked: Soaked, numbers: Iterator[int]) -> None:
    """Import one more file of emails by the command, as staff would."""
    path = soaked.folder / f"emails-{next(numbers)}.csv"
    with path.open("w", newline="", encoding="utf-8") as lines:
        rows = csv.writer(lines)
        rows.writerow(["email", "name", "constituency", "sent_at"])
        for _ in range(IMPORTED_ROWS):
            person = soaked.crowd.writer()
            seat = person.address.splitlines()[-1]
            rows.writerow([person.email, person.name, seat, utc_now().isoformat()])
    code = await command(
        soaked.folder, "emails", "import", str(path.absolute()), "--source", "invented"
    )
    soaked.counts["imports"] += 1
    soaked.counts["imports: failed"] += bool(code)


def newest_event(database: Path) -> int:
    """Return the id of the newest event in the ledger."""
    with closing(sqlite3.connect(database)) as connection:
        [[found]] = connection.execute("SELECT max(id) FROM signature_event")
    return int(found)


async def command(folder: Path, *arguments: str, given: str = "") -> int:
    """Run one command of the program to its end; return its exit code."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.soak_program"),
        *("--config", str(folder / "config.toml"), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=(folder / "commands.log").open("ab"),
    )
    try:
        await process.communicate(given.encode())
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode or 0
