"""Parliament's bytes as believed values: strict JSON, the content type, moments.

Owns what makes an answer unbelievable before anybody asks what it is about
(checks.md U4, U22-U24). What an object of an answer must hold is in `fields.py`.
"""

import json
import math
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import NoReturn

from tracker.clock import LONDON

_LONGEST_NUMBER = 64
_BOM = b"\xef\xbb\xbf"
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89abABcdefCDEF]")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?"
    r"(Z|z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


class AnswerError(Exception):
    """An answer that can't be believed.

    Its text is one plain clause for staff, without a capital or a full stop, made to
    stand after "motion 718: ". It never holds the body.
    """


def check_content_type(value: str | None) -> None:
    """Return if `value` (a Content-Type header) is application/json, else AnswerError.

    Parameters such as a charset are allowed: the bytes themselves must be UTF-8.
    """
    _check_type(value, ("application/json",))


def check_picture_type(value: str | None) -> None:
    """Return if `value` is the type of a picture that is taken, else AnswerError."""
    _check_type(value, ("image/jpeg", "image/png"))


def _check_type(value: str | None, right: tuple[str, ...]) -> None:
    wanted = " or ".join(right)
    if value is None:
        raise AnswerError(f"the answer does not say its type, {wanted} is right")
    essence = value.partition(";")[0].strip().lower()
    if essence not in right:
        shown = cleaned(essence, limit=60) or "nothing"
        raise AnswerError(f"the answer is {shown}, {wanted} is right")


def decode_json(body: bytes) -> object:
    """Return the value that `body` holds, read more strictly than `json` reads.

    Refused, each with its own reason: no body, a byte order mark, bytes that are not
    UTF-8, NaN and infinities, the same key twice, half of a surrogate pair, numbers of
    more than 64 characters or beyond a double, nesting too deep to follow.
    """
    text = _decoded(body)
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_object_without_repeats,
            parse_constant=_refuse_constant,
            parse_int=_int_of,
            parse_float=_float_of,
        )
    except json.JSONDecodeError as exc:
        place = f"line {exc.lineno}, column {exc.colno}"
        raise AnswerError(f"the answer is not JSON ({place}: {exc.msg})") from exc
    except RecursionError as exc:
        raise AnswerError("the answer is JSON nested too deeply to read") from exc
    if _SURROGATE_ESCAPE.search(text):
        _refuse_lone_surrogates(value)
    return value


def parse_moment(value: object) -> datetime | None:
    """Return the aware UTC time that `value` names; None for null.

    Without a zone it is Europe/London [recorded, parliament/README.md 2]; of the hour
    that comes twice in October the first is meant (fold 0), and the hour that March
    leaves out is read as if it were still winter time. A zone that is given is obeyed.
    Up to nine digits of fraction are cut to microseconds, second 60 is the next second,
    a date alone is its midnight, .NET's 0001-01-01 is None.
    Anything else, the empty string included, is a ValueError.
    """
    if value is None:
        return None
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("not a date and time")
    if match[0].startswith("0001-01-01"):
        return None
    try:
        return _as_utc(_local(match), match[8])
    except ValueError as exc:  # a month 13, an hour 24, a zone of 99 hours
        raise ValueError("not a date and time") from exc
    except OverflowError:  # past the last moment of 9999: .NET's "never"
        return datetime.max.replace(tzinfo=UTC)


def cleaned(text: str, *, limit: int) -> str:
    """Return `text` fit for a sentence: one line, no control characters, cut at `limit`."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _decoded(body: bytes) -> str:
    if not body.strip():
        raise AnswerError("the answer is empty")
    if body.startswith(_BOM):
        raise AnswerError(
            "the answer starts with a byte order mark, plain UTF-8 is right"
        )
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise AnswerError(f"the answer is not UTF-8 (byte {exc.start + 1})") from exc


def _object_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            break
        seen.add(key)
    shown = f"the key {key}" if _PLAIN_KEY.fullmatch(key) else "a key"
    raise AnswerError(f"the answer holds {shown} twice in one object")


def _refuse_constant(name: str) -> NoReturn:
    raise AnswerError(f"the answer holds {name}, which JSON does not know")


def _int_of(digits: str) -> int:
    return int(_checked_length(digits))


def _float_of(digits: str) -> float:
    number = float(_checked_length(digits))
    if math.isinf(number):
        raise AnswerError("the answer holds a number too large to read")
    return number


def _checked_length(digits: str) -> str:
    if len(digits) > _LONGEST_NUMBER:
        raise AnswerError(f"the answer holds a number of {len(digits)} characters")
    return digits


def _refuse_lone_surrogates(value: object) -> None:
    waiting = [value]
    while waiting:  # no recursion: the answer decides how deep this goes
        item = waiting.pop()
        if isinstance(item, str):
            _refuse_unwritable(item)
        elif isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _refuse_unwritable(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise AnswerError("the answer holds half of a surrogate pair") from exc


def _local(match: re.Match[str]) -> datetime:
    """Return the naive time; a date that no calendar has is a ValueError."""
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    hour, minute = int(match[4] or 0), int(match[5] or 0)
    second = int(match[6] or 0)
    microsecond = int((match[7] or "0").ljust(6, "0")[:6])
    is_leap = second == 60
    naive = datetime(  # noqa: DTZ001 - the zone is decided by the caller
        year, month, day, hour, minute, 59 if is_leap else second, microsecond
    )
    return naive + timedelta(seconds=1) if is_leap else naive


def _as_utc(naive: datetime, zone: str | None) -> datetime:
    aware = naive.replace(tzinfo=_zone_of(zone) if zone else LONDON, fold=0)
    return aware.astimezone(UTC)


def _zone_of(text: str) -> timezone:
    if text in "Zz":
        return UTC
    minutes = int(text[-2:])
    if minutes > 59:
        raise ValueError("not a time zone")
    offset = timedelta(hours=int(text[1:3]), minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)
