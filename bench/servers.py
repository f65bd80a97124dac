"""Servers as processes of their own, asked by wrk: requests a second, and CPU for each."""

import http.client
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

ROUNDS = 5
SECONDS = 3
CONNECTIONS = 32
NO_WRK = "wrk is not on the PATH: apt-get install wrk"
STARTS_WITHIN_SECONDS = 60
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


@dataclass(frozen=True, slots=True)
class Round:
    """What one turn of asking gave: requests a second, and the server's CPU for each."""

    rate: float
    cpu_seconds: float


def wrk_path() -> str | None:
    """Return where wrk is."""
    return shutil.which("wrk")


@contextmanager
def running(
    command: Sequence[object], port: int, *, folder: Path | None = None
) -> Iterator[psutil.Popen]:
    """Run a server until the end of the block; it is up when it takes a connection."""
    with started(command, folder=folder) as process:
        until = time.monotonic() + STARTS_WITHIN_SECONDS
        while not _is_up(port):
            _give_up(process, until)
            time.sleep(0.02)
        yield process


@contextmanager
def started(
    command: Sequence[object], *, folder: Path | None = None
) -> Iterator[psutil.Popen]:
    """Run a process until the end of the block; nothing is waited for."""
    process = psutil.Popen(
        [*map(str, command)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        with suppress(psutil.NoSuchProcess):  # it ended by itself
            process.terminate()
        process.wait()


def first_page(process: psutil.Popen, port: int) -> bytes:
    """Return the first front page that a server answers with 200."""
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        asking = http.client.HTTPConnection("127.0.0.1", port)
        try:
            asking.request("GET", "/")
            got = asking.getresponse()
            body = got.read()
            if got.status == 200:
                return body
        except OSError:
            _give_up(process, until)
        finally:
            asking.close()
        time.sleep(0.01)


def _give_up(process: psutil.Popen, until: float) -> None:
    """Raise RuntimeError once a server has ended, or is awaited for too long."""
    if process.poll() is not None or time.monotonic() > until:
        raise RuntimeError(f"{' '.join(process.args)} does not answer")


def _is_up(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def asked(
    wrk: str,
    url: str,
    server: psutil.Process,
    headers: Mapping[str, str],
    *,
    connections: int = CONNECTIONS,
) -> Round:
    """Ask for a page for a while; RuntimeError if anything was answered wrongly."""
    command = [wrk, "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "60s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    before = cpu_of(server)
    told = subprocess.run(
        [*command, url], capture_output=True, text=True, check=True
    ).stdout
    taken = cpu_of(server) - before
    rate = re.search(r"Requests/sec:\s*([\d.]+)", told)
    count = re.search(r"(\d+) requests in", told)
    if rate is None or count is None or "Non-2xx" in told or not int(count[1]):
        raise RuntimeError(f"wrk says: {told}")
    return Round(float(rate[1]), taken / int(count[1]))


def cpu_of(server: psutil.Process) -> float:
    """Return the seconds of CPU that a server and its children have taken."""
    family = [server, *server.children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in family)


def rates_shown(name: str, rounds: Sequence[Round]) -> str:
    """Return "name: min / median / max requests/s" and the CPU of each."""
    rates = [one.rate for one in rounds]
    cpu = median(one.cpu_seconds for one in rounds) * 1e6
    low, high = min(rates), max(rates)
    numbers = f"{low:,.0f} / {median(rates):,.0f} / {high:,.0f} requests/s"
    return f"{name}: {numbers}, {cpu:,.0f} µs of CPU each"


def ratios(ours: Sequence[Round], anchor: Sequence[Round]) -> str:
    """Return how ours compares, by the clock and by CPU time."""
    by_rate = median(one.rate for one in ours) / median(one.rate for one in anchor)
    cpu = [median(one.cpu_seconds for one in rounds) for rounds in (ours, anchor)]
    return f"ratio of medians: {by_rate:.2f}; by CPU time {cpu[1] / cpu[0]:.2f}"
