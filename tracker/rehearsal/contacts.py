"""Contact blocks of invented people, in the Members API's words.

Every phone number is one that Ofcom keeps for drama (020 7946 0xxx, 01632 960xxx), and
every address ends in `.example`, so that nothing written in a rehearsal can arrive.
"""

import unicodedata

from tracker.rehearsal.names import InventedName
from tracker.rehearsal.people import ContactBlock

DOMAIN = "parliament.example"


def plain_letters(text: str) -> str:
    """Return `text` in lower-case ASCII letters, as an address would spell it."""
    spread = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L"))
    return "".join(c for c in spread if c.isascii() and c.isalpha()).lower()


def contact_blocks(
    index: int, name: InventedName, seat_name: str
) -> tuple[ContactBlock, ...]:
    """Return the contact blocks of the `index`-th person of a House (counted from 0).

    Two in a hundred have no email at all; now and then the address of Parliament's form
    is filed under the constituency office (index 7, 107, …), as some offices do it.
    """
    given, family = plain_letters(name.given), plain_letters(name.family)
    address = f"{given}.{family}.{index}.mp@{DOMAIN}"
    is_misfiled, has_none = index % 100 == 7, index % 50 == 33
    office = None if is_misfiled or has_none else address
    local = address if is_misfiled else f"office@{given}{family}{index}.example"
    blocks = [
        _block("Parliamentary office", 1, "House of Commons", "London", "SW1A 0AA",
               phone=f"020 7946 0{index % 1000:03d}", email=office),
        _block("Constituency office", 4, f"1 Rehearsal Street, {seat_name}", None, None,
               phone=f"01632 960{index % 1000:03d}", email=None if has_none else local),
        _block("Website", 6, f"https://{given}{family}.example/"),
        _block("X (formerly Twitter)", 7, f"https://x.example/{given}_{family}"),
    ]  # fmt: skip
    if index % 5 == 3:
        del blocks[1]
    return tuple(blocks)


def _block(
    kind: str,
    kind_id: int,
    line1: str,
    line2: str | None = None,
    postcode: str | None = None,
    *,
    phone: str | None = None,
    email: str | None = None,
) -> ContactBlock:
    """Absent lines are left out, not null; the first six keys are always there."""
    always = {
        "type": kind,
        "typeDescription": None,
        "typeId": kind_id,
        "isPreferred": False,
        "isWebAddress": kind_id >= 6,
        "notes": None,
        "line1": line1,
    }
    maybe = {"line2": line2, "postcode": postcode, "phone": phone, "email": email}
    return always | {key: value for key, value in maybe.items() if value is not None}
