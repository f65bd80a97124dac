"""The parties of the invented House and how its seats fall to them.

Owns real party names, ids and colours (read off Parliament's recorded answers where
they had one) and plausible shares by nation; knows no person and no seat.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, repeat


@dataclass(frozen=True, slots=True)
class Party:
    """A party as the Members API shows it; colours are hex without `#`, or None."""

    party_id: int
    name: str
    abbreviation: str
    background: str | None
    foreground: str | None
    is_lords_main: bool = False
    government_type: int | None = None

    @property
    def is_independent(self) -> bool:
        return self.name == "Independent"


LABOUR = Party(15, "Labour", "Lab", "d50000", "ffffff", True, 0)
LABOUR_COOP = Party(35, "Labour (Co-op)", "Lab (Co-op)", "d50000", "ffffff", False, 0)
CONSERVATIVE = Party(4, "Conservative", "Con", "0063ba", "ffffff", True, 3)
LIBERAL_DEMOCRAT = Party(17, "Liberal Democrat", "LD", "faa01a", "FFFFFF", True)
SNP = Party(29, "Scottish National Party", "SNP", "fff685", "000000")
SINN_FEIN = Party(30, "Sinn Féin", "SF", "02665f", "FFFFFF")
PLAID_CYMRU = Party(22, "Plaid Cymru", "PC", "348837", "ffffff")
DUP = Party(7, "Democratic Unionist Party", "DUP", "d46a4c", "FFFFFF")
SDLP = Party(31, "Social Democratic & Labour Party", "SDLP", "4ea268", "FFFFFF")
ALLIANCE = Party(1, "Alliance", "APNI", "cdaf2d", "FFFFFF")
UUP = Party(38, "Ulster Unionist Party", "UUP", "a1cdf0", "FFFFFF")
GREEN = Party(44, "Green Party", "Green", "78b82a", "FFFFFF")
REFORM = Party(1036, "Reform UK", "RUK", "12b6cf", "ffffff")
UKIP = Party(39, "UK Independence Party", "UKIP", "6d3177", "ffffff")
INDEPENDENT = Party(8, "Independent", "Ind", "909090", "FFFFFF")
SPEAKER = Party(47, "Speaker", "Spk", None, None)

PARTIES = (
    LABOUR, LABOUR_COOP, CONSERVATIVE, LIBERAL_DEMOCRAT, SNP, SINN_FEIN, PLAID_CYMRU,
    DUP, SDLP, ALLIANCE, UUP, GREEN, REFORM, UKIP, INDEPENDENT, SPEAKER,
)  # fmt: skip

Shares = Mapping[Party, float]

_NORTHERN_IRELAND: Shares = {
    SINN_FEIN: 7, DUP: 5, SDLP: 2, ALLIANCE: 2, UUP: 1, INDEPENDENT: 1,
}  # fmt: skip

# Percentages by the first letter of the seat's ONS code: England, Wales, Scotland.
SHARES: Mapping[str, Mapping[str, Shares]] = {
    "2024": {
        "E": {
            LABOUR: 56, LABOUR_COOP: 7, CONSERVATIVE: 21, LIBERAL_DEMOCRAT: 12,
            INDEPENDENT: 2, REFORM: 1.2, GREEN: 0.8,
        },
        "W": {LABOUR: 74, LABOUR_COOP: 10, PLAID_CYMRU: 13, LIBERAL_DEMOCRAT: 3},
        "S": {LABOUR: 58, LABOUR_COOP: 6, SNP: 18, LIBERAL_DEMOCRAT: 10, CONSERVATIVE: 8},
        "N": _NORTHERN_IRELAND,
    },
    "2010": {
        "E": {
            CONSERVATIVE: 55, LABOUR: 31, LABOUR_COOP: 4, LIBERAL_DEMOCRAT: 9,
            UKIP: 0.5, GREEN: 0.3, INDEPENDENT: 0.2,
        },
        "W": {LABOUR: 60, LABOUR_COOP: 5, CONSERVATIVE: 20, PLAID_CYMRU: 8, LIBERAL_DEMOCRAT: 7},
        "S": {LABOUR: 64, LABOUR_COOP: 6, LIBERAL_DEMOCRAT: 18, SNP: 10, CONSERVATIVE: 2},
        "N": _NORTHERN_IRELAND,
    },
}  # fmt: skip


def allotted(shares: Shares, seat_count: int) -> list[Party]:
    """Return `seat_count` parties in the given shares, by largest remainder."""
    whole = sum(shares.values())
    exact = {party: seat_count * share / whole for party, share in shares.items()}
    counts = {party: int(value) for party, value in exact.items()}
    by_remainder = sorted(exact, key=lambda party: counts[party] - exact[party])
    for party in by_remainder[: seat_count - sum(counts.values())]:
        counts[party] += 1
    return list(chain.from_iterable(repeat(p, n) for p, n in counts.items()))
