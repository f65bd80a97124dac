"""The story of an erasure: a person goes from everywhere that we can reach.

1. Their keyed hash is added to the log beside the database: a restore erases them again.
2. In one transaction: their rows are emptied, what waits for them is cancelled, the hash
   is kept so that no file brings them back, and the drop mailbox is to be searched.
3. The drop mailbox is searched, if it is reached; else the worker does it later.
4. Nothing deleted stays in the database's files.

What cannot be reached is named. Nobody is sent anything about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.config import Settings
from tracker.keys import email_key
from tracker.operations.erasure_log import (
    erasure_log,
    log_erasure,
    logged_erasures,
)
from tracker.outbox.audience import audience_of
from tracker.rules.event_types import EventType
from tracker.store import Engine, NewOutgoing, Session
from tracker.store.audit import about_supporter
from tracker.store.tables import Supporter
from tracker.supporters.imap_box import MailboxError, open_box
from tracker.supporters.mailbox_erasing import Wanted, delete_theirs

_BACKUPS = (
    "backups that were made before: after a restore the same people are erased again,"
    " if the log of erasures is in its place"
)
_FILES = (
    "files that staff keep themselves: exported here, or made elsewhere and imported"
)


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was removed, and what could not be reached.

    `supporter_ref` is what other programs know the person by, None if nobody was known
    under the address. `text_count` is how many of staff's own texts had their name or
    address. `mailbox_deleted_count` is None if the mailbox was not searched (yet).
    `not_reached` is for the person to read too, `to_do` for whoever erases on their
    behalf.
    """

    supporter_ref: str | None
    email_count: int = 0
    message_count: int = 0
    cancelled_count: int = 0
    text_count: int = 0
    mailbox_deleted_count: int | None = None
    not_reached: tuple[str, ...] = ()
    to_do: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Person:
    """Whom it is about, as known before anything is removed."""

    key: str
    address: str | None
    supporter_id: int | None
    ref: str | None
    offices: tuple[str, ...]
    in_hands_count: int


def erase_person(
    engine: Engine,
    settings: Settings,
    key: bytes,
    person: str | int,
    *,
    now: datetime,
    actor: str,
    is_mailbox_asked: bool = True,
) -> ErasureReport:
    """Remove a person, told by their address or their Supporter id; return what was done.

    An address that nobody is known under is kept out all the same, and searched for in
    the mailbox. `is_mailbox_asked` False leaves the mailbox to the worker: for a page
    that must not wait. Doing it again changes nothing. Raises DatabaseError.
    """
    with store.read(engine) as session:
        found = _find(session, key, person)
    if found is None:
        return ErasureReport(None)
    log_erasure(erasure_log(settings), found.key, now)
    with store.write(engine) as session:
        emptied = store.forget_person(session, found.key, now, address=found.address)
        if settings.mail.imap_url:
            store.record_pending_erasure(session, found.key, found.supporter_id, now)
        store.record_audit(session, actor, "erase", about_supporter(found.ref), at=now)
        if found.ref is not None:
            _tell_others(session, settings, found.ref, now)
    deleted, trouble = None, _later(settings) if settings.mail.imap_url else None
    if settings.mail.imap_url and is_mailbox_asked:
        deleted, trouble = _search_mailbox(engine, settings, key, found)
    is_overwritten = store.overwrite_deleted(engine)
    return ErasureReport(
        supporter_ref=found.ref,
        email_count=emptied.email_count,
        message_count=emptied.message_count,
        cancelled_count=emptied.cancelled_count,
        text_count=emptied.text_count,
        mailbox_deleted_count=deleted,
        not_reached=_not_reached(settings, found, trouble, is_overwritten),
        to_do=_to_do(settings),
    )


def erase_again(
    engine: Engine, settings: Settings, erasures: Sequence[tuple[str, datetime]]
) -> int:
    """Erase those again whom an older state of the database still knows; return how many.

    `erasures` are keyed hashes with their times; who came back since then stays. The
    drop mailbox is left to the worker.
    """
    count = 0
    for hashed, at in erasures:
        with store.write(engine) as session:
            person_id = store.forget_again(session, hashed, at)
            if person_id is not None:
                count += 1
                if settings.mail.imap_url:
                    store.record_pending_erasure(session, hashed, person_id, at)
    store.overwrite_deleted(engine)
    return count


