"""L6: the program under load for half an hour, and whether what it takes stays flat.

`python -m tests.soak --minutes 30` starts the real `tracker run` on SQLite against a
stand-in Parliament that is polled each second, with 500 browsers on the stream, forms,
confirmations, imports, pages and the staff's board, and for a sixth of the time somebody
who reads the database without an end, so that its log cannot be emptied. It prints a line
a minute, and in the end a verdict: exit 0 if all is flat and nothing failed.
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from itertools import count
from pathlib import Path

import psutil

from tests import soak_crowd as does
from tests.soak_crowd import Soaked, every
from tests.soak_program import free_port, running, write_config
from tests.soak_samples import Sample, sample, verdicts
from tracker.rehearsal.crowd import Crowd
from tracker.rehearsal.demo import DEMO_NUMBER, demo_steps, demo_world
from tracker.rehearsal.mail_sink import mail_sink
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.staff import PASSWORD
from tracker.rehearsal.timeline import Timeline

SAMPLE_SECONDS = 5.0
READER_FROM, READER_TO = 1 / 6, 1 / 3
"""In which part of the time somebody reads on and on: before the thirds that count."""
MOST_SHARE_TOLD = 0.01
"""How many may be told to come back, as a share of the forms."""
TOLD = ("streams open", "events", "forms", "confirmed", "pages", "boards", "imports")
HEAD = "minute      RSS    PSS  fds  thr    WAL   file  CPU%  " + "  ".join(TOLD)


async def soak(folder: Path, minutes: float, browsers: int) -> bool:
    """Run everything for so long, and print what was seen; return whether it is well."""
    world = demo_world()
    path = f"/motions/{world.sessions[0].name}/{DEMO_NUMBER}"
    port = free_port()
    soaked = Soaked(folder, f"http://127.0.0.1:{port}", path, Crowd(world))
    with (
        StandIn(world, fresh_seconds=1) as parliament,
        Timeline(world, demo_steps()),
    ):
        async with mail_sink(folder) as mail_port:
            write_config(
                folder,
                session=world.sessions[0].name,
                parliament=parliament.url,
                mail_port=mail_port,
                port=port,
            )
            await prepare(folder)
            async with running(folder, soaked.url) as process:
                members = world.members_on(world.today())
                mps = [person.member_id for person in members]
                async with crowd(soaked, browsers, mps) as tasks:
                    samples = await watched(soaked, tasks, process, minutes * 60)
                    missing = await behind(soaked)
    say(f"browsers without the newest event: {missing} of {browsers}")
    return tell(soaked, samples) and missing == 0


async def prepare(folder: Path) -> None:
    """Fetch the House and the motion, and add who signs in."""
    name = ("user", "add", "soak", "--role", "staff", "--password-stdin")
    for arguments, given in (
        (("members", "sync"), ""),
        (("poll",), ""),
        (name, PASSWORD + "\n"),
    ):
        if await does.command(folder, *arguments, given=given):
            raise SystemExit((folder / "commands.log").read_text())


@asynccontextmanager
async def crowd(
    soaked: Soaked, browsers: int, mps: list[int]
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Have everybody use the program until this is left."""
    seen: set[str] = set()
    numbers = count(1)
    async with soaked.browser() as staff:
        login = {"username": "soak", "password": PASSWORD}
        answer = await staff.post("/login", data=login)
        if answer.status_code != 303:
            raise SystemExit(f"signing in was answered {answer.status_code}")
        works = [
            every(soaked, 0.7, lambda: does.post_form(soaked)),
            every(soaked, 2, lambda: does.confirm_all(soaked, seen)),
            every(soaked, 0.3, lambda: does.read_pages(soaked, mps)),
            every(soaked, 2, lambda: does.read_board(soaked, staff)),
            every(soaked, 30, lambda: does.import_file(soaked, numbers)),
            *(does.watch_stream(soaked, number) for number in range(browsers)),
        ]
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield tasks
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def watched(
    soaked: Soaked,
    tasks: list[asyncio.Task[None]],
    process: psutil.Popen,
    seconds: float,
) -> list[Sample]:
    """Return a sample for each five seconds; a line is printed each minute."""
    database = soaked.folder / "soak.db"
    samples: list[Sample] = []
    began, told = time.monotonic(), 0
    say(HEAD)
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        while (at := time.monotonic() - began) < seconds:
            read_on(reader, is_reading=READER_FROM <= at / seconds < READER_TO)
            samples.append(sample(process, database, at))
            for task in tasks:
                if task.done():
                    task.result()  # it goes on for ever, or says why not
            if at >= (told + 1) * 60:
                told += 1
                say(line(samples[-12:], soaked, reader.in_transaction))
            await asyncio.sleep(SAMPLE_SECONDS)
    return samples


def read_on(reader: sqlite3.Connection, *, is_reading: bool) -> None:
    """Begin, or end, a read of the database as it is at this moment."""
    if is_reading and not reader.in_transaction:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM poll").fetchone()
    elif reader.in_transaction and not is_reading:
        reader.execute("COMMIT")


async def behind(soaked: Soaked) -> int:
    """Return how many browsers lack the newest event; they have ten seconds for it."""
    newest = does.newest_event(soaked.folder / "soak.db")
    gives_up_at = time.monotonic() + 10
    while late := sum(known < newest for known in soaked.last_ids.values()):
        if time.monotonic() > gives_up_at:
            break
        await asyncio.sleep(0.1)
    return late


def line(samples: list[Sample], soaked: Soaked, is_read: bool) -> str:
    """Return what is told of the last minute."""
    first, last = samples[0], samples[-1]
    used = (last.cpu_seconds - first.cpu_seconds) / max(1, last.at - first.at)
    counts = (f"{soaked.counts[what]:{len(what)}}" for what in TOLD)
    return (
        f"{last.at / 60:6.1f} {last.rss:8.1f} {last.pss:6.1f} {last.fds:4.0f}"
        f" {last.threads:4.0f} {last.wal:6.1f} {last.database:6.1f} {used * 100:5.0f}  "
        + "  ".join(counts)
        + ("  (read on and on)" if is_read else "")
    )


def tell(soaked: Soaked, samples: list[Sample]) -> bool:
    """Print the verdict; return whether all is flat and nothing failed."""
    found = verdicts(samples)
    say(f"the second third, and the last, of {len(samples)} samples (medians):")
    for verdict in found:
        say(f"  {verdict}")
    say(f"the log at its largest: {max(each.wal for each in samples):.1f} MB")
    said = soaked.counts["told to come back"]
    say(f"told to come back, the database being locked: {said}")
    for what, number in soaked.failures().items():
        say(f"  {what}: {number}")
    log = (soaked.folder / "run.log").read_text()
    errors = [each for each in log.splitlines() if "ERROR" in each or "Trace" in each]
    say(f"errors in the log: {len(errors)} {errors[:3] if errors else ''}")
    say(f"this side took {time.process_time():.0f} s of CPU")
    is_rare = said <= MOST_SHARE_TOLD * soaked.counts["forms"]
    is_quiet = is_rare and not errors and not soaked.failures()
    return is_quiet and all(each.is_flat for each in found)


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Soak as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--browsers", type=int, default=500)
    parser.add_argument("--folder", type=Path, help="kept, to be looked at")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = given.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        is_well = asyncio.run(soak(folder, given.minutes, given.browsers))
    say("well" if is_well else "NOT WELL")
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
