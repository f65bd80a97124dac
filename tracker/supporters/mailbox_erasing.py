"""Erased people's messages in the drop mailbox: found again by keyed hashes, deleted.

The headers that name people are read of every message: no address of theirs is kept to
be searched for.
"""

from collections.abc import Collection
from dataclasses import dataclass

from tracker import store
from tracker.keys import email_key
from tracker.store import Engine
from tracker.supporters.address_list import named_addresses
from tracker.supporters.drop_address import supporter_of
from tracker.supporters.imap_box import Box, MailboxMessage
from tracker.supporters.mail_head import parsed_headers

_NAMES = (
    *("From", "To", "Cc", "Bcc", "Reply-To", "Sender"),
    *("Delivered-To", "X-Original-To", "Envelope-To"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose messages are to go: keyed hashes of addresses, and rows by their ids."""

    email_keys: Collection[str]
    supporter_ids: Collection[int]


def erase_pending(box: Box, engine: Engine, key: bytes, drop: str) -> int:
    """Delete what people who were erased meanwhile have here; return how many messages."""
    with store.read(engine) as session:
        pending = store.pending_erasures(session)
    if not pending:
        return 0
    wanted = Wanted(
        {row.email_key for row in pending},
        {row.supporter_id for row in pending if row.supporter_id is not None},
    )
    count = delete_theirs(box, wanted, key, drop)
    with store.write(engine) as session:
        store.settle_pending_erasures(session, wanted.email_keys)
    return count


def delete_theirs(
    box: Box, wanted: Wanted, key: bytes, drop: str, *, text: str | None = None
) -> int:
    """Delete every message that is from, to or about them; return how many.

    `text` is an address to be searched for in whole messages as well.
    """
    uids = box.uids_above(0)
    theirs = {
        message.uid
        for message in box.people(uids)
        if _is_theirs(message, wanted, key, drop)
    }
    if text is not None:
        theirs |= set(box.with_text(text))
    box.delete(sorted(theirs))
    return len(theirs)


def _is_theirs(message: MailboxMessage, wanted: Wanted, key: bytes, drop: str) -> bool:
    headers = parsed_headers(message.data)
    values = [str(v) for name in _NAMES for v in headers.get_all(name, [])]
    addresses = [address for _, address in named_addresses(values) if "@" in address]
    if any(email_key(key, address) in wanted.email_keys for address in addresses):
        return True
    return supporter_of(addresses, drop, key) in wanted.supporter_ids
