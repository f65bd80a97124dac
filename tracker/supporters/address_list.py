"""The addresses in headers or a cell, whatever somebody wrote there. Pure.

The only caller of the library's reader, which goes down a level of Python for each
bracket in a bracket and each group in a group, and so can be made to fall.
"""

from collections.abc import Iterable
from email.utils import getaddresses


def named_addresses(values: Iterable[str]) -> list[tuple[str, str]]:
    """Return the (name, address) pairs, either of them perhaps "".

    Nobody is named where hundreds of brackets are open at once.
    """
    try:
        return getaddresses(list(values))
    except RecursionError:
        return []
