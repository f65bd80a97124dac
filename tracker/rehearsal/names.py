"""Names of invented people: pleasant, varied, and plainly made up.

Owns the pools and the order names are dealt in; the same seed deals the same names.
Surnames are made of plants and places that no real MP is called after.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass


def _pool(text: str) -> list[str]:
    return text.split()


_GIVEN = {
    "F": _pool(
        "Adaeze Agnes Amara Aoife Beatrix Branwen Calla Chidinma Clémence Dilys Effie "
        "Eilidh Elżbieta Farida Fenella Gwenllian Harriet Ifeoma Ines Jasvinder Jocasta "
        "Kezia Khadra Leocadia Lowri Maëlle Marigold Niamh Ngozi Odile Ottoline Parveen "
        "Perpetua Queenie Ramona Róisín Saoirse Seraphina Sunniva Tamsin Tirzah Unity "
        "Venetia Winifred Xanthe Yasmin Zainab Zoë"
    ),
    "M": _pool(
        "Abiodun Aneurin Ansel Barnaby Bartholomew Caradoc Cillian Cormac Cuthbert "
        "Dafydd Darius Declan Edmund Emeka Faisal Ferdinand Gethin Gulliver Hamish "
        "Harjit Horatio Idris Isambard Jago Jarek Kwabena Lachlan Leopold Llewelyn "
        "Magnus Montague Nathaniel Obadiah Olufemi Oswin Padraig Peregrine Quentin "
        "Rhodri Rufus Seán Septimus Tarquin Torquil Ulric Vikram Wilfred Ximon Yusuf "
        "Zachary"
    ),
}
_FIRST = _pool(
    "Alder Bracken Cinder Dapple Ember Fennel Gorse Heron Inkle Juniper Kestrel Larch "
    "Marrow Nettle Otter Pebble Quill Rushen Sorrel Thistle Umber Vetch Wimble Yarrow "
    "Zephyr"
)
_LAST = _pool(
    "bourne combe dale fold garth holme leigh mere nook quist rigg shaw stead thwaite wick"
)
_SPECIAL = (
    "Ní Bhrambleigh", "Ó Fearnmhaigh", "Môrwennol", "Käferthwaite", "Çinderoğlu",
    "Åkervetch", "Nguyễn-Larchmere", "de la Pebblecombe", "van der Gorsefold",
    "Łąkowska-Heronby", "Fitz-Umberleigh", "St. Quillwick", "Señorella-Dapplewick",
)  # fmt: skip

LONGEST_NAME = "Wilhelmina Anastasia Peregrina Featherstone-Brackenthwaite-Cinderholme of Upper Umberquist"
TWIN = ("Marigold", "Thistlecombe")


@dataclass(frozen=True, slots=True)
class InventedName:
    """A person's name in its parts; `title` may be empty, `gender` is "F" or "M"."""

    given: str
    family: str
    gender: str
    title: str = ""

    @property
    def display(self) -> str:
        return " ".join(part for part in (self.title, self.given, self.family) if part)

    @property
    def list_as(self) -> str:
        return f"{self.family}, {f'{self.title} {self.given}'.strip()}"


def named(display: str) -> InventedName:
    """Return a name from one line of text: the last word is the family name."""
    given, _, family = display.rpartition(" ")
    return InventedName(given or family, family if given else "", "F")


def invented_names(rng: random.Random) -> Iterator[InventedName]:
    """Return endless names, each pair of given and family name once."""
    seen: set[tuple[str, str]] = {TWIN}
    while True:
        gender = rng.choice("FFFMMMM")
        given, family = rng.choice(_GIVEN[gender]), _family(rng)
        if (given, family) in seen:
            continue
        seen.add((given, family))
        yield InventedName(given, family, gender, _title(rng, gender))


def national(name: InventedName, nation: str, rng: random.Random) -> InventedName:
    """Return the name, sometimes with the prefix at home in the seat's nation (S, N)."""
    prefix = {"S": "Mac", "N": "O'"}.get(nation)
    if prefix is None or " " in name.family or "-" in name.family or rng.random() > 0.4:
        return name
    return InventedName(name.given, prefix + name.family, name.gender, name.title)


def _family(rng: random.Random) -> str:
    if rng.random() < 0.03:
        return rng.choice(_SPECIAL)
    family = rng.choice(_FIRST) + rng.choice(_LAST)
    if rng.random() < 0.07:
        return f"{family}-{rng.choice(_FIRST)}{rng.choice(_LAST)}"
    return f"O'{family}" if rng.random() < 0.02 else family


def _title(rng: random.Random, gender: str) -> str:
    ordinary, honour = ("Ms", "Dame") if gender == "F" else ("Mr", "Sir")
    return rng.choices(("", ordinary, "Dr", honour), weights=(70, 20, 6, 4))[0]
