"""The query of a request, read as forgivingly as the real services read theirs.

Owns names without regard to case and numbers that fall back; unknown names are ignored
simply because nobody asks for them.
"""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar
from urllib.parse import parse_qsl

_T = TypeVar("_T")


class Query:
    """Query parameters by name, case aside; repeated names are lists."""

    def __init__(self, text: str) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in parse_qsl(text):
            self._values.setdefault(name.lower(), []).append(value)

    def all(self, name: str) -> list[str]:
        return self._values.get(name.lower(), [])

    def text(self, name: str) -> str | None:
        found = self.all(name)
        return found[-1] if found else None

    def number(self, name: str) -> int | None:
        """Return a whole number; None when absent or not one."""
        return _whole(self.text(name))

    def numbers(self, name: str) -> list[int]:
        return [n for n in map(_whole, self.all(name)) if n is not None]

    def day(self, name: str) -> date | None:
        """Return the date a value starts with; None when absent or none."""
        return day_of(self.text(name))

    def flag(self, name: str) -> bool | None:
        return {"true": True, "false": False}.get((self.text(name) or "").lower())

    def page(self, *, prefix: str = "", default: int, most: int) -> tuple[int, int]:
        """Return (skip, take), take cut to `most`."""
        skip = max(0, self.number(f"{prefix}skip") or 0)
        take = self.number(f"{prefix}take")
        return skip, min(most, default if take is None or take < 0 else take)


def day_of(text: str | None) -> date | None:
    """Return the date that an ISO date or date-time starts with, else None."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def contains(haystack: str, needle: str | None) -> bool:
    """Return whether the name holds the text, case aside; no text is in every name."""
    return (needle or "").casefold() in haystack.casefold()


def paged(items: Iterable[_T], skip: int, take: int) -> list[_T]:
    return list(items)[skip : skip + take]


def _whole(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return None
