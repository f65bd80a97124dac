"""Answers about motions: a motion with its signatures, and the list of motions.

Owns what makes such an answer good (product.md 3.1) and which motion of a list is the
one meant. Fetches nothing, and knows nothing of what was read before.
"""

from collections.abc import Iterable
from datetime import date

from tracker.parliament.decode import AnswerError, cleaned, decode_json
from tracker.parliament.fields import (
    Fields,
    day_or_none,
    id_or_none,
    list_of,
    moment_or_none,
    object_of,
    object_or_empty,
    required,
    required_bool,
    required_count,
    required_id,
    required_list,
    required_moment,
    text_or_none,
)
from tracker.parliament.snapshot import MotionCandidate, SignatureRow, Snapshot

_SHOWN_CANDIDATES = 5


class NotExactlyOne(AnswerError):  # noqa: N818 - named after what was asked for
    """No motion, or more than one, fits a number and a session.

    `candidates` are those that fit.
    """

    def __init__(self, message: str, candidates: tuple[MotionCandidate, ...]) -> None:
        super().__init__(message)
        self.candidates = candidates


def parse_motion(body: bytes, *, parliament_id: int, number: int) -> Snapshot:
    """Return the motion and all its signature rows, withdrawn ones included.

    Raises AnswerError unless the answer is good as a whole: one row that can't be read
    fails all of it, and is named. `SponsorsCount` is not read (it is 0 in this answer,
    whatever the number of rows [recorded]).
    """
    response = object_of(_response_of(body), "Response")
    _check_identity(response, parliament_id=parliament_id, number=number)
    return _snapshot(response, parliament_id, number)


def parse_related_motion(body: bytes, *, parliament_id: int) -> Snapshot:
    """Return a motion known by its id only, held to the same rules.

    Its printed number is what the answer says.
    """
    response = object_of(_response_of(body), "Response")
    number = required_id(response, "UIN", "Response")
    _check_identity(response, parliament_id=parliament_id, number=number)
    return _snapshot(response, parliament_id, number)


def _snapshot(response: Fields, parliament_id: int, number: int) -> Snapshot:
    rows = _signature_rows(required_list(response, "Sponsors", "Response"))
    return Snapshot(
        parliament_id=parliament_id,
        number=number,
        rows=rows,
        title=text_or_none(response.get("Title")),
        text=text_or_none(response.get("MotionText")),
        is_withdrawn=_is_withdrawn(response),
        status_at=moment_or_none(response.get("StatusDate")),
        tabled_on=day_or_none(response.get("DateTabled")),
        primary_member_id=_primary_member_id(response),
        amendment_suffix=_amendment_suffix(response),
    )


def parse_motion_list(body: bytes) -> tuple[list[MotionCandidate], int]:
    """Return one page of Parliament's list, and how many motions there are in all."""
    envelope = _checked_envelope(body)
    paging = object_of(required(envelope, "PagingInfo", "the answer"), "PagingInfo")
    total = required_count(paging, "Total", "PagingInfo")
    items = list_of(required(envelope, "Response", "the answer"), "Response")
    return [_candidate(item, i) for i, item in enumerate(items, start=1)], total


def pick_motion(
    candidates: Iterable[MotionCandidate],
    *,
    number: int,
    starts_on: date,
    ends_on: date,
) -> MotionCandidate:
    """Return the one motion with this number tabled from `starts_on` to `ends_on`.

    Both days count. Amendments have their motion's number and are left out, as are rows
    outside the range: they mean that Parliament ignored a parameter. The same id on two
    pages is one motion. Raises NotExactlyOne, whose sentence names the candidates.
    """
    fitting = {
        c.parliament_id: c
        for c in candidates
        if c.number == number
        and c.amendment_suffix is None
        and c.tabled_on is not None
        and starts_on <= c.tabled_on <= ends_on
    }
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    found = tuple(fitting.values())
    asked = f"number {number} tabled from {starts_on} to {ends_on}"
    raise NotExactlyOne(_not_one_sentence(asked, found), found)


def _not_one_sentence(asked: str, found: tuple[MotionCandidate, ...]) -> str:
    if not found:
        return (
            f"no motion with {asked} was found: are number and session in config.toml "
            "as printed? Else `id = ...` there settles it"
        )
    named = ", ".join(_in_words(c) for c in found[:_SHOWN_CANDIDATES])
    more = len(found) - _SHOWN_CANDIDATES
    rest = f" and {more} more" if more > 0 else ""
    return (
        f"{len(found)} motions have {asked}: {named}{rest}; "
        "`id = ...` in config.toml settles which"
    )


