"""How alike the emails to one MP are: a meter for staff, never a reason to hold. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Likeness:
    """`email_count` emails, and the share of their words that others have too (0 to 1)."""

    email_count: int
    shared_share: float


def likeness(texts: Sequence[str]) -> Likeness:
    """Return how alike the texts are.

    A paragraph's words are shared if another text has the same paragraph (without regard
    to case and spacing). 0 for fewer than two texts; 1 when all are the same.
    """
    paragraphs = [_paragraphs(text) for text in texts]
    holders = Counter(part for parts in paragraphs for part in set(parts))
    words = shared = 0
    for parts in paragraphs:
        for part in parts:
            count = len(part.split())
            words += count
            shared += count if holders[part] > 1 else 0
    return Likeness(len(texts), shared / words if words else 0.0)


def _paragraphs(text: str) -> list[str]:
    joined = (" ".join(part.split()).casefold() for part in text.split("\n\n"))
    return [part for part in joined if part]
