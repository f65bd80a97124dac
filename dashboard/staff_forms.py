"""Forms as browsers send them: read once, bounded, and asked for by name.

Owns what a field may be; not what it means. Only urlencoded forms: nothing here takes a
file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from dashboard.problems import ProblemError
from tracker.config.fields import MAX_ID

MOST_FIELDS = 200
_KIND = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class SentForm:
    """The fields of a form; of a name that came twice the last."""

    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str, *, longest: int = 2000) -> str:
        """Return a field without blanks around it, "" if it was not sent.

        Line ends are one kind, other control characters are left out. ProblemError 422
        if it is longer than `longest` characters.
        """
        raw = self.values.get(name, "").replace("\r\n", "\n").strip()
        text = "".join(c for c in raw if c == "\n" or c.isprintable())
        if len(text) > longest:
            raise ProblemError(422, f"{name} takes at most {longest} characters.")
        return text

    def raw(self, name: str) -> str:
        """Return a field just as it came: a password."""
        return self.values.get(name, "")

    def ticked(self, name: str) -> bool:
        """Return whether a box was ticked."""
        return bool(self.values.get(name))

    def id(self, name: str) -> int:
        """Return a field that is an id; ProblemError 422 for anything else."""
        found = whole_number(self.text(name, longest=20))
        if found is None:
            raise ProblemError(422, f"{name} takes a whole number from 1.")
        return found

    def picked(self, prefix: str) -> list[int]:
        """Return the ids of ticked boxes whose names are `prefix` and an id, each once."""
        found = (
            whole_number(name.removeprefix(prefix))
            for name, value in self.values.items()
            if name.startswith(prefix) and value
        )
        return [one for one in dict.fromkeys(found) if one is not None]

    def day(self, name: str) -> date | None:
        """Return a field that is a day, None if it is empty; ProblemError 422 else."""
        text = self.text(name, longest=20)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise ProblemError(
                422, f"{name} takes a day such as 2026-11-24, or nothing."
            ) from None


def whole_number(text: str) -> int | None:
    """Return the id that a text is, None if it is none."""
    is_number = text.isascii() and text.isdigit() and len(text) <= 10
    return int(text) if is_number and 0 < int(text) <= MAX_ID else None


async def form_of(request: Request) -> SentForm:
    """Return the form that came with a request, an empty one if none did."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in ("GET", "HEAD") or kind != _KIND:
        return SentForm()
    try:
        body = (await request.body()).decode("utf-8")
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise ProblemError(400, "This form cannot be read.") from None
    return SentForm(dict(pairs))


FormDep = Annotated[SentForm, Depends(form_of)]
