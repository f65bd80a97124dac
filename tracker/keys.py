"""The installation's secret key, and the keyed hashes by which people are found again.

The key is `web.secret_key` if that is given, else made once and kept in a file that only
its owner can read: beside an SQLite database, or in `data/` beside config.toml. Whoever
loses it loses the way from an address to its person: it belongs into a backup. Several
machines on one PostgreSQL need the same one, given as TRACKER__WEB__SECRET_KEY.
"""

import hmac
import os
import secrets
import unicodedata
from binascii import b2a_base64
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from tracker.config import Settings
from tracker.operations.files import beside, put_in_place

EMAIL = "email"
"""The purpose of a hash of a person's normalised address."""

_KEY_BYTES = 32
_HASH_LENGTH = 32
"""Hex digits that are kept: 128 bits."""
_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_URLSAFE = bytes.maketrans(b"+/", b"-_")


class KeyFileError(OSError):
    """The secret key can neither be read nor made; the text is one sentence."""


def secret_key(settings: Settings) -> bytes:
    """Return the key, making and keeping it if there is none yet (mode 0600).

    Two processes that start together get the same one. KeyFileError where no file can
    be kept.
    """
    given = settings.web.secret_key
    if given is not None:
        return given.get_secret_value().encode()
    path = key_path(settings)
    try:
        if not path.exists():
            _make(path)
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(
            f"the secret key cannot be kept in {path} ({error}): give one as"
            " TRACKER__WEB__SECRET_KEY"
        ) from error
    if not key:
        raise KeyFileError(
            f"the secret key's file {path} is empty: put it back from a backup, or give"
            " the key as TRACKER__WEB__SECRET_KEY"
        )
    return key.encode()


def key_path(settings: Settings) -> Path:
    """Return the file that holds the key where none is given in the environment."""
    database = settings.sqlite_path
    if database is not None:
        return database.with_name(f"{database.name}.secret")
    return settings.source_folder / "data" / "tracker.secret"


def keyed_hash(key: bytes, purpose: str, text: str) -> str:
    """Return 32 hex digits that stand for `text`; nobody without the key can find it.

    The same text has unrelated hashes for two purposes.
    """
    digest = hmac.digest(key, f"{purpose}:{text}".encode("utf-8", "replace"), "sha256")
    return digest.hex()[:_HASH_LENGTH]


def email_key(key: bytes, address: str) -> str:
    """Return what a person is found by: a keyed hash of their normalised address."""
    return short_hash(key, EMAIL, normal_address(address))


def short_hash(key: bytes, purpose: str, text: str) -> str:
    """Return a keyed hash in 16 characters: 96 bits still tell all people apart.

    For the keys of the largest tables, whose indexes decide how quick an import is.
    """
    return short_hasher(key, purpose)(text)


def short_hasher(key: bytes, purpose: str) -> Callable[[str], str]:
    """Return what makes the `short_hash` of many texts: the key is worked in once.

    That is HMAC as RFC 2104 has it, in two fifths of the time of `hmac.digest`.
    """
    block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner = sha256(block.translate(_INNER) + f"{purpose}:".encode("utf-8", "replace"))
    outer = sha256(block.translate(_OUTER))

    def hashed(text: str) -> str:
        first, second = inner.copy(), outer.copy()
        first.update(text.encode("utf-8", "replace"))
        second.update(first.digest())
        return (
            b2a_base64(second.digest()[:12], newline=False).translate(_URLSAFE).decode()
        )

    return hashed


def normal_address(address: str) -> str:
    """Return an address as addresses are compared: NFC, without space around, lower case."""
    text = address if address.isascii() else unicodedata.normalize("NFC", address)
    return text.strip().lower()


def new_refs(at: datetime, count: int) -> list[str]:
    """Return that many opaque references to supporters, ascending, none given before.

    They begin with the time, to the millisecond. Rows that are written in their order,
    with a new time for each batch, let a database's index grow at its end only.
    """
    begin = f"{int(at.timestamp() * 1000):012x}"
    noise = os.urandom(10 * count).hex()
    return sorted([begin + noise[i : i + 20] for i in range(0, 20 * count, 20)])


def new_api_token() -> str:
    """Return a token for another program, which nobody can guess: 256 random bits.

    It begins so that one that got into a file or a log can be found.
    """
    return f"edm_{secrets.token_urlsafe(_KEY_BYTES)}"


def new_calendar_key() -> str:
    """Return what nobody can guess of a calendar's address: 256 random bits."""
    return f"cal_{secrets.token_urlsafe(_KEY_BYTES)}"


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with beside(path) as part:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        descriptor = os.open(part, flags, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_KEY_BYTES) + "\n")
        # Another process was quicker: its key is the one.
        with suppress(FileExistsError):
            put_in_place(part, path)
