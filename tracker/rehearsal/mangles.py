"""Changes to the bytes of a good answer: JSON that is not quite JSON.

Owns functions from body to body, for `faults.Mangled` (checks.md 1.1 U22-U24). Each
leaves the rest of the answer right, so that only a strict reader notices.
"""

import re

_NUMBER = re.compile(rb":\d+(?=[,}\]])")
_TEXT = re.compile(rb'":"(?=\w)')
_FIRST_KEY = re.compile(rb'^\{("\w+"):')


def not_a_number(body: bytes) -> bytes:
    """U22: the last number (`SponsorsCount`) is NaN."""
    return _with_last_number(body, b"NaN")


def long_number(body: bytes) -> bytes:
    """U22: the last number has 5,000 digits."""
    return _with_last_number(body, b"7" * 5_000)


def deep_nesting(body: bytes) -> bytes:
    """U22: 100,000 lists within each other, in a field of their own."""
    nest = b"[" * 100_000 + b"]" * 100_000
    return body[:-1] + b',"Nest":' + nest + b"}"


def unclosed_nesting(body: bytes) -> bytes:
    """U22: 100,000 times `[` and nothing else, whatever the body was."""
    return b"[" * (100_000 if body else 0)


def duplicate_key(body: bytes) -> bytes:
    """U23: the first key twice."""
    return _FIRST_KEY.sub(rb"{\1:null,\1:", body, count=1)


def lone_surrogate(body: bytes) -> bytes:
    """U23: half of a surrogate pair at the start of the first text."""
    return _TEXT.sub(rb'":"\\ud800', body, count=1)


def with_bom(body: bytes) -> bytes:
    """U24: a byte order mark in front."""
    return b"\xef\xbb\xbf" + body


def as_latin1(body: bytes) -> bytes:
    """U24: Latin-1, with at least one letter that is not ASCII."""
    accented = _TEXT.sub('":"é'.encode(), body, count=1)
    return accented.decode().encode("latin-1", errors="replace")


def _with_last_number(body: bytes, number: bytes) -> bytes:
    *_, last = _NUMBER.finditer(body)
    return body[: last.start()] + b":" + number + body[last.end() :]
