"""The story of an import: rows come, each is matched, batches are recorded.

1. Who may be named, and whether the motion's House is that of the table of postcodes.
2. For each batch of rows: the seats of their postcodes, and whom each was to (outside of
   any transaction).
3. In one transaction: what is known of them, what is new, and writing it with its tallies.

A batch is written whole or not at all, and what is written is known again: an import
that was killed is run again. It asks nothing of the network and sends nothing to anyone.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from tracker import store
from tracker.board import motion_standing
from tracker.clock import Clock
from tracker.config import MotionSettings
from tracker.parliament.seats import Boundaries, boundaries_on
from tracker.rules.intake import Candidate, Plan, Seen, plan_batch
from tracker.store import Engine
from tracker.store.tables import Motion, Way
from tracker.supporters.prepare import Places, Preparer
from tracker.supporters.rows import EmailRow, Record, Rejected

BATCH = 10_000
"""Rows a transaction: long enough to be quick, short enough that nobody waits for it."""

REPLY = "an MP's own email: it is not counted"

Progress = Callable[[int], None]
"""Told after each batch how many rows have been read."""


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """What an import works with. `is_large` lets SQLite use more memory for it."""

    engine: Engine
    key: bytes
    clock: Clock
    is_large: bool = False


@dataclass(slots=True)
class ImportResult:
    """How many rows were read, and what became of their emails.

    `unknown_postcodes` is why postcodes gave no seat, if there was one reason for all.
    """

    read: int = 0
    counted: int = 0
    duplicates: int = 0
    review: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    unknown_postcodes: str | None = None

    def document(self) -> dict[str, object]:
        """Return the result object of product.md 8."""
        return {
            "read": self.read,
            "counted": self.counted,
            "duplicates": self.duplicates,
            "review": self.review,
            "rejected": [row._asdict() for row in self.rejected],
        }


def import_emails(
    desk: ImportDesk,
    watched: MotionSettings,
    records: Iterable[Record],
    *,
    source: str,
    way: Way = Way.IMPORT,
    is_dry: bool = False,
    progress: Progress | None = None,
) -> ImportResult:
    """Record the emails about a motion and return what became of them.

    `source` says where the data come from and what people were told. A dry run writes
    nothing and returns the same numbers.
    """
    run = _open_run(desk, watched, source=source, way=way, is_dry=is_dry)
    result = ImportResult()
    for batch in _batches(records):
        candidates = _candidates(run, batch, result)
        plan = _record(run, candidates, result)
        _add(result, plan)
        if progress:
            progress(result.read)
    if run.import_id is not None:
        with store.write(desk.engine) as session:
            _record_counts(session, run, result, finished_at=desk.clock())
    return result


@dataclass(frozen=True, slots=True)
class _Run:
    """What all batches share. No `import_id`: nothing is written."""

    desk: ImportDesk
    motion_id: int | None
    import_id: int | None
    way: Way
    boundaries: Boundaries
    table: str | None
    preparer: Preparer
    seen: Seen


def _open_run(
    desk: ImportDesk, watched: MotionSettings, *, source: str, way: Way, is_dry: bool
) -> _Run:
    now = desk.clock()
    import_id = None
    if not is_dry:
        with store.write(desk.engine) as session:
            store.record_motion(session, watched.session, watched.number)
            import_id = store.start_import(session, source, now)
    with store.read(desk.engine) as session:
        known = store.motion_by_number(session, watched.session, watched.number)
        motion = known or Motion(session=watched.session, number=watched.number)
        stands = motion_standing(session, watched, motion, now=now)
        has_row_keys = motion.id is not None and store.has_row_keys(session, motion.id)
        return _Run(
            desk=desk,
            motion_id=motion.id,
            import_id=import_id,
            way=way,
            boundaries=boundaries_on(stands.house_on),
            table=store.postcode_boundaries(session),
            preparer=Preparer(
                store.matching_book(session), desk.key, has_row_keys=has_row_keys
            ),
            seen=Seen(),
        )


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    rest = iter(records)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _candidates(
    run: _Run, batch: list[Record], result: ImportResult
) -> list[Candidate]:
    """Return the batch's emails as candidates; the result takes those that are none."""
    places = _places(run, batch, result)
    found: list[Candidate] = []
    for record in batch:
        if isinstance(record, Rejected):
            result.rejected.append(record)
        elif run.preparer.is_members(record.supporter_email):
            result.rejected.append(Rejected(record.line, REPLY))
        else:
            found.extend(run.preparer.candidates(record, places))
    result.read += len(batch)
    return found


def _places(run: _Run, batch: list[Record], result: ImportResult) -> Places:
    """Return where the batch's postcodes are; the database is asked once."""
    postcodes = {
        "".join(record.postcode.split()).upper()
        for record in batch
        if isinstance(record, EmailRow) and record.postcode
    }
    if run.table != run.boundaries:
        places = Places(run.table, run.boundaries, {})
        if postcodes:
            result.unknown_postcodes = places.look_up(next(iter(postcodes)))[1]
        return places
    with store.read(run.desk.engine) as session:
        seats = store.seats_of_postcodes(session, postcodes)
    return Places(run.table, run.boundaries, seats)


def _record(run: _Run, candidates: list[Candidate], result: ImportResult) -> Plan:
    """Plan the batch and, unless it is a dry run, write it in the same transaction."""
    if run.import_id is None or run.motion_id is None:
        with store.read(run.desk.engine) as session:
            known, _ = store.known_of(session, run.motion_id or 0, candidates)
        return plan_batch(candidates, known, run.seen)
    with store.write(run.desk.engine) as session:
        if run.desk.is_large:
            store.tune_for_bulk(session)
        store.lock_emails(session)
        try:
            with session.begin_nested():
                plan = _written(run, session, candidates, has_message_ids=False)
        except store.AlreadyThereError:
            plan = _written(run, session, candidates, has_message_ids=True)
        _record_counts(session, run, result, plan=plan)
    return plan


def _written(
    run: _Run,
    session: store.Session,
    candidates: list[Candidate],
    *,
    has_message_ids: bool,
) -> Plan:
    """Plan the batch and write it; AlreadyThereError by a Message-ID not looked up."""
    assert run.motion_id is not None, "a motion is recorded when an import begins"
    assert run.import_id is not None, "only an import that writes has a row"
    known, people_ids = store.known_of(
        session, run.motion_id, candidates, has_message_ids=has_message_ids
    )
    plan = plan_batch(candidates, known)
    store.record_plan(
        session,
        plan,
        motion_id=run.motion_id,
        import_id=run.import_id,
        way=run.way,
        people_ids=people_ids,
        now=run.desk.clock(),
    )
    return plan


def _record_counts(
    session: store.Session,
    run: _Run,
    result: ImportResult,
    *,
    plan: Plan | None = None,
    finished_at: datetime | None = None,
) -> None:
    assert run.import_id is not None, "only an import that writes has a row"
    added = plan or Plan()
    counts = {
        "read_count": result.read,
        "counted_count": result.counted + added.counted_count,
        "duplicate_count": result.duplicates + added.duplicate_count,
        "review_count": result.review + added.review_count,
        "rejected_count": len(result.rejected),
    }
    store.record_import_counts(session, run.import_id, counts, finished_at)


def _add(result: ImportResult, plan: Plan) -> None:
    result.counted += plan.counted_count
    result.duplicates += plan.duplicate_count
    result.review += plan.review_count
