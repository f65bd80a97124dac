"""Small bodies of Parliament's and ledgers made from them; all people are fictional."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tracker.config import MotionSettings
from tracker.parliament.http import Answer
from tracker.recording import PollReport, record_answered, start_poll
from tracker.rules.diff import Limits
from tracker.store import Engine

PARLIAMENT_ID = 46_718
TABLED_ON = "2015-01-21T00:00:00"
SIGNED_AT = "2015-01-22T10:00:00"
SEEN_AT = datetime(2015, 1, 23, 12, 0, tzinfo=UTC)


def signature_row(signature_id: int, **changes: Any) -> dict[str, Any]:
    """Return one row of `Sponsors`; its Member's id is 1000 more unless told.

    `member_id`, `name`, `party`, `constituency`, `created`, `withdrawn` (a time, or
    True) are words for what Parliament calls otherwise.
    """
    member_id = changes.pop("member_id", 1000 + signature_id)
    name = changes.pop("name", f"Member Number {signature_id}")
    withdrawn = changes.pop("withdrawn", None)
    return {
        "Id": signature_id,
        "MemberId": member_id,
        "Member": {
            "MnisId": member_id,
            "PimsId": 10_000 + member_id,
            "Name": name,
            "ListAs": changes.pop("list_as", name),
            "Constituency": changes.pop("constituency", f"Seat {signature_id}"),
            "Status": "Active",
            "Party": changes.pop("party", "Labour"),
            "PartyId": 15,
            "PartyColour": "d50000",
            "PhotoUrl": None,
        },
        "SponsoringOrder": None if withdrawn else signature_id,
        "CreatedWhen": changes.pop("created", SIGNED_AT),
        "IsWithdrawn": withdrawn is not None,
        "WithdrawnDate": withdrawn if isinstance(withdrawn, str) else None,
        **changes,
    }


def motion_answer(
    rows: Sequence[dict[str, Any]],
    *,
    number: int = 718,
    parliament_id: int = PARLIAMENT_ID,
    **changes: Any,
) -> bytes:
    """Return the body of Parliament's answer about one motion with these rows."""
    first = rows[0] if rows else None
    response = {
        "Sponsors": list(rows),
        "Amendments": [],
        "Id": parliament_id,
        "Status": 0,
        "StatusDate": TABLED_ON,
        "MemberId": first["MemberId"] if first else None,
        "PrimarySponsor": first["Member"] if first else None,
        "Title": "POLITICAL PRISONERS IN AZERBAIJAN",
        "MotionText": "That this House calls for their release.",
        "AmendmentToMotionId": None,
        "UIN": number,
        "AmendmentSuffix": "",
        "DateTabled": TABLED_ON,
        "PrayingAgainstNegativeStatutoryInstrumentId": None,
        "StatutoryInstrumentNumber": None,
        "StatutoryInstrumentYear": None,
        "StatutoryInstrumentTitle": None,
        "UINWithAmendmentSuffix": str(number),
        "SponsorsCount": 0,
    } | changes
    envelope: dict[str, Any] = {
        "PagingInfo": None,
        "StatusCode": 200,
        "Success": True,
        "Errors": [],
        "Response": response,
    }
    return json.dumps(envelope).encode()


def recorded(
    engine: Engine,
    watched: MotionSettings,
    body: bytes,
    seen_at: datetime = SEEN_AT,
    *,
    parliament_id: int = PARLIAMENT_ID,
    missing_polls: int = 3,
    missing_seconds: float = 100,
) -> PollReport:
    """Record a poll that brought `body` at `seen_at`, as `tracker poll` would."""
    limits = Limits(missing_polls, missing_seconds)
    start = start_poll(engine, watched, limits, is_accepted=False, started_at=seen_at)
    answer = Answer(body, seen_at, seen_at + timedelta(seconds=60))
    return record_answered(
        engine, start, answer, parliament_id=parliament_id, seen_at=seen_at
    )
