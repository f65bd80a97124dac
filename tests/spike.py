"""L3: a spike of forms while Parliament is polled and a file is imported.

`python -m tests.spike` starts the real `tracker run` on SQLite, posts 200 forms a second
for a minute, each at its moment whether or not those before it were answered, and imports
a file meanwhile. It prints how long the answers took from the moment at which a form was
due, and looks for each accepted form in the outbox. Exit 0 if nothing was refused, half a
second was enough for 99 of 100, and none is missing.
"""

import argparse
import asyncio
import csv
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

import psutil

from tests.soak import prepare, say
from tests.soak_crowd import command, form_fields
from tests.soak_program import free_port, running, write_config
from tracker import store
from tracker.clock import utc_now
from tracker.rehearsal.crowd import Crowd, Writer
from tracker.rehearsal.demo import DEMO_NUMBER, demo_world
from tracker.rehearsal.mail_sink import mail_sink
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World
from tracker.store.engine import open_engine
from tracker.store.tables import PostcodeSeat, PostcodeTable

MOST_MS = 500.0
"""How long 99 of 100 may wait."""
IMPORTED = 20_000
SETTLES_SECONDS = 10.0
"""A rush does not come in the moment of a start, when everybody's contacts are read."""
IMPORT_AFTER = 8.0
IDLE_SECONDS = 2.0


