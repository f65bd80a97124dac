"""Phone numbers as links to tap. Pure."""

import re
from dataclasses import dataclass
from datetime import date

from tracker.board.ways import Way


@dataclass(frozen=True, slots=True)
class Phone:
    """A number to tap."""

    label: str
    number: str
    href: str
    checked_on: date


def phone_of(way: Way) -> Phone:
    """Return a number that can be tapped; what is beside its digits is only shown."""
    digits = re.sub(r"[^0-9]", "", re.split(r"(?i)ext|x", way.value)[0])
    plus = "+" if way.value.strip().startswith("+") else ""
    return Phone(way.label, way.value, f"tel:{plus}{digits}", way.checked_on)


def phones_of(ways: tuple[Way, ...]) -> tuple[Phone, ...]:
    """Return the numbers, the constituency's first, since that is rung."""
    ordered = sorted(ways, key=lambda way: "onstituen" not in way.label)
    return tuple(phone_of(way) for way in ordered)
