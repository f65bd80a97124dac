"""Postcodes as people type them, and what can be said of one. Pure.

Owns which texts are UK postcodes and which of those have no MP. Which seat a postcode is
in is a table or an answer of Parliament's, not decided here.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_SHAPE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")
_CROWN_DEPENDENCIES = {"JE": "Jersey", "GY": "Guernsey", "IM": "the Isle of Man"}
_FORCES = "BF"


class PostcodeError(ValueError):
    """A text that is no postcode; its own text is one sentence for whoever typed it."""


class LookupKind(StrEnum):
    """What a look-up found."""

    FOUND = "found"
    UNKNOWN = "unknown"
    TERMINATED = "terminated"
    NO_MP = "no_mp"
    SEVERAL = "several"
    OTHER_HOUSE = "other_house"
    CANNOT_NOW = "cannot_now"


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """What is known of a postcode. `postcode` is as it is written, "SW1A 1AA".

    `ons_code` and `constituency` are set when it was found, also for one that is no
    longer in use; `reason` is the sentence for people otherwise.
    """

    kind: LookupKind
    postcode: str
    ons_code: str | None = None
    constituency: str | None = None
    reason: str | None = None

    @property
    def has_seat(self) -> bool:
        """Whether a seat was found."""
        return self.ons_code is not None


def compact_postcode(text: str) -> str:
    """Return a postcode in capitals without its space, "SW1A1AA".

    Raises PostcodeError for anything that is not of a postcode's shape: spaces and case
    do not matter, the letters O and I are not taken for digits.
    """
    compact = re.sub(r"[\s.\-]", "", text).upper()
    if not compact:
        raise PostcodeError("Type your postcode, such as SW1A 1AA.")
    if not _SHAPE.fullmatch(compact):
        raise PostcodeError(
            "That is not a full UK postcode; one looks like SW1A 1AA or M1 1AE."
        )
    return compact


def written_postcode(compact: str) -> str:
    """Return a compact postcode with its space, as it is written."""
    return f"{compact[:-3]} {compact[-3:]}"


def place_without_mp(compact: str) -> PlaceFound | None:
    """Return the answer for a postcode that has no MP by its letters, or None."""
    area = re.match(r"[A-Z]+", compact)
    letters = area[0] if area else ""
    written = written_postcode(compact)
    if letters in _CROWN_DEPENDENCIES:
        name = _CROWN_DEPENDENCIES[letters]
        return PlaceFound(
            LookupKind.NO_MP,
            written,
            reason=f"{written} is in {name}, which sends no MP to Westminster.",
        )
    if letters == _FORCES:
        return PlaceFound(
            LookupKind.NO_MP,
            written,
            reason=(
                f"{written} is a forces address (BFPO): your MP is that of the home"
                " address you are registered to vote at."
            ),
        )
    return None


def other_house(compact: str, boundaries: str, last_on: date | None) -> PlaceFound:
    """Return the answer for a motion whose House had other boundaries than the table."""
    ended = f" It closed on {last_on.day} {last_on:%B %Y}." if last_on else ""
    return PlaceFound(
        LookupKind.OTHER_HOUSE,
        written_postcode(compact),
        reason=(
            f"This motion was before a House of other constituencies (those of"
            f" {boundaries}), so a postcode of today does not name its MP.{ended}"
        ),
    )
