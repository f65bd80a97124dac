"""The public front page under load, beside bare Starlette answering the same bytes.

Both as processes of their own, each one process with uvicorn's own loop and parser, asked
by wrk over 32 connections, in turn. Ours writes its log of requests, as in use; the
anchor writes none. The CPU time of the server is given too: it says the same on a
machine that has other work.
"""

import http.client
import pickle
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.board import seat_house
from bench.servers import (
    CONFIG,
    NO_WRK,
    ROUNDS,
    Round,
    asked,
    free_port,
    rates_shown,
    ratios,
    running,
    wrk_path,
)
from tracker import store
from tracker.store.schema import open_database

ACCEPTS = "gzip, deflate, br"
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
Served = tuple[int, psutil.Popen]


def measure_front_page() -> Iterator[str]:
    """The front page, 650 members (to reach: 0.85 of bare Starlette, 304s 0.9)."""
    wrk = wrk_path()
    if wrk is None:
        yield NO_WRK
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _ours(folder) as our_own, _anchor(folder, our_own[0]) as anchors:
            body, _, tag = _answer(our_own[0])
            yield f"{len(body):,} bytes, brotli"
            for what, known in (("200", None), ("304", tag)):
                ours, anchor = list[Round](), list[Round]()
                for _ in range(ROUNDS):
                    ours.append(_asked(wrk, our_own, known))
                    anchor.append(_asked(wrk, anchors, known))
                yield rates_shown(f"{what}, ours", ours)
                yield rates_shown(f"{what}, bare Starlette", anchor)
                yield f"{what}: {ratios(ours, anchor)}"


@contextmanager
def _ours(folder: Path) -> Iterator[Served]:
    """Serve the dashboard over a database with a House in it."""
    port = free_port()
    config = folder / "config.toml"
    config.write_text(CONFIG.format(port=port))
    engine = open_database(f"sqlite:///{folder / 'ours.db'}", is_upgraded=True)
    with store.write(engine) as session:
        seat_house(session)
    engine.dispose()
    command = [sys.executable, "-m", "tracker", "--config", config, "web"]
    with running(command, port) as server:
        yield port, server


@contextmanager
def _anchor(folder: Path, our_port: int) -> Iterator[Served]:
    """Serve the bytes that ours answers with."""
    port = free_port()
    kept = folder / "answer.pickle"
    kept.write_bytes(pickle.dumps(_answer(our_port)))
    with running([sys.executable, "-c", ANCHOR, kept, str(port)], port) as server:
        yield port, server


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


def _asked(wrk: str, served: Served, tag: str | None) -> Round:
    port, server = served
    headers = {"Accept-Encoding": ACCEPTS}
    if tag:
        headers["If-None-Match"] = tag
    return asked(wrk, f"http://127.0.0.1:{port}/", server, headers)
