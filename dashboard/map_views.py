"""The map of the 650 seats and the table behind it: which seat shows which status. Pure.

Owns the finding above the map, the legend's counts and what the table is narrowed to.
Where a cell lies is in `hexmap.py`, the word and mark of a status in `mp_views.py`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard import words
from dashboard.hexmap import HexCell, hex_cells
from dashboard.mp_views import member_path, shown_status
from tracker.board import MembersView, MemberView
from tracker.parliament.seats import Boundaries, normal_name, region_name, seat_named
from tracker.rules.eligibility import charted_party
from tracker.rules.status import NudgeStatus

CELL_WIDTH, ROW_HEIGHT, CELL_HEIGHT = 30, 26, 34
"""The drawing's units: whole numbers that keep the hexagons regular within 0.1%."""

LONGEST_SEAT = 100
_VACANT = "vacant"
_VACANT_WORDS = "Vacant"
_LEGEND = (
    NudgeStatus.SIGNED,
    NudgeStatus.NEEDS_NUDGE,
    NudgeStatus.WITHDREW,
    NudgeStatus.CHASED,
    NudgeStatus.WAITING,
    NudgeStatus.NOT_ASKED,
    NudgeStatus.CANNOT_SIGN,
    NudgeStatus.DECLINED,
)
_LEGEND_OF_A_RECORD = (
    NudgeStatus.SIGNED,
    NudgeStatus.WITHDREW,
    NudgeStatus.NOT_ASKED,
    NudgeStatus.CANNOT_SIGN,
    NudgeStatus.DECLINED,
)
STATUS_KEYS = {status.value: str(digit) for digit, status in enumerate(_LEGEND)} | {
    _VACANT: str(len(_LEGEND))
}
"""A status as one digit: how `live.js` is told of all seats at once."""


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One seat: its place on the map, and its MP; `status` is "vacant" without one."""

    constituency: str
    x: int
    y: int
    status: str
    status_words: str
    name: str | None
    party: str | None
    url: str | None

    @property
    def label(self) -> str:
        """Return what is said of the seat in one line; `map.js` takes it apart again."""
        who = f"{self.name}, " if self.name else ""
        return f"{self.constituency}: {who}{self.status_words.lower()}"


@dataclass(frozen=True, slots=True)
class LegendLine:
    """A status with its key and count; `query` narrows the table to it."""

    status: str
    key: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class SeatFilter:
    """What the table is narrowed to, as it was asked for; blank for everything."""

    status: str = ""
    party: str = ""
    seat: str = ""

    @property
    def is_set(self) -> bool:
        """Return whether anything was asked for."""
        return bool(self.status or self.party or self.seat)


@dataclass(frozen=True, slots=True)
class SeatMap:
    """The map with its legend, and the table behind it, in the order of the alphabet.

    `cells` are in the order of the drawing. While no House was read, `is_read` is False
    and every cell is blank.
    """

    finding: str
    is_read: bool
    width: int
    height: int
    cells: tuple[SeatLine, ...]
    legend: tuple[LegendLine, ...]
    parties: tuple[str, ...]
    asked: SeatFilter
    rows: tuple[SeatLine, ...]
    rows_words: str

    @property
    def keys(self) -> str:
        """Return the status of every cell, a digit each."""
        return "".join(STATUS_KEYS[cell.status] for cell in self.cells)


def seat_filter(status: str | None, party: str | None, seat: str | None) -> SeatFilter:
    """Return what an address asks for, cut to what can be asked."""
    known = (status or "") if (status or "") in STATUS_KEYS else ""
    named = " ".join((seat or "").split())[:LONGEST_SEAT]
    return SeatFilter(known, (party or "").strip()[:LONGEST_SEAT], named)


def seat_map(
    members: MembersView,
    boundaries: Boundaries,
    *,
    path: str,
    is_open: bool,
    is_known: bool = True,
    asked: SeatFilter,
) -> SeatMap:
    """Return the seats of these boundaries with the Members who sit for them.

    A seat without one is vacant. `path` is that of the motion's page, `is_known` whether
    its signatures were ever read: before that nothing is said of them.
    """
    holders = _holders(members.members, boundaries)
    cells = hex_cells(boundaries)
    seats = tuple(
        _seat_line(cell, holders.get(cell.ons_code), path, is_open) for cell in cells
    )
    by_name = sorted(seats, key=lambda seat: normal_name(seat.constituency))
    rows = tuple(seat for seat in by_name if _fits(seat, asked))
    return SeatMap(
        finding=_finding(cells, seats, is_open=is_open)
        if holders and is_known
        else f"The {len(seats)} seats",
        is_read=bool(holders),
        width=max(seat.x for seat in seats) + CELL_WIDTH // 2,
        height=max(seat.y for seat in seats) + CELL_HEIGHT // 2,
        cells=seats,
        legend=_legend(seats, is_open=is_open),
        parties=tuple(sorted({seat.party for seat in seats if seat.party})),
        asked=asked,
        rows=rows,
        rows_words=_rows_words(len(rows), len(seats), asked),
    )


def _holders(
    members: Iterable[MemberView], boundaries: Boundaries
) -> Mapping[str, MemberView]:
    """Return who sits for which seat, by the seat's code; found by name without one."""
    codes = {cell.ons_code for cell in hex_cells(boundaries)}
    holders: dict[str, MemberView] = {}
    for member in members:
        if not member.is_sitting:
            continue
        code = member.ons_code
        if code not in codes:
            seat = seat_named(member.constituency or "", boundaries)
            code = seat.ons_code if seat else None
        if code is not None:
            holders[code] = member
    return holders


