"""How a Member can be reached: the answer of Members/{id}/Contact.

Owns which of its entries are an email, a phone, a web page, a postal address. Whether
an address belongs to one Member only is not known here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tracker.parliament.decode import decode_json
from tracker.parliament.fields import (
    Fields,
    list_of,
    object_of,
    required,
    text_or_none,
    web_address_or_none,
)

ContactKind = Literal["email", "phone", "website", "address"]
_LINES = ("line1", "line2", "line3", "line4", "line5", "postcode")


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """One way to reach a Member, with Parliament's label ("Constituency office").

    Labels are not to be relied on: some offices file the @parliament.uk address under
    "Constituency office" [client].
    """

    kind: ContactKind
    label: str
    value: str


def parse_contacts(body: bytes) -> tuple[ContactRecord, ...]:
    """Return every email, phone, web page and postal address, each once per label.

    Absent lines are left out of the answer, not null [recorded]. Only http and https
    addresses are web pages; an address is at least two of its lines.
    """
    answer = object_of(decode_json(body), "the answer")
    entries = list_of(required(answer, "value", "the answer"), "value of the answer")
    found: dict[ContactRecord, None] = {}
    for position, entry in enumerate(entries, start=1):
        fields = object_of(entry, f"entry {position}")
        found.update(dict.fromkeys(_records(fields)))
    return tuple(found)


def _records(fields: Fields) -> Iterator[ContactRecord]:
    label = _line(fields, "type") or "Contact"
    for email in _emails(fields):
        yield ContactRecord("email", label, email)
    if phone := _line(fields, "phone"):
        yield ContactRecord("phone", label, phone)
    if fields.get("isWebAddress") is True:
        if page := web_address_or_none(fields.get("line1")):
            yield ContactRecord("website", label, page)
        return
    lines = [line for name in _LINES if (line := _line(fields, name))]
    if len(lines) > 1:
        yield ContactRecord("address", label, ", ".join(lines))


def _emails(fields: Fields) -> list[str]:
    """Return the addresses of `email`, which offices fill with more than one."""
    written = (_line(fields, "email") or "").replace(";", " ").replace(",", " ")
    return [word for word in written.split() if "@" in word]


def _line(fields: Fields, name: str) -> str | None:
    text = text_or_none(fields.get(name))
    return " ".join(text.split()).strip(" ,") or None if text else None
