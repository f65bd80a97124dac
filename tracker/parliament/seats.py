"""The 650 seats of the boundaries of 2010 and of 2024, found by their names.

Owns when two names are the same name, and the names of regions. Who holds a seat is not
known here. The tables and their licence: `tracker/data/README.md`.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

Boundaries = Literal["2010", "2024"]

# The recorded Biography ends constituencies on 2024-05-30 and starts them on 2024-05-31.
_NEW_BOUNDARIES_ON = date(2024, 5, 31)
_APOSTROPHES = re.compile("['`´‘’ʼ]")  # noqa: RUF001 - all that people type
_NOT_A_WORD = re.compile(r"[^\w&]+|_+")
_REGIONS = {
    ("E12000001", "NE"): "North East",
    ("E12000002", "NW"): "North West",
    ("E12000003", "YH"): "Yorkshire and The Humber",
    ("E12000004", "EM"): "East Midlands",
    ("E12000005", "WM"): "West Midlands",
    ("E12000006", "EA"): "East of England",
    ("E12000007", "LO"): "London",
    ("E12000008", "SE"): "South East",
    ("E12000009", "SW"): "South West",
    ("N92000002", "NI"): "Northern Ireland",
    ("S92000003", "SC"): "Scotland",
    ("W92000004", "WA"): "Wales",
}
_REGION_NAMES = {code: name for codes, name in _REGIONS.items() for code in codes}


@dataclass(frozen=True, slots=True)
class Seat:
    """A constituency; latitude and longitude are degrees of its middle (WGS 84).

    `region` is the code of its table: an ONS code in 2024, two letters in 2010.
    """

    ons_code: str
    constituency: str
    region: str
    latitude: float
    longitude: float
    boundaries: Boundaries


@lru_cache(maxsize=10_000)  # the same names, again and again: to sort and to find
def normal_name(name: str) -> str:
    """Return a name as names are compared (product.md 5c).

    Without case, accents and punctuation; "&" is "and", "Saint" is "St".
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    words = _NOT_A_WORD.sub(" ", _APOSTROPHES.sub("", letters)).replace("&", " and ")
    return " ".join("st" if word == "saint" else word for word in words.split())


def seat_named(name: str, boundaries: Boundaries) -> Seat | None:
    """Return the one seat with this name, None if none or more than one has it."""
    found = _by_name(boundaries).get(normal_name(name), ())
    return found[0] if len(found) == 1 else None


def seats_of(boundaries: Boundaries) -> tuple[Seat, ...]:
    """Return all 650 seats of these boundaries, in the order of the table."""
    return _table(boundaries)


def seat_with_code(ons_code: str) -> Seat | None:
    """Return the seat with this ONS code, of either boundaries.

    A code both have (a seat of 2010 left as it was) is the seat of 2024.
    """
    return _by_code().get(ons_code)


def boundaries_on(day: date) -> Boundaries:
    """Return the boundaries in force on `day`: those of 2024 from 31 May 2024 on.

    The day after the dissolution of the old House; first used on 4 July 2024.
    """
    return "2010" if day < _NEW_BOUNDARIES_ON else "2024"


def region_name(region: str) -> str:
    """Return the region's name for a code of either table, other codes as they are."""
    return _REGION_NAMES.get(region, region)


@cache
def _table(boundaries: Boundaries) -> tuple[Seat, ...]:
    name = f"seats-{boundaries}.csv"
    text = files("tracker").joinpath("data", name).read_text("utf-8")
    return tuple(
        Seat(
            ons_code=row["ons_code"],
            constituency=row["constituency"],
            region=row["region"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            boundaries=boundaries,
        )
        for row in csv.DictReader(text.splitlines())
    )


@cache
def _by_name(boundaries: Boundaries) -> dict[str, tuple[Seat, ...]]:
    found: dict[str, tuple[Seat, ...]] = {}
    for seat in _table(boundaries):
        key = normal_name(seat.constituency)
        found[key] = (*found.get(key, ()), seat)
    return found


@cache
def _by_code() -> dict[str, Seat]:
    return {s.ons_code: s for b in ("2010", "2024") for s in _table(b)}
