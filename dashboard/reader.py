"""The one reader of this process: sees new events in the database, hands them on.

Owns a thread and how it goes on when the database is lost for a while. A thousand open
streams cost one query per change; each event is encoded once.
"""

import json
import logging
import threading
from collections.abc import Callable, Sequence

from dashboard.hub import Item, MotionKey
from tracker import board, store
from tracker.store import DatabaseError, Engine, Watch
from tracker.store.tables import SignatureEvent

WAIT_SECONDS = 0.25
LOOK_ANYWAY_SECONDS = 3.0
AGAIN_SECONDS = 1.0
PAGE = 1000

log = logging.getLogger(__name__)


class EventReader:
    """Reads every motion's events from when it starts, and calls `deliver` with them.

    `deliver` and `ready` are called in the reader's thread; `ready` once, as soon as
    nothing committed from then on is missed. `change_count` grows with commits that were
    noticed (on PostgreSQL those with events only), `newest_id` is the event's that is
    about to be delivered: a page made after either grew has what it tells of.
    """

    def __init__(
        self,
        engine: Engine,
        deliver: Callable[[Sequence[Item]], None],
        ready: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._deliver = deliver
        self._ready = ready
        self._stop = threading.Event()
        self.change_count = 0
        self.newest_id = 0
        self._last_id: int | None = None
        self._motions: dict[int, MotionKey] = {}
        self._thread = threading.Thread(
            target=self._run, name="event-reader", daemon=True
        )

    def start(self) -> None:
        """Begin to read; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop reading, and wait until the thread is done."""
        self._stop.set()
        self._thread.join()

    @property
    def is_running(self) -> bool:
        """Whether new events are still looked for."""
        return self._thread.is_alive()

    def _run(self) -> None:
        is_lost = False
        while not self._stop.is_set():
            try:
                with store.watched_changes(self._engine) as watch:
                    self._find_place()
                    if is_lost:
                        log.warning("new events are read again")
                    is_lost = False
                    self._follow(watch)
            except DatabaseError as error:
                if not is_lost:
                    log.warning("new events cannot be read: %s; trying again", error)
                is_lost = True
                self._stop.wait(AGAIN_SECONDS)

    def _find_place(self) -> None:
        with store.read(self._engine) as session:
            newest = store.last_event_id(session)
        if self._last_id is None:
            self._last_id = newest
            self._ready()
        # A backup that was put back has ids that go on from a lower one.
        self._last_id = min(self._last_id, newest)

    def _follow(self, watch: Watch) -> None:
        waited = LOOK_ANYWAY_SECONDS
        while not self._stop.is_set():
            if waited >= LOOK_ANYWAY_SECONDS:
                self._read_new()
                waited = 0.0
            is_changed = watch.wait(WAIT_SECONDS)
            self.change_count += is_changed
            waited = LOOK_ANYWAY_SECONDS if is_changed else waited + WAIT_SECONDS

    def _read_new(self) -> None:
        assert self._last_id is not None, "the place is found first"
        is_more = True
        while is_more and not self._stop.is_set():
            with store.read(self._engine) as session:
                events = store.new_events(session, self._last_id, limit=PAGE)
                if any(event.motion_id not in self._motions for event in events):
                    self._motions = {
                        motion.id: (motion.session, motion.number)
                        for motion in store.all_motions(session)
                        if motion.id is not None
                    }
            if events:
                items = [
                    as_item(event, self._motions[event.motion_id]) for event in events
                ]
                self.newest_id = items[-1].event_id
                self._deliver(items)
                self._last_id = items[-1].event_id
            is_more = len(events) == PAGE


def as_item(event: SignatureEvent, motion: MotionKey) -> Item:
    """Return the event as it goes over the wire."""
    assert event.id is not None, "a stored event has an id"
    data = json.dumps(
        board.event_object(event), ensure_ascii=False, separators=(",", ":")
    )
    block = f"id: {event.id}\nevent: signature\ndata: {data}\n\n"
    return Item(event.id, motion, event.backfilled, block.encode())
