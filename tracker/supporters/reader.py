"""A large file read by a process of its own, while this one writes what it has read.

Half of an import's time is Python's, reading and matching, and the other half the
database's. Owns the process and how batches come from it; what they are is batches.py's.
"""

import gc
import io
import multiprocessing
import os
import pickle
import signal
from collections.abc import Iterable, Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Queue
from threading import Thread

from tracker import store
from tracker.store import Engine
from tracker.supporters import batches
from tracker.supporters.batches import Batch, Facts
from tracker.supporters.csv_file import FileRefusedError
from tracker.supporters.files import open_records
from tracker.supporters.rows import Record

WINDOW = 40_000
"""Rows that are put in the order of their Members before they are handed over."""
_READY = 4
"""Batches that wait while the other process writes: those of one window."""


FlatBatch = Batch[store.FlatEmail]


class ReaderLostError(Exception):
    """The process that read the file ended before it; the text is one sentence."""


def batches_beside(engine: Engine, facts: Facts, path: Path) -> Iterator[FlatBatch]:
    """Give the file's batches, flat, made by a process that reads ahead.

    It ends when nobody listens any more. ReaderLostError if it ends by itself; its own
    errors about the file are raised here.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    url = engine.url.render_as_string(hide_password=False)
    process = context.Process(
        target=_read, args=(theirs, url, facts, path), daemon=True
    )
    process.start()
    theirs.close()
    try:
        yield from _received(ours)
    finally:
        ours.close()
        process.join()


def spare_the_collector() -> None:
    """Let a million short-lived rows be made without being searched for cycles.

    For a process that does nothing but import: the rows hold none.
    """
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def _received(connection: Connection) -> Iterator[FlatBatch]:
    while True:
        try:
            message = connection.recv()
        except (EOFError, OSError):
            raise ReaderLostError(
                "the process that reads the file ended too early; what was imported"
                " stays, and importing the file again goes on from there"
            ) from None
        if message is None:
            return
        if isinstance(message, Exception):
            raise message
        yield message


def _read(connection: Connection, url: str, facts: Facts, path: Path) -> None:
    """Read the file and send its batches, then None; or the error that ended it."""
    # A Ctrl-C is the other process's to answer: it closes the connection.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    spare_the_collector()
    ready: Queue[bytes | None] = Queue(_READY)
    sender = Thread(target=_send, args=(connection, ready), daemon=True)
    sender.start()
    engine = store.open_engine(url)
    try:
        with open_records(path, facts.now) as records:
            for window in _windows(engine, facts, records):
                for part in _by_member(window):
                    ready.put(_packed(part))
        ready.put(pickle.dumps(None))
    except (FileRefusedError, OSError, store.DatabaseError) as error:
        ready.put(pickle.dumps(error))
    ready.put(None)
    sender.join()
    engine.dispose()


def _send(connection: Connection, ready: "Queue[bytes | None]") -> None:
    """Send what is ready, while the next is made; end the process if nobody listens."""
    while (message := ready.get()) is not None:
        try:
            connection.send_bytes(message)
        except OSError:
            os._exit(1)
    connection.close()


def _windows(
    engine: Engine, facts: Facts, records: Iterable[Record]
) -> Iterator[FlatBatch]:
    """Give windows of rows, flat."""
    make = store.FlatMaker(is_sqlite=store.is_sqlite(engine))
    window: FlatBatch = Batch(0)
    for part in batches.batches_of(engine, facts, records, make):
        window.read_count += part.read_count
        window.position = part.position
        window.emails += part.emails
        window.rejected += part.rejected
        window.postcode_problem = part.postcode_problem or window.postcode_problem
        if window.read_count >= WINDOW:
            yield window
            window = Batch(0)
    if window.read_count:
        yield window


def _by_member(window: FlatBatch) -> Iterator[FlatBatch]:
    """Give a window of rows as batches of some Members each: few pages change in each.

    For one Member the order of the file stays, so the same emails are new. The window is
    emptied, so that its rows are not kept while the next ones are read.
    """
    ordered = sorted(window.emails, key=store.member_order)
    window.emails.clear()
    size = batches.BATCH
    yield replace(window, emails=ordered[:size])
    for start in range(size, len(ordered), size):
        yield Batch(0, window.position, ordered[start : start + size])


def _packed(batch: FlatBatch) -> bytes:
    """Return the batch pickled without looking for what is in it twice: a third of the
    time."""
    packed = io.BytesIO()
    pickler = pickle.Pickler(packed, protocol=5)
    pickler.fast = True
    pickler.dump(batch)
    return packed.getvalue()
