"""The story of an import: rows come, each is matched, batches are recorded.

1. Whether the motion's House is that of the table of postcodes, and who may be named.
2. For each batch of rows: the seats of their postcodes, and whom each was to (batches.py,
   outside of any transaction).
3. In one transaction: what is new, its people and its tallies.

A batch is written whole or not at all, and what is written is known again: an import
that was killed is run again. It asks nothing of the network and sends nothing to anyone.
"""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from tracker import store
from tracker.board import motion_standing
from tracker.clock import Clock
from tracker.config import MotionSettings
from tracker.keys import new_refs
from tracker.parliament.seats import boundaries_on
from tracker.rules.intake import Candidate, Seen, plan_batch
from tracker.store import Engine, Recorded
from tracker.store.tables import Motion, Way
from tracker.supporters.batches import Batch, Facts, batches_of
from tracker.supporters.files import open_records
from tracker.supporters.prepare import Email
from tracker.supporters.reader import FlatBatch, batches_beside
from tracker.supporters.rows import Record, Rejected

LARGE_FILE = 8 * 1024 * 1024
"""Bytes from which on a file is read by a process of its own, which takes a second."""

MOST_TELLINGS = 50_000
"""How many different things may be remembered that emails without a Member told."""

Progress = Callable[[int, int], None]
"""Told after each batch how many rows and how many bytes of the file have been read."""


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """What an import works with. `is_large` lets SQLite be quick, for a process
    that does nothing else."""

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
    return _read_here(run, records, progress)


def import_file(
    desk: ImportDesk,
    watched: MotionSettings,
    path: Path,
    *,
    source: str,
    is_dry: bool = False,
    progress: Progress | None = None,
) -> ImportResult:
    """Record the emails of a CSV, .mbox or .eml file, as `import_emails` does.

    FileRefusedError, before anything is written, if it is none of these.
    """
    with open_records(path, desk.clock()) as records:
        run = _open_run(desk, watched, source=source, way=Way.IMPORT, is_dry=is_dry)
        if is_dry or path.stat().st_size < LARGE_FILE:
            return _read_here(run, records, progress)
        batches = batches_beside(desk.engine, run.facts, path)
        return _carry_out(run, batches, partial(_written, run), progress)


@dataclass(frozen=True, slots=True)
class _Run:
    """What all batches share. No `import_id`: nothing is written."""

    desk: ImportDesk
    motion_id: int
    import_id: int | None
    way: Way
    facts: Facts
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
        motion_id = motion.id or 0
        facts = Facts(
            key=desk.key,
            now=now,
            boundaries=boundaries_on(stands.house_on),
            table=store.postcode_boundaries(session),
            tellings=store.tellings_kept(session, motion_id, MOST_TELLINGS),
        )
    return _Run(desk, motion_id, import_id, way, facts, Seen())


def _read_here(
    run: _Run, records: Iterable[Record], progress: Progress | None
) -> ImportResult:
    engine, facts = run.desk.engine, run.facts
    if run.import_id is None:
        plans = batches_of(engine, facts, records, Candidate)
        return _carry_out(run, plans, partial(_planned, run), progress)
    make = store.FlatMaker(is_sqlite=store.is_sqlite(engine))
    batches = batches_of(engine, facts, records, make)
    return _carry_out(run, batches, partial(_written, run), progress)


def _carry_out(
    run: _Run,
    batches: Iterable[Batch[Email]],
    write: Callable[[Batch[Email], ImportResult], Recorded],
    progress: Progress | None,
) -> ImportResult:
    result = ImportResult()
    is_quick = run.desk.is_large and run.import_id is not None
    with store.bulk_settings(run.desk.engine) if is_quick else nullcontext():
        for batch in batches:
            result.read += batch.read_count
            result.rejected += batch.rejected
            result.unknown_postcodes = (
                batch.postcode_problem or result.unknown_postcodes
            )
            _add(result, write(batch, result))
            if progress:
                progress(result.read, batch.position)
    if run.import_id is not None:
        with store.write(run.desk.engine) as session:
            _record_counts(session, run.import_id, result, run.desk.clock())
    return result


def _written(run: _Run, batch: FlatBatch, result: ImportResult) -> Recorded:
    """Write the batch in one transaction."""
    assert run.import_id is not None, "a dry run writes nothing"
    # The time of each batch, not of the run: its index would be written all over.
    refs = new_refs(run.desk.clock(), len(batch.emails))
    with store.write(run.desk.engine) as session:
        store.lock_emails(session)
        done = store.record_batch(
            session,
            batch.emails,
            motion_id=run.motion_id,
            import_id=run.import_id,
            way=run.way,
            now=run.facts.now,
            refs=refs,
        )
        _record_counts(session, run.import_id, result, added=done)
    return done


def _planned(run: _Run, batch: Batch[Candidate], _result: ImportResult) -> Recorded:
    """Only plan the batch, in a dry run."""
    with store.read(run.desk.engine) as session:
        known, _ = store.known_of(session, run.motion_id, batch.emails)
    plan = plan_batch(batch.emails, known, run.seen)
    return Recorded(plan.counted_count, plan.duplicate_count, plan.review_count)


def _record_counts(
    session: store.Session,
    import_id: int,
    result: ImportResult,
    finished_at: datetime | None = None,
    *,
    added: Recorded | None = None,
) -> None:
    more = added or Recorded()
    counts = {
        "read_count": result.read,
        "counted_count": result.counted + more.counted_count,
        "duplicate_count": result.duplicates + more.duplicate_count,
        "review_count": result.review + more.review_count,
        "rejected_count": len(result.rejected),
    }
    store.record_import_counts(session, import_id, counts, finished_at)


def _add(result: ImportResult, done: Recorded) -> None:
    result.counted += done.counted_count
    result.duplicates += done.duplicate_count
    result.review += done.review_count
