"""The public front page under load, beside bare Starlette answering the same bytes.

Both as processes of their own, each one process with uvicorn's own loop and parser, asked
by wrk over 32 connections, in turn. Ours writes its log of requests, as in use; the
anchor writes none. The CPU time of the server is given too: it says the same on a
machine that has other work.
"""

import http.client
import pickle
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from bench.board import seat_house
from tracker import store
from tracker.store.schema import open_database

ROUNDS = 5
SECONDS = 3
CONNECTIONS = 32
ACCEPTS = "gzip, deflate, br"
CONFIG = """
[[motions]]
number = 1
session = "2026-27"
[parliament]
contact = "bench@campaign.example"
[database]
url = "sqlite:///ours.db"
[web]
port = {port}
"""
ANCHOR = """
import pickle, sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

body, headers, tag = pickle.load(open(sys.argv[1], "rb"))
whole = Response(body, headers=headers)
known = Response(status_code=304, headers=headers)

async def page(request):
    return known if request.headers.get("if-none-match") == tag else whole

app = Starlette(routes=[Route("/", page)])
uvicorn.run(app, port=int(sys.argv[2]), http="httptools", access_log=False,
            log_level="warning", server_header=False)
"""
_OWN_TO_ONE_ANSWER = ("date", "content-length")


@dataclass(frozen=True, slots=True)
class Round:
    """What one turn of asking gave: requests a second, and the server's CPU for each."""

    rate: float
    cpu_seconds: float


def measure_front_page() -> Iterator[str]:
    """The front page, 650 members (to reach: 0.85 of bare Starlette, 304s 0.9)."""
    wrk = shutil.which("wrk")
    if wrk is None:
        yield "wrk is not on the PATH: apt-get install wrk"
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _ours(folder) as our_port, _anchor(folder, our_port) as anchor_port:
            tag, size = _answer(our_port)[2], len(_answer(our_port)[0])
            yield f"{size:,} bytes, brotli"
            for what, known in (("200", None), ("304", tag)):
                ours, anchor = list[Round](), list[Round]()
                for _ in range(ROUNDS):
                    ours.append(_asked(wrk, our_port, known))
                    anchor.append(_asked(wrk, anchor_port, known))
                yield _shown(f"{what}, ours", ours)
                yield _shown(f"{what}, bare Starlette", anchor)
                yield f"{what}: {_ratios(ours, anchor)}"


@contextmanager
def _ours(folder: Path) -> Iterator[int]:
    """Serve the dashboard over a database with a House in it; give its port."""
    port = _free_port()
    config = folder / "config.toml"
    config.write_text(CONFIG.format(port=port))
    engine = open_database(f"sqlite:///{folder / 'ours.db'}", is_upgraded=True)
    with store.write(engine) as session:
        seat_house(session)
    engine.dispose()
    command = [sys.executable, "-m", "tracker", "--config", str(config), "web"]
    with _running(command, port):
        yield port


@contextmanager
def _anchor(folder: Path, our_port: int) -> Iterator[int]:
    """Serve the bytes that ours answers with; give the port."""
    port = _free_port()
    kept = folder / "answer.pickle"
    kept.write_bytes(pickle.dumps(_answer(our_port)))
    with _running([sys.executable, "-c", ANCHOR, str(kept), str(port)], port):
        yield port


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[None]:
    """Run a server until the end of the block; it is up when it takes a connection."""
    running = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while running.poll() is None:
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        running.terminate()
        running.wait()


def _answer(port: int) -> tuple[bytes, dict[str, str], str]:
    """Return the body, the headers and the tag of the page, in its smallest form."""
    asking = http.client.HTTPConnection("127.0.0.1", port)
    asking.request("GET", "/", headers={"Accept-Encoding": ACCEPTS})
    got = asking.getresponse()
    body = got.read()
    asking.close()
    if got.status != 200:
        raise RuntimeError(f"the page was answered with {got.status}")
    headers = {
        name: value
        for name, value in got.getheaders()
        if name.lower() not in _OWN_TO_ONE_ANSWER
    }
    return body, headers, headers["etag"]


def _asked(wrk: str, port: int, tag: str | None) -> Round:
    """Ask for the page for a while; RuntimeError if anything was answered wrongly."""
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    command += ["-H", f"Accept-Encoding: {ACCEPTS}"]
    command += ["-H", f"If-None-Match: {tag}"] if tag else []
    command.append(f"http://127.0.0.1:{port}/")
    server = _server_at(port)
    before = sum(server.cpu_times()[:2])
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    taken = sum(server.cpu_times()[:2]) - before
    rate = re.search(r"Requests/sec:\s*([\d.]+)", told)
    count = re.search(r"(\d+) requests in", told)
    if rate is None or count is None or "Non-2xx" in told:
        raise RuntimeError(f"wrk says: {told}")
    return Round(float(rate[1]), taken / int(count[1]))


def _server_at(port: int) -> psutil.Process:
    """Return the process of ours that listens at the port."""
    for one in psutil.Process().children(recursive=True):
        for connection in one.net_connections():
            if connection.status == "LISTEN" and connection.laddr[1] == port:
                return one
    raise RuntimeError(f"nobody listens at {port}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _shown(name: str, rounds: Sequence[Round]) -> str:
    rates = [one.rate for one in rounds]
    cpu = median(one.cpu_seconds for one in rounds) * 1e6
    low, high = min(rates), max(rates)
    numbers = f"{low:,.0f} / {median(rates):,.0f} / {high:,.0f} requests/s"
    return f"{name}: {numbers}, {cpu:.0f} µs of CPU each"


def _ratios(ours: Sequence[Round], anchor: Sequence[Round]) -> str:
    by_rate = median(one.rate for one in ours) / median(one.rate for one in anchor)
    cpu = [median(one.cpu_seconds for one in rounds) for rounds in (ours, anchor)]
    return f"ratio of medians: {by_rate:.2f}; by CPU time {cpu[1] / cpu[0]:.2f}"
