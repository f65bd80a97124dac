"""Postcodes as people type them, and what can be said of one. Pure.

Owns which texts are UK postcodes and which of those have no MP. Which seat a postcode is
in is a table or an answer of Parliament's, not decided here.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_SHAPE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
_OUTSIDE = {
    "JE": "Jersey",
    "GY": "Guernsey",
    "IM": "the Isle of Man",
    "GX": "Gibraltar",
}
_FORCES = "BF"
_BFPO = re.compile(r"BFPO[0-9]{0,4}")
_HOME = "your MP is that of the home address at which you are registered to vote"


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
    if _BFPO.fullmatch(compact):
        raise PostcodeError(f"A BFPO number names no constituency: {_HOME}.")
    if not is_compact_postcode(compact):
        raise PostcodeError(
            "That is not a full UK postcode; one looks like SW1A 1AA or M1 1AE."
        )
    return compact


def is_compact_postcode(text: str) -> bool:
    """Return whether a text is of a postcode's shape, in capitals, without its space."""
    return _SHAPE.fullmatch(text) is not None


def written_postcode(compact: str) -> str:
    """Return a compact postcode with its space, as it is written."""
    return f"{compact[:-3]} {compact[-3:]}"


def place_without_mp(compact: str) -> PlaceFound | None:
    """Return the answer for a postcode that has no MP by its letters, or None."""
    area = re.match(r"[A-Z]+", compact)
    letters = area[0] if area else ""
    written = written_postcode(compact)
    if letters in _OUTSIDE:
        name = _OUTSIDE[letters]
        return PlaceFound(
            LookupKind.NO_MP,
            written,
            reason=f"{written} is in {name}, which sends no MP to Westminster.",
        )
    if letters == _FORCES:
        return PlaceFound(
            LookupKind.NO_MP,
            written,
            reason=f"{written} is a forces address (BFPO): {_HOME}.",
        )
    return None


def place_in_table(
    compact: str, ons_code: str, constituency: str | None, *, is_terminated: bool
) -> PlaceFound:
    """Return the answer for a postcode that the loaded table has in this seat."""
    written = written_postcode(compact)
    if not is_terminated:
        return PlaceFound(LookupKind.FOUND, written, ons_code, constituency)
    where = f"it was in {constituency}" if constituency else "its seat is known"
    return PlaceFound(
        LookupKind.TERMINATED,
        written,
        ons_code,
        constituency,
        reason=f"{written} is no longer in use; {where}.",
    )


def unknown_place(compact: str) -> PlaceFound:
    """Return the answer for a postcode that is in no list."""
    written = written_postcode(compact)
    return PlaceFound(
        LookupKind.UNKNOWN,
        written,
        reason=f"{written} is not known: check it, or choose your MP from the list.",
    )


def several_places(compact: str, names: str | None) -> PlaceFound:
    """Return the answer for a postcode that two constituencies share; nothing is guessed."""
    written = written_postcode(compact)
    which = f" ({names})" if names else ""
    return PlaceFound(
        LookupKind.SEVERAL,
        written,
        reason=(
            f"{written} is in more than one constituency{which}: choose your MP from the"
            " list."
        ),
    )


def cannot_look_up(compact: str) -> PlaceFound:
    """Return the answer while nobody can be asked."""
    return PlaceFound(
        LookupKind.CANNOT_NOW,
        written_postcode(compact),
        reason=(
            "Postcodes can't be looked up at the moment: try again in a few minutes, or"
            " choose your MP from the list."
        ),
    )


def other_house(
    compact: str, boundaries: str, last_on: date | None, *, table: str | None = None
) -> PlaceFound:
    """Return the answer for a motion whose House had other boundaries than the table.

    `boundaries` are the House's; `table` those of the table that is loaded, None if it is
    Parliament that could be asked, which knows today's only. `last_on` is the motion's
    last day if it is over.
    """
    known = f"the postcodes known here are of those of {table}" if table else None
    known = known or "a postcode of today does not name its MP"
    ended = f" It closed on {last_on.day} {last_on:%B %Y}." if last_on else ""
    return PlaceFound(
        LookupKind.OTHER_HOUSE,
        written_postcode(compact),
        reason=(
            f"This motion is before the House of the constituencies of {boundaries}, and"
            f" {known}.{ended}"
        ),
    )
