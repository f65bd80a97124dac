"""The staff's board under load, beside Datasette's table page over the same rows.

A million emails are stored, somebody is signed in, and the list has every Member. Ours is
one process as in use, with its log of requests. What a page costs that could not be kept
is told too: those ask for something else each time.
"""

import http.client
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from bench.board import fill
from bench.datasette import datasette_python, served_table
from bench.servers import (
    CONFIG,
    NO_WRK,
    ROUNDS,
    Round,
    asked,
    cpu_of,
    free_port,
    rates_shown,
    ratios,
    running,
    wrk_path,
)
from tracker import store
from tracker.board import nudges_view
from tracker.clock import utc_now
from tracker.config import settings_from
from tracker.exports import Table, nudges_table
from tracker.passwords import hash_password
from tracker.rules.roles import Role
from tracker.store import staff_sessions, users
from tracker.store.schema import open_database

EMAILS = 1_000_000
ANEW = 20


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was put into the database: somebody's session, and who is on the list."""

    cookie: str
    list: Table


def measure_staff_board() -> Iterator[str]:
    """The staff's board, signed in, 1M emails (to reach: 80 of Datasette's table page)."""
    wrk = wrk_path()
    if wrk is None:
        yield NO_WRK
        return
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        made = _prepared(folder)
        config = folder / "config.toml"
        config.write_text(CONFIG.format(port=port))
        command = [sys.executable, "-m", "tracker", "--config", config, "web"]
        with running(command, port) as server:
            size = len(_page(port, made.cookie))
            listed = f"{len(made.list.rows)} on the list, 100 of them on a page"
            yield f"{listed} of {size:,} bytes"
            yield f"a page made anew: {_made_anew(port, server, made.cookie)}"
            url, headers = f"http://127.0.0.1:{port}/staff", {"Cookie": made.cookie}
            yield from _beside_datasette(
                partial(asked, wrk, url, server, headers), wrk, folder, made.list
            )


def _beside_datasette(
    ours: Callable[[], Round], wrk: str, folder: Path, listed: Table
) -> Iterator[str]:
    """Ask both in turn for a while, and Datasette also for as many rows as ours shows."""
    python = datasette_python(folder)
    if python is None:
        yield rates_shown("ours", [ours() for _ in range(ROUNDS)])
        yield "Datasette is not here, and pip did not bring it: no ratio"
        return
    own, whole, part = list[Round](), list[Round](), list[Round]()
    with served_table(python, folder, listed.columns, listed.rows) as (url, server):
        for _ in range(ROUNDS):
            own.append(ours())
            whole.append(asked(wrk, f"{url}?_size=650", server, {}, connections=4))
            part.append(asked(wrk, f"{url}?_size=100", server, {}, connections=4))
    yield rates_shown("ours, asked again and again", own)
    yield rates_shown("Datasette, 650 rows a page", whole)
    yield rates_shown("Datasette, 100 rows a page", part)
    yield f"beside 650 rows, {ratios(own, whole)}"
    yield f"beside 100 rows, {ratios(own, part)}"


def _prepared(folder: Path) -> Prepared:
    """Fill a database, and sign somebody in."""
    now = utc_now()
    settings = settings_from(
        {
            "motions": [{"number": 1, "session": "2026-27"}],
            "parliament": {"contact": "bench@campaign.example"},
            "database": {"url": f"sqlite:///{folder / 'ours.db'}"},
        },
        folder=folder,
    )
    engine = open_database(settings.database.url, is_upgraded=True)
    fill(engine, EMAILS, now=now)
    hashed = hash_password("a password of the bench")
    with store.write(engine) as session:
        user = users.add_user(session, "Ann", Role.STAFF, hashed, by="bench", at=now)
        opened = staff_sessions.open_session(
            session, user.id or 0, verified_hash=hashed, at=now
        )
        assert opened is not None, "nobody changed the password"
        view = nudges_view(session, settings, settings.motions[0], now=now)
    engine.dispose()
    return Prepared(f"session={opened.token}", nudges_table(view.rows))


def _made_anew(port: int, server: psutil.Process, cookie: str) -> str:
    """Return the CPU of a page that nobody asked for before; each asks for another."""
    taken = []
    for number in range(ANEW):
        before = cpu_of(server)
        _page(port, cookie, f"?nothing={number}")
        taken.append((cpu_of(server) - before) * 1000)
    return f"{sum(taken) / len(taken):.0f} ms of CPU, the mean of {ANEW}"


def _page(port: int, cookie: str, query: str = "") -> bytes:
    asking = http.client.HTTPConnection("127.0.0.1", port)
    asking.request("GET", f"/staff{query}", headers={"Cookie": cookie})
    got = asking.getresponse()
    body = got.read()
    asking.close()
    if got.status != 200:
        raise RuntimeError(f"the board was answered with {got.status}")
    return body
