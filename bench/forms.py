"""Forms taken, each on disk before its answer, beside commits of one row each.

Ours is one process as in use: every post goes through the whole form, from an address of
its own that a trusted proxy names, for a person and a postcode of their own. What counts
as taken is what is in the database afterwards. The anchor is the least that could be
done: SQLite alone, one row a commit, `synchronous=FULL`, in the same folder.
"""

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from bench.board import seat_house
from bench.servers import CONFIG, NO_WRK, ROUNDS, cpu_of, free_port, running, wrk_path
from tracker import store
from tracker.clock import utc_now
from tracker.store.schema import open_database
from tracker.store.tables import MemberContact, PostcodeSeat, PostcodeTable

SECONDS = 4
CONNECTIONS = 48
FORMS = """
trusted_proxies = ["127.0.0.1"]
[privacy]
controller = "Bench"
controller_address = "1 Example Street, London"
contact = "privacy@bench.example"
complaints_contact = "complaints@bench.example"
[mail]
mode = "send"
smtp_url = "smtp://127.0.0.1:9"
sender = "campaign@bench.example"
"""
SCRIPT = """
local number = 0
function init(arguments) number = tonumber(arguments[1]) end
function request()
  number = number + 1
  local address = string.format("10.%d.%d.%d", number / 65536 % 256,
                                number / 256 % 256, number % 256)
  local body = "member=__MEMBER__&key=form-" .. number .. "&name=Person+Number+" .. number
    .. "&email=person" .. number .. "%40mail.example&address=" .. number
    .. "+Example+Street%0AHolyhead&postcode=ZZ1+1AA&own_words=My+cousin+lives+there."
    .. "&text=Please+sign+it%2C+number+" .. number .. ".&send=yes&is_13=yes"
  return wrk.format("POST", "/motions/2026-27/1/act", {
    ["Content-Type"] = "application/x-www-form-urlencoded",
    ["X-Forwarded-For"] = address}, body)
end
"""
ROUND_APART = 1_000_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What one turn gave: rows a second, and the CPU of each in seconds."""

    rate: float
    cpu_seconds: float


def measure_forms() -> Iterator[str]:
    """Forms taken, each on disk first (to reach: 0.3 of commits of one row)."""
    wrk = wrk_path()
    if wrk is None:
        yield NO_WRK
        return
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        config, script = folder / "config.toml", folder / "forms.lua"
        config.write_text(CONFIG.format(port=port) + FORMS)
        script.write_text(SCRIPT.replace("__MEMBER__", str(_prepare(folder))))
        command = [sys.executable, "-m", "tracker", "--config", config, "web"]
        ours, anchor = list[Taken](), list[Taken]()
        with running(command, port, folder=folder) as server:
            ask = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script)]
            ask.append(f"http://127.0.0.1:{port}/")
            for number in range(ROUNDS):
                ours.append(_posted(ask, number, server, folder))
                anchor.append(_committed(folder))
    yield _shown("ours, whole forms", ours)
    yield _shown("SQLite alone, one row a commit", anchor)
    ratio = median(one.rate for one in ours) / median(one.rate for one in anchor)
    yield f"ratio of medians: {ratio:.3f}"


def _prepare(folder: Path) -> int:
    """Fill a database with a House and one postcode; return whose seat that is."""
    engine = open_database(f"sqlite:///{folder / 'ours.db'}", is_upgraded=True)
    now = utc_now()
    with store.write(engine) as session:
        motion = store.record_motion(session, "2026-27", 1)
        motion.parliament_id, motion.title = 990_001, "Measured"
        member_id = seat_house(session)[0]
        seat = store.sitting_on(session, now.date(), is_past=False)[member_id]
        assert seat.ons_code is not None, "every seat of the House has a code"
        session.add(PostcodeSeat(postcode="ZZ11AA", ons_code=seat.ons_code))
        session.add(
            PostcodeTable(
                id=1,
                boundaries="2024",
                row_count=1,
                loaded_at=now,
                file_name="postcodes.csv",
            )
        )
        session.add(
            MemberContact(
                member_id=member_id,
                kind="email",
                label="Parliamentary office",
                value="mp@parliament.example",
                checked_on=now.date(),
                is_current=True,
            )
        )
    engine.dispose()
    return member_id


def _posted(
    ask: Sequence[str], number: int, server: psutil.Process, folder: Path
) -> Taken:
    """Post forms for a while; RuntimeError if one that was answered is not there."""
    kept_before, cpu_before, began = _kept(folder), cpu_of(server), time.perf_counter()
    told = subprocess.run(
        [*ask, "--", str(number * ROUND_APART)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    seconds, cpu = time.perf_counter() - began, cpu_of(server) - cpu_before
    count = _kept(folder) - kept_before
    if "Non-2xx" in told or not count:
        raise RuntimeError(f"{count} forms are kept, and wrk says: {told}")
    return Taken(count / seconds, cpu / count)


def _kept(folder: Path) -> int:
    connection = sqlite3.connect(folder / "ours.db")
    (count,) = connection.execute("SELECT count(*) FROM supporter_email").fetchone()
    connection.close()
    return int(count)


def _committed(folder: Path) -> Taken:
    """Commit rows of a form's length for a while, one at a time."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS plain (at REAL, text TEXT)")
    count, began, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < SECONDS:
        connection.execute("INSERT INTO plain VALUES (?, ?)", (began, "x" * 300))
        count += 1
    seconds, taken = time.perf_counter() - began, time.process_time() - cpu
    connection.close()
    return Taken(count / seconds, taken / count)


def _shown(name: str, rounds: Sequence[Taken]) -> str:
    rates = [one.rate for one in rounds]
    cpu = median(one.cpu_seconds for one in rounds) * 1000
    numbers = f"{min(rates):,.0f} / {median(rates):,.0f} / {max(rates):,.0f}"
    return f"{name}: {numbers} a second, {cpu:.2f} ms of CPU each"