def known_erasures(
    engine: Engine, settings: Settings
) -> Sequence[tuple[str, datetime]]:
    """Return everybody who is known to be erased, by the log or the database, and when
    they were the last time."""
    with store.read(engine) as session:
        kept = store.suppressed_keys(session)
    last = dict(logged_erasures(erasure_log(settings)))
    for hashed, at in kept:
        last[hashed] = max(at, last.get(hashed, at))
    return list(last.items())


def _find(session: Session, key: bytes, person: str | int) -> _Person | None:
    """Return whom it is about; None for an id that is nobody's, or nobody's any more."""
    if isinstance(person, int):
        row = session.get(Supporter, person)
        if row is None or row.email_key is None:
            return None
        hashed = row.email_key
    else:
        hashed = email_key(key, person)
        row = store.supporter_by_key(session, hashed)
    if row is None or row.id is None:
        return _Person(hashed, _address(person), None, None, (), 0)
    members = store.members_by_id(session, store.written_to(session, row.id))
    return _Person(
        key=hashed,
        address=row.email or _address(person),
        supporter_id=row.id,
        ref=row.ref,
        offices=tuple(sorted(member.name for member in members.values())),
        in_hands_count=store.in_hands_count(session, row.id),
    )


def _tell_others(session: Session, settings: Settings, ref: str, now: datetime) -> None:
    """Write `supporter.erased` for other programs, who know the person by `ref` only."""
    new = NewOutgoing(
        EventType.SUPPORTER_ERASED, dedupe_key=ref, data={"supporter_ref": ref}
    )
    store.record_outgoing(session, new, audience_of(settings), now)


def _address(person: str | int) -> str | None:
    return person.strip() if isinstance(person, str) else None


def _search_mailbox(
    engine: Engine, settings: Settings, key: bytes, person: _Person
) -> tuple[int | None, str | None]:
    """Return how many messages were deleted, and why none could be."""
    rows = {person.supporter_id} if person.supporter_id is not None else set()
    wanted = Wanted({person.key}, rows)
    try:
        with open_box(settings.mail) as box:
            drop = settings.mail.drop_address
            count = delete_theirs(box, wanted, key, drop, text=person.address)
    except MailboxError as error:
        return None, (
            f"the drop mailbox ({error}): it is tried again while a worker runs"
        )
    with store.write(engine) as session:
        store.settle_pending_erasures(session, wanted.email_keys)
    return count, None


def _later(settings: Settings) -> str:
    """Return what becomes of the mailbox; the address is not kept to be searched for."""
    days = settings.mail.drop_retention_days
    return (
        "the campaign's mailbox for copies: it is searched within minutes, and a message"
        f" that names the person in its text alone goes {days} days after it came"
    )


def _not_reached(
    settings: Settings, person: _Person, trouble: str | None, is_overwritten: bool
) -> tuple[str, ...]:
    found = [_BACKUPS, _FILES]
    found += [f"the copy that {name}'s office has" for name in person.offices]
    found += [f"what {name} has received" for name in settings.privacy.joint_with]
    if person.in_hands_count:
        found.append("an email that is being handed over at this moment")
    if trouble:
        found.append(trouble)
    if not is_overwritten:
        found.append(
            "old pages of the database's log: they go when nobody reads it any more"
            if settings.sqlite_path is not None
            else "dead rows in PostgreSQL's files: they go with its next VACUUM, its log"
            " and replicas keep them for as long as they are kept"
        )
    return tuple(found)


def _to_do(settings: Settings) -> tuple[str, ...]:
    """Return what only a person can do about what was not reached."""
    log = erasure_log(settings)
    return (
        f"keep {log}: `tracker restore` and `tracker erase --again` go by it, in another"
        " folder only when you put it beside the database there",
        "take the person out of files that were exported (the audit log tells who took"
        " which), written by `tracker access`, or imported from",
        *(f"tell {name} to delete them too" for name in settings.privacy.joint_with),
    )
