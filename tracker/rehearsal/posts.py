"""Departments and posts of the invented government and opposition.

Owns who held which post from when to when. The Cabinet is a flag here because the posts
endpoints list only Cabinet posts when no department is named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tracker.rehearsal import parties
from tracker.rehearsal.people import Person

Side = Literal["government", "opposition"]

# Left out of Reference/Departments, yet answered by the posts endpoints.
LEADER_OF_THE_OPPOSITION_ID = 107
_WHIPS = "Government Whips"
_DEPARTMENTS = (
    "Cabinet Office", "HM Treasury", "Home Office", "Ministry of Justice",
    "Ministry of Defence", "Department of Health and Social Care",
    "Department for Education", "Department for Work and Pensions",
    "Department for Transport", "Foreign Office", "Scotland Office", "Wales Office",
    "Northern Ireland Office", "Department for Environment, Food and Rural Affairs",
    "Department for Culture, Media and Sport", _WHIPS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Department:
    department_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody's time in a post; `ends_on` None means still in it."""

    member_id: int
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Post:
    post_id: int
    name: str
    department_id: int
    side: Side
    is_cabinet: bool
    holdings: tuple[Holding, ...]


def invented_posts(
    members: Sequence[Person], peer: Person, *, governing_id: int, starts_on: date
) -> tuple[tuple[Department, ...], tuple[Post, ...]]:
    """Return departments and filled posts: one Cabinet post and four others in each.

    Government posts go to members of the governing party (id given) and one to the
    peer, shadow posts to the largest other party in `members`.
    """
    departments = tuple(
        Department(i, name) for i, name in enumerate(_DEPARTMENTS, start=1)
    )
    leader = Department(LEADER_OF_THE_OPPOSITION_ID, "Leader of the Opposition")
    rivals = (
        parties.CONSERVATIVE.party_id
        if governing_id == parties.LABOUR.party_id
        else parties.LABOUR.party_id
    )
    government = iter(
        [m for m in members if m.parties[0].party.party_id == governing_id]
    )
    opposition = iter([m for m in members if m.parties[0].party.party_id == rivals])
    posts = [
        *_government_posts(departments, government, peer, starts_on),
        *_opposition_posts(departments, opposition, starts_on),
    ]
    head = next(opposition)
    posts.append(
        Post(9_000, "Leader of HM Official Opposition", leader.department_id, "opposition",
             True, (Holding(head.member_id, starts_on),))
    )  # fmt: skip
    return (*departments, leader), tuple(posts)


def _government_posts(
    departments: Sequence[Department],
    people: Iterator[Person],
    peer: Person,
    starts_on: date,
) -> Iterator[Post]:
    for department in departments:
        for rank in range(5):
            name = _government_title(department.name, rank)
            is_lords = department.name == "Cabinet Office" and rank == 4
            holder = peer if is_lords else next(people)
            post_id = department.department_id * 10 + rank
            yield Post(post_id, name, department.department_id, "government", rank == 0,
                       (Holding(holder.member_id, starts_on),))  # fmt: skip


def _government_title(department: str, rank: int) -> str:
    if department == _WHIPS:
        return "Chief Whip" if rank == 0 else f"Government Whip ({rank})"
    if rank == 0:
        return f"Secretary of State ({department})"
    kind = "Minister of State" if rank < 3 else "Parliamentary Under-Secretary"
    return f"{kind} ({department}) ({rank})"


def _opposition_posts(
    departments: Sequence[Department], people: Iterator[Person], starts_on: date
) -> Iterator[Post]:
    for department in departments:
        if department.name == _WHIPS:
            continue
        for rank, kind in enumerate(("Shadow Secretary of State", "Shadow Minister")):
            yield Post(1_000 + department.department_id * 10 + rank,
                       f"{kind} ({department.name})", department.department_id,
                       "opposition", rank == 0,
                       (Holding(next(people).member_id, starts_on),))  # fmt: skip
