"""Passwords as they are stored: Argon2id, with pwdlib's parameters.

One check takes 64 MiB and a noticeable part of a second: whoever serves many does them
one at a time (dashboard/hashing.py).
"""

from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from tracker.rules.passwords import normal_password

_HASHER = PasswordHash.recommended()


def hash_password(password: str) -> str:
    """Return the salted hash of a password that was checked (rules/passwords.py)."""
    return _HASHER.hash(password)


def is_password(text: str, stored: str | None) -> bool:
    """Return whether `text` is the password; with None (nobody) it takes as long."""
    password = normal_password(text)
    try:
        is_right = _HASHER.verify(password, stored or _nobodys())
    except UnknownHashError:
        return False
    return is_right and stored is not None


def prepare() -> None:
    """Make what is compared for nobody, so that the first answer takes no longer."""
    _nobodys()


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody's password, which nobody knows")