def _seat_line(
    cell: HexCell, member: MemberView | None, path: str, is_open: bool
) -> SeatLine:
    status, said = _VACANT, _VACANT_WORDS
    if member is not None:
        shown, said = shown_status(member.status, is_open=is_open)
        status = shown.value
    return SeatLine(
        constituency=cell.constituency,
        x=round(cell.x * CELL_WIDTH),
        y=cell.row * ROW_HEIGHT + CELL_HEIGHT // 2,
        status=status,
        status_words=said,
        name=member.name if member else None,
        party=charted_party(member.party) if member else None,
        url=member_path(path, member.member_id) if member else None,
    )


def _legend(seats: Sequence[SeatLine], *, is_open: bool) -> tuple[LegendLine, ...]:
    """Return every status that a seat can come to have, and vacant if one is."""
    counts = Counter(seat.status for seat in seats)
    lines = []
    for status in _LEGEND if is_open else _LEGEND_OF_A_RECORD:
        said = shown_status(status, is_open=is_open)[1]
        key = STATUS_KEYS[status.value]
        lines.append(LegendLine(status.value, key, said, counts[status.value]))
    if counts[_VACANT]:
        key = STATUS_KEYS[_VACANT]
        lines.append(LegendLine(_VACANT, key, _VACANT_WORDS, counts[_VACANT]))
    return tuple(lines)


def _finding(
    cells: Sequence[HexCell], seats: Sequence[SeatLine], *, is_open: bool
) -> str:
    regions = {region_name(cell.region) for cell in cells}
    signed = {
        region_name(cell.region)
        for cell, seat in zip(cells, seats, strict=True)
        if seat.status == NudgeStatus.SIGNED
    }
    have = "have signed" if is_open else "signed"
    if not signed:
        nobody = "No MP has signed yet" if is_open else "No MP signed"
        return f"{nobody}, in any of the {len(seats)} seats"
    if len(signed) == 1:
        [name] = signed
        return f"Only MPs in one of the {len(regions)} regions {have}: {name}"
    which = "all" if signed == regions else f"{len(signed)} of the"
    return f"MPs in {which} {len(regions)} nations and regions {have}"


def _fits(seat: SeatLine, asked: SeatFilter) -> bool:
    wanted = normal_name(asked.seat)
    return (
        (not asked.status or seat.status == asked.status)
        and (not asked.party or (seat.party or "").casefold() == asked.party.casefold())
        and (
            not wanted
            or wanted in normal_name(f"{seat.constituency} {seat.name or ''}")
        )
    )


def _rows_words(shown: int, total: int, asked: SeatFilter) -> str:
    if not asked.is_set:
        return f"All {words.counted(total, 'seat')}, by name"
    if not shown:
        return "No seat fits all of this. Take one of the three away to see more."
    fit = "fits" if shown == 1 else "fit"
    return f"{words.number(shown)} of {words.counted(total, 'seat')} {fit}, by name"
