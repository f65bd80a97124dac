"""What the staff board's address asks for: filters, search, order, an open row. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.staff_forms import whole_number

LONGEST_QUERY = 100
PARTS = {
    "due": "Call-backs due today",
    "yes": "Said yes, not signed yet",
    "new": "New since you last looked",
    "rest": "The rest",
}
"""The parts of the list in their order, with their headings."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the board's address asks for; blanks and unknown words ask for nothing.

    `log_id` is the Member whose row has its form open, for browsers without JavaScript.
    """

    motion: str
    query: str = ""
    party: str = ""
    part: str = ""
    order: str = "rank"
    page: int = 1
    log_id: int | None = None

    def kept(self, **changes: object) -> dict[str, str]:
        """Return the fields of the address with something changed; the page starts anew."""
        told = {
            "motion": self.motion,
            "q": self.query,
            "party": self.party,
            "show": self.part,
            "order": "" if self.order == "rank" else self.order,
            "page": "",
        } | changes
        return {name: str(value) for name, value in told.items() if value}

    def url(self, **changes: object) -> str:
        """Return the board's address with something changed."""
        kept = self.kept(**changes)
        return f"/staff?{urlencode(kept)}" if kept else "/staff"

    @property
    def here(self) -> str:
        """Return this very address, without an open row."""
        return self.url(page=self.page if self.page > 1 else "")

    def log_url(self, member_id: int) -> str:
        """Return this address with the form of one row open."""
        page = self.page if self.page > 1 else ""
        return f"{self.url(page=page, log=member_id)}#mp-{member_id}"


def asked_of(told: Mapping[str, str], *, motion: str) -> Asked:
    """Return what a query string asks for; what it can't mean asks for nothing."""
    part = told.get("show", "")
    return Asked(
        motion=motion,
        query=told.get("q", "").strip()[:LONGEST_QUERY],
        party=told.get("party", "")[:LONGEST_QUERY],
        part=part if part in PARTS else "",
        order="likely" if told.get("order") == "likely" else "rank",
        page=whole_number(told.get("page", "")) or 1,
        log_id=whole_number(told.get("log", "")),
    )