def _in_words(candidate: MotionCandidate) -> str:
    title = cleaned(candidate.title or "", limit=100) or "no title"
    return f"id {candidate.parliament_id} “{title}” tabled {candidate.tabled_on}"


def _response_of(body: bytes) -> object:
    return required(_checked_envelope(body), "Response", "the answer")


def _checked_envelope(body: bytes) -> Fields:
    """Return the envelope; an error can come in a body that HTTP called fine."""
    envelope = object_of(decode_json(body), "the answer")
    success = required(envelope, "Success", "the answer")
    if success is False:
        raise AnswerError(_refusal(envelope))
    if success is not True:
        raise AnswerError("Success of the answer is neither true nor false")
    return envelope


def _refusal(envelope: Fields) -> str:
    errors = envelope.get("Errors")
    texts = errors if isinstance(errors, list) else [errors]
    said = cleaned("; ".join(t for t in texts if isinstance(t, str)), limit=200)
    code = id_or_none(envelope.get("StatusCode"))
    shown = f" (StatusCode {code})" if code else ""
    return f"Parliament answered with an error{shown}: {said or 'no reason given'}"


def _check_identity(response: Fields, *, parliament_id: int, number: int) -> None:
    got = (
        required_id(response, "Id", "Response"),
        required_id(response, "UIN", "Response"),
    )
    if got != (parliament_id, number):
        raise AnswerError(
            f"the answer is about another motion: Id {got[0]} and number {got[1]}, "
            f"asked for were Id {parliament_id} and number {number}"
        )


def _signature_rows(items: list[object]) -> tuple[SignatureRow, ...]:
    rows: dict[int, SignatureRow] = {}
    for position, item in enumerate(items, start=1):
        row = _signature_row(item, position)
        known = rows.setdefault(row.signature_id, row)
        if (known.member_id, known.is_withdrawn) != (row.member_id, row.is_withdrawn):
            raise AnswerError(
                f"{_row_name(position, row.signature_id)} contradicts an earlier row "
                "with the same Id: MemberId or IsWithdrawn differs"
            )
    return tuple(rows.values())


def _signature_row(item: object, position: int) -> SignatureRow:
    fields = object_of(item, _row_name(position, None))
    where = _row_name(position, id_or_none(fields.get("Id")))
    member = object_or_empty(fields.get("Member"))
    return SignatureRow(
        signature_id=required_id(fields, "Id", where),
        member_id=required_id(fields, "MemberId", where),
        is_withdrawn=required_bool(fields, "IsWithdrawn", where),
        created_at=required_moment(fields, "CreatedWhen", where),
        withdrawn_at=required_moment(fields, "WithdrawnDate", where),
        sponsoring_order=id_or_none(fields.get("SponsoringOrder")),
        name=text_or_none(member.get("Name")),
        list_as=text_or_none(member.get("ListAs")),
        party=text_or_none(member.get("Party")),
        constituency=text_or_none(member.get("Constituency")),
    )


def _row_name(position: int, signature_id: int | None) -> str:
    shown = f" (Id {signature_id})" if signature_id else ""
    return f"row {position}{shown} of Sponsors"


def _candidate(item: object, position: int) -> MotionCandidate:
    where = f"row {position} of the list"
    fields = object_of(item, where)
    return MotionCandidate(
        parliament_id=required_id(fields, "Id", where),
        number=required_id(fields, "UIN", where),
        amendment_suffix=_amendment_suffix(fields),
        title=text_or_none(fields.get("Title")),
        tabled_on=day_or_none(fields.get("DateTabled")),
        is_withdrawn=_is_withdrawn(fields),
    )


def _is_withdrawn(fields: Fields) -> bool:
    """Return the motion's own state: a number on the wire, a name in the spec."""
    status = fields.get("Status")
    return status == "Withdrawn" or (status == 1 and status is not True)


def _amendment_suffix(fields: Fields) -> str | None:
    """Return "1" for an amendment 235A1; None for a motion.

    A suffix of another kind than text still means an amendment.
    """
    suffix = fields.get("AmendmentSuffix")
    return None if suffix in (None, "") else str(suffix)[:20]


def _primary_member_id(response: Fields) -> int | None:
    primary = object_or_empty(response.get("PrimarySponsor"))
    return id_or_none(response.get("MemberId")) or id_or_none(primary.get("MnisId"))
