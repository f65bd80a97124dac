"""Where to go after signing in: an address of ours, or the board. Pure (checks.md W12)."""

import re
from typing import Final

HOME: Final = "/staff"
LONGEST_PATH: Final = 1000
_OWN = re.compile(r"/(?![/\\])[!#-\[\]-~]*")
"""One slash, then no second one, no backslash, no quote, no blank, nothing unprintable."""


def own_path(asked: str | None) -> str:
    """Return `asked` if it can only be a path of this site, else the board's."""
    if asked and len(asked) <= LONGEST_PATH and _OWN.fullmatch(asked):
        return asked
    return HOME
