"""Changes to the JSON of a good answer: what a wrong, but well-formed, answer may hold.

Owns functions from the parsed answer to the changed one, for `faults.Transformed`. They
may change what they are given: it was parsed for them.
"""

from collections.abc import Callable, Collection
from typing import Any, cast

Json = dict[str, object]
Change = Callable[[Json], object]

# product.md 3.1, as paths for `without_field`; row 0 stands for any row.
REQUIRED_FIELDS = (
    "Success",
    "Response",
    "Response.Id",
    "Response.UIN",
    "Response.Sponsors",
    "Response.Sponsors.0.Id",
    "Response.Sponsors.0.MemberId",
    "Response.Sponsors.0.IsWithdrawn",
)


def with_field(path: str, value: object) -> Change:
    """Return a change that sets the field at a dotted path ("Response.Sponsors.0.Id")."""

    def change(answer: Json) -> Json:
        holder, key = _holder(answer, path)
        holder[key] = value
        return answer

    return change


def without_field(path: str) -> Change:
    """Return a change that leaves out the field at a dotted path."""

    def change(answer: Json) -> Json:
        holder, key = _holder(answer, path)
        del holder[key]
        return answer

    return change


def without_rows(row_ids: Collection[int]) -> Change:
    """Return a change that leaves out the signature rows with these ids (U8)."""
    return _rows(lambda rows: [row for row in rows if row["Id"] not in row_ids])


def in_every_row(key: str, value: object) -> Change:
    """Return a change that sets one field in every signature row."""
    return _rows(lambda rows: [row | {key: value} for row in rows])


def in_every_member(key: str, value: object) -> Change:
    """Return a change that sets one field of `Member` in every row (U14)."""
    return _rows(
        lambda rows: [row | {"Member": row["Member"] | {key: value}} for row in rows]
    )


def lying_total(total: int) -> Change:
    """Return a change that gives a list another total than its rows (U34)."""

    def change(answer: Json) -> Json:
        if answer.get("PagingInfo"):
            return with_field("PagingInfo.Total", total)(answer)  # type: ignore[return-value]
        return answer | {"totalResults": total}

    return change


def no_sponsors(answer: Json) -> object:
    """U5: an empty list where signatures were."""
    return with_field("Response.Sponsors", [])(answer)


def null_sponsors(answer: Json) -> object:
    """U6: null where signatures were."""
    return with_field("Response.Sponsors", None)(answer)


def missing_sponsors(answer: Json) -> object:
    """U6: no such key."""
    return without_field("Response.Sponsors")(answer)


def half_gone(answer: Json) -> object:
    """U7: every second row is missing."""
    return _rows(lambda rows: rows[::2])(answer)


def first_row_twice(answer: Json) -> object:
    """U12: the same row twice."""
    return _rows(lambda rows: [rows[0], *rows])(answer)


def null_members(answer: Json) -> object:
    """U14: no row says who signed, apart from the id."""
    return in_every_row("Member", None)(answer)


def null_response(answer: Json) -> object:
    """U17: an envelope that says all is well around nothing."""
    return with_field("Response", None)(answer)


def list_response(answer: Json) -> object:
    """U17: the motion in a list."""
    return with_field("Response", [answer["Response"]])(answer)


def strings_for_numbers(answer: Json) -> object:
    """U17: `"MemberId": "4612"`."""
    return _rows(
        lambda rows: [row | {"MemberId": str(row["MemberId"])} for row in rows]
    )(answer)


def floats_for_numbers(answer: Json) -> object:
    """U17: `"MemberId": 4612.0`."""
    return _rows(
        lambda rows: [row | {"MemberId": float(row["MemberId"])} for row in rows]
    )(answer)


def booleans_for_numbers(answer: Json) -> object:
    """U17: `"MemberId": true`, which Python takes for 1."""
    return in_every_row("MemberId", True)(answer)


def extra_fields(answer: Json) -> object:
    """U18: fields nobody has seen before, in the envelope, the motion and each row."""
    news: Json = {"Novelty": {"since": ["now"]}, "GlobalTotal": 61_185}
    motion = cast("Json", answer["Response"])
    changed = in_every_row("Novelty", [1, None])(answer | {"Response": motion | news})
    return cast("Json", changed) | news


def unreadable_time(answer: Json) -> object:
    """One CreatedWhen that is no time."""
    return with_field("Response.Sponsors.0.CreatedWhen", "last Tuesday")(answer)


def other_motion(answer: Json) -> object:
    """The answer is about another motion than the one asked for."""
    return with_field("Response.Id", 1)(answer)


def _rows(
    change_rows: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
) -> Change:
    def change(answer: Json) -> Json:
        motion = cast("dict[str, Any]", answer["Response"])
        motion["Sponsors"] = change_rows(motion["Sponsors"])
        return answer

    return change


def _holder(answer: Json, path: str) -> tuple[Any, str | int]:
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    holder: Any = answer
    for step in way:
        holder = holder[step]
    return holder, last