@dataclass
class Spike:
    """What came of the forms, by status; `slowest` is the longest wait of each second."""

    began: float = 0.0
    waits: list[float] = field(default_factory=list)
    slowest: Counter[int] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    accepted: set[str] = field(default_factory=set)
    idle: list["Idle"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Idle:
    """A connection that nobody uses since a moment; a browser drops it before long."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    since: float

    @property
    def is_fresh(self) -> bool:
        """Whether the server has surely not closed it."""
        return time.perf_counter() < self.since + IDLE_SECONDS


@dataclass(frozen=True, slots=True)
class Post:
    """A request as it is sent, and whose it is."""

    email: str
    request: bytes


async def spike(folder: Path, seconds: float, rate: float) -> bool:
    """Let it happen, and print what was seen; return whether it is well."""
    world = demo_world()
    session = world.sessions[0].name
    port = free_port()
    crowd = Crowd(world)
    with StandIn(world, fresh_seconds=1) as parliament:
        async with mail_sink(folder) as mail_port:
            write_config(
                folder,
                session=session,
                parliament=parliament.url,
                mail_port=mail_port,
                port=port,
            )
            await prepare(folder)
            load_postcodes(folder, world)
            write_file(folder / "emails.csv", crowd)
            path = f"/motions/{session}/{DEMO_NUMBER}/act"
            asked = (crowd.writer() for _ in range(int(rate * seconds)))
            posts = [post_of(person, path, port) for person in asked]
            async with running(folder, f"http://127.0.0.1:{port}") as process:
                await asyncio.sleep(SETTLES_SECONDS)
                found = await posted(folder, posts, port, rate, process)
    return tell(folder, found, rate)


async def posted(
    folder: Path, posts: Sequence[Post], port: int, rate: float, process: psutil.Popen
) -> Spike:
    """Post each form at its moment, while a file is imported; wait for every answer."""
    found = Spike()
    cpu = sum(process.cpu_times()[:2])
    importing = asyncio.create_task(
        command(
            folder, "emails", "import", str(folder / "emails.csv"), "--source", "it"
        )
    )
    began = found.began = time.perf_counter()
    tasks = []
    for number, post in enumerate(posts):
        due = began + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tasks.append(asyncio.create_task(one(found, post, port, due)))
    await asyncio.gather(*tasks)
    took = time.perf_counter() - began
    if await importing:
        raise SystemExit((folder / "commands.log").read_text())
    used = (sum(process.cpu_times()[:2]) - cpu) / took
    say(
        f"{len(posts)} forms in {took:.1f} s; the program took {used:.0%} of a processor"
    )
    return found


async def imported(folder: Path) -> int:
    """Import the file in the middle of it; return the exit code."""
    await asyncio.sleep(IMPORT_AFTER)
    file = str(folder / "emails.csv")
    return await command(folder, "emails", "import", file, "--source", "it")


async def one(found: Spike, post: Post, port: int, due: float) -> None:
    """Post one form and read its answer, on a connection that nobody uses just now."""
    try:
        if found.idle and found.idle[-1].is_fresh:
            last = found.idle.pop()
            reader, writer = last.reader, last.writer
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post.request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        await reader.readexactly(int(length or 0))
    except (OSError, asyncio.IncompleteReadError) as error:
        found.statuses[f"no answer: {type(error).__name__}"] += 1
        return
    wait = (time.perf_counter() - due) * 1000
    found.waits.append(wait)
    second = int(due - found.began)
    found.slowest[second] = max(found.slowest[second], round(wait))
    status = head[9:12].decode()
    found.statuses[status] += 1
    if status == "303":
        found.accepted.add(post.email)
    found.idle.append(Idle(reader, writer, time.perf_counter()))


def post_of(person: Writer, path: str, port: int) -> Post:
    """Return the request that this person's browser sends."""
    number = int(person.email.partition("@")[0].rpartition(".")[2])
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    body = urlencode(form_fields(person)).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"X-Forwarded-For: {address}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return Post(person.email, head.encode() + body)


def load_postcodes(folder: Path, world: World) -> None:
    """Load a table with each seat's postcode, as a campaign does before a rush."""
    found = ((one, world.seat_of_postcode(one)) for one in world.postcodes())
    seats = {code.replace(" ", ""): seat for code, seat in found if seat is not None}
    engine = open_engine(f"sqlite:///{folder / 'soak.db'}")
    with store.write(engine) as session:
        for postcode, seat in seats.items():
            assert seat.ons_code is not None, "every invented seat has its code"
            session.add(PostcodeSeat(postcode=postcode, ons_code=seat.ons_code))
        session.add(
            PostcodeTable(
                id=1,
                boundaries="2024",
                row_count=len(seats),
                loaded_at=utc_now(),
                file_name="postcodes.csv",
            )
        )
    engine.dispose()


def write_file(path: Path, crowd: Crowd) -> None:
    """Write a file of emails of other people, to be imported meanwhile."""
    with path.open("w", newline="", encoding="utf-8") as lines:
        rows = csv.writer(lines)
        rows.writerow(["email", "name", "constituency", "sent_at"])
        now = utc_now().isoformat()
        for _ in range(IMPORTED):
            person = crowd.writer()
            seat = person.address.splitlines()[-1]
            rows.writerow([person.email, person.name, seat, now])


def tell(folder: Path, found: Spike, rate: float) -> bool:
    """Print what was seen; return whether it is well."""
    p99 = quantiles(found.waits, n=100)[98]
    say(
        f"answers at {rate:.0f} forms a second: median {median(found.waits):.0f} ms,"
        f" p99 {p99:.0f} ms, at most {max(found.waits):.0f} ms (to reach: p99 500 ms)"
    )
    say(f"the longest wait of each second: {list(found.slowest.values())}")
    for status, count in sorted(found.statuses.items()):
        say(f"  {status}: {count}")
    with closing(sqlite3.connect(folder / "soak.db")) as database:
        rows = database.execute(
            "SELECT reply_to, count(*) FROM message WHERE kind = 'to_member' GROUP BY 1"
        ).fetchall()
    kept = Counter(dict(rows))
    missing = found.accepted - kept.keys()
    twice = [email for email, count in kept.items() if count > 1]
    say(
        f"accepted and in the outbox: {len(found.accepted - missing)};"
        f" missing: {len(missing)}; twice: {len(twice)}"
    )
    # Who signed meanwhile is asked for nothing more.
    is_taken = not (found.statuses.keys() - {"303", "409"})
    is_well = is_taken and p99 < MOST_MS and not missing and not twice
    say("well" if is_well else "NOT WELL")
    return is_well


def main() -> None:
    """Run it as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        sys.exit(not asyncio.run(spike(Path(name), given.seconds, given.rate)))


if __name__ == "__main__":
    main()
