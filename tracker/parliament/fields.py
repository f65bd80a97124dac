"""The fields of a decoded answer: required ones or an AnswerError, odd ones as None.

Owns how a value is told to be of the right kind, and the words for one that isn't.
Which fields an answer must have is said by the parser of that answer.
"""

from collections.abc import Mapping
from datetime import date, datetime
from urllib.parse import urlsplit

from tracker.clock import london_date
from tracker.parliament.decode import AnswerError, parse_moment

# What both databases hold in an INTEGER; Parliament's ids are at 2.3 million.
LARGEST_ID = 2**31 - 1
LONGEST_TEXT = 10_000

Fields = Mapping[str, object]


def kind_of(value: object) -> str:
    """Return what `value` is, in words that do not repeat it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return "a number"
    names = {str: "text", float: "a fraction", list: "a list", dict: "an object"}
    return names.get(type(value), "unreadable")


def object_of(value: object, what: str) -> Fields:
    """Return `value` if it is an object, else AnswerError about `what`."""
    if not isinstance(value, dict):
        raise AnswerError(f"{what} is {kind_of(value)}, an object is right")
    return value


def list_of(value: object, what: str) -> list[object]:
    """Return `value` if it is a list, else AnswerError about `what`."""
    if not isinstance(value, list):
        raise AnswerError(f"{what} is {kind_of(value)}, a list is right")
    return value


def required(fields: Fields, name: str, where: str) -> object:
    """Return the field `name`, null included; AnswerError if `where` has no such field."""
    if name not in fields:
        raise AnswerError(f"{where} has no {name}")
    return fields[name]


def required_list(fields: Fields, name: str, where: str) -> list[object]:
    """Return the list `name` of `where`, else AnswerError."""
    return list_of(required(fields, name, where), f"{name} of {where}")


def required_id(fields: Fields, name: str, where: str) -> int:
    """Return the whole positive number `name`, else AnswerError naming `where`."""
    value = required(fields, name, where)
    number = whole_or_none(value)
    if number is None or number < 1:
        raise AnswerError(
            f"{name} of {where} is {_kind_of_id(value)}, a whole positive number is right"
        )
    return number


def required_count(fields: Fields, name: str, where: str) -> int:
    """Return the whole number `name` (0 or more), else AnswerError naming `where`."""
    value = required(fields, name, where)
    number = whole_or_none(value)
    if number is None:
        raise AnswerError(
            f"{name} of {where} is {_kind_of_id(value)}, a whole number is right"
        )
    return number


def required_bool(fields: Fields, name: str, where: str) -> bool:
    """Return true or false as `name` says, else AnswerError naming `where`."""
    value = required(fields, name, where)
    if not isinstance(value, bool):
        raise AnswerError(
            f"{name} of {where} is {kind_of(value)}, true or false is right"
        )
    return value


def required_moment(fields: Fields, name: str, where: str) -> datetime | None:
    """Return the aware UTC time `name`, None for null; AnswerError if unreadable."""
    value = required(fields, name, where)
    try:
        return parse_moment(value)
    except ValueError as exc:
        raise AnswerError(
            f"{name} of {where} is not a date and time that can be read"
        ) from exc


def required_day(fields: Fields, name: str, where: str) -> date:
    """Return the London date `name`, else AnswerError (also when it is null)."""
    day = day_or_none(required(fields, name, where))
    if day is None:
        raise AnswerError(f"{name} of {where} is not a date that can be read")
    return day


def required_text(fields: Fields, name: str, where: str) -> str:
    """Return the text `name`, else AnswerError (also when it is blank)."""
    value = required(fields, name, where)
    text = text_or_none(value)
    if text is None or not text.strip():
        shown = "blank" if isinstance(value, str) else kind_of(value)
        raise AnswerError(f"{name} of {where} is {shown}, a text is right")
    return text


def whole_or_none(value: object) -> int | None:
    """Return `value` if it is a whole number from 0 to LARGEST_ID, else None."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= LARGEST_ID else None


def id_or_none(value: object) -> int | None:
    """Return `value` if it is a whole positive number, else None."""
    return whole_or_none(value) or None


def text_or_none(value: object) -> str | None:
    """Return `value` if it is text, as it came but for NULs and what is over 10,000
    characters (PostgreSQL takes no NUL), else None.
    """
    if not isinstance(value, str):
        return None
    return value.replace("\x00", "")[:LONGEST_TEXT]


def moment_or_none(value: object) -> datetime | None:
    """Return the aware UTC time, None also for what can't be read."""
    try:
        return parse_moment(value)
    except ValueError:
        return None


def day_or_none(value: object) -> date | None:
    """Return the London date of Parliament's midnights, None if there is none."""
    moment = moment_or_none(value)
    return None if moment is None else _london_day(moment)


def object_or_empty(value: object) -> Fields:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_or_empty(value: object, what: str) -> list[object]:
    """Return `value` if it is a list, an empty one for null, else AnswerError."""
    return [] if value is None else list_of(value, what)


def value_of(item: object, where: str) -> Fields:
    """Return the `value` of an item of the Members API, which are {value, links}."""
    fields = object_of(item, where)
    return object_of(required(fields, "value", where), f"value of {where}")


def house_or_none(value: object) -> int | None:
    """Return 1 for the Commons, 2 for the Lords, None for anything else."""
    number = id_or_none(value)
    return number if number in (1, 2) else None


def web_address_or_none(value: object) -> str | None:
    """Return `value` if it is an http or https address with a host, else None."""
    text = (text_or_none(value) or "").strip()
    if any(c.isspace() or not c.isprintable() for c in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.hostname else None


def _kind_of_id(value: object) -> str:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return "out of range" if is_number else kind_of(value)


def _london_day(moment: datetime) -> date | None:
    try:
        return london_date(moment)
    except OverflowError:
        return None
