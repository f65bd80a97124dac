"""The drop address of each supporter: a copy sent there is known to be theirs. Pure.

`drop+TOKEN@…`: the token names the supporter and holds a keyed hash, so that none is
stored and nobody can make one up. It says whose record a copy belongs to, not that the
copy is from them: that is for sender_proof.py.
"""

import hmac
from collections.abc import Iterable

from tracker.config import Settings
from tracker.keys import keyed_hash

_HASH_LENGTH = 20
"""Hex digits: 80 bits cannot be guessed, and the name before the @ stays short."""


def drop_address_for(settings: Settings, key: bytes, supporter_id: int) -> str | None:
    """Return the address for a supporter's BCC, None if there is no drop mailbox."""
    drop = settings.mail.drop_address
    if not drop:
        return None
    name, _, domain = drop.rpartition("@")
    return f"{name}+{_token(key, supporter_id)}@{domain}"


def supporter_of(addresses: Iterable[str], drop: str, key: bytes) -> int | None:
    """Return the supporter whom one of the addresses names; None if none does."""
    name, _, domain = drop.casefold().rpartition("@")
    for address in addresses:
        local, _, host = address.strip().casefold().rpartition("@")
        token = local.removeprefix(f"{name}+")
        number = token.partition("-")[0]
        if token == local or host != domain or not number.isdecimal():
            continue
        if len(number) < 10 and hmac.compare_digest(
            _token(key, int(number)).encode(), token.encode()
        ):
            return int(number)
    return None


def is_drop(address: str, drop: str) -> bool:
    """Return whether an address is the drop mailbox's, with a token or without."""
    name, _, domain = drop.casefold().rpartition("@")
    local, _, host = address.strip().casefold().rpartition("@")
    return host == domain and local.partition("+")[0] == name if drop else False


def _token(key: bytes, supporter_id: int) -> str:
    mark = keyed_hash(key, "drop", str(supporter_id))[:_HASH_LENGTH]
    return f"{supporter_id}-{mark}"
