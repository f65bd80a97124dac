"""Any bytes at all, and good ones with something changed, into every parser there is.

Each gives values or its one error, never another exception, and in time that grows with
the length. Good answers are the stand-in Parliament's; good files are those of the other
tests. With more examples: PARSER_FUZZ=5000 python -m pytest tests/test_parser_fuzz.py.
"""

import json
import os
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.imap_server import bounce_of, copy
from tests.upstream import house
from tracker.outbox.bounces import Bounce, read_bounce
from tracker.parliament.calendar import parse_nonsitting, parse_sessions
from tracker.parliament.careers import (
    parse_biography,
    parse_departments,
    parse_history,
    parse_posts,
)
from tracker.parliament.contacts import parse_contacts
from tracker.parliament.decode import AnswerError
from tracker.parliament.members import (
    parse_constituencies,
    parse_member,
    parse_member_page,
    parse_speakers,
)
from tracker.parliament.motions import (
    parse_motion,
    parse_motion_list,
    parse_related_motion,
)
from tracker.parliament.retry_after import http_date, wait_asked_for
from tracker.rehearsal.routes import Answers
from tracker.rehearsal.world import World
from tracker.supporters.csv_file import FileRefusedError
from tracker.supporters.files import open_records
from tracker.supporters.mail_head import parsed_headers, read_head
from tracker.supporters.mailbox_reading import tied_id
from tracker.supporters.postcode_file import (
    PostcodeFileError,
    open_postcodes,
    postcode_rows,
)
from tracker.supporters.rows import EmailRow, Rejected
from tracker.supporters.sender_proof import is_proven

NOW = datetime(2026, 6, 16, 10, 0, tzinfo=UTC)
DATA = Path(__file__).parent / "data"
MOTION, MEMBER = 65_001, 90_001
QUICK = settings(
    max_examples=int(os.environ.get("PARSER_FUZZ", "80")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

Parser = Callable[[bytes], object]
PARSERS: dict[str, tuple[Parser, str]] = {
    "motion": (
        lambda b: parse_motion(b, parliament_id=MOTION, number=718),
        f"/EarlyDayMotion/{MOTION}",
    ),
    "related motion": (
        lambda b: parse_related_motion(b, parliament_id=MOTION),
        f"/EarlyDayMotion/{MOTION}",
    ),
    "motion list": (
        parse_motion_list,
        "/EarlyDayMotions/list?parameters.uINNumber=718",
    ),
    "member page": (parse_member_page, "/api/Members/Search?take=4"),
    "member": (parse_member, f"/api/Members/{MEMBER}"),
    "speakers": (parse_speakers, "/api/Posts/SpeakerAndDeputies/2026-06-16"),
    "constituencies": (
        parse_constituencies,
        "/api/Location/Constituency/Search?take=4",
    ),
    "posts": (lambda b: parse_posts(b, "government"), "/api/Posts/GovernmentPosts"),
    "departments": (parse_departments, "/api/Reference/Departments"),
    "biography": (
        lambda b: parse_biography(b, member_id=MEMBER),
        f"/api/Members/{MEMBER}/Biography",
    ),
    "history": (parse_history, f"/api/Members/History?ids={MEMBER}"),
    "contacts": (parse_contacts, f"/api/Members/{MEMBER}/Contact"),
    "sessions": (parse_sessions, "/calendar/sessions/list.json"),
    "recesses": (parse_nonsitting, "/calendar/events/nonsitting.json"),
}

ODD: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 2**31, 2**63, 10**400, 1e308, "", " ", "\0"),
    *("0001-01-01T00:00:00", "9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00"),
    *("2026-02-30T00:00:00", "2026-06-15", "T", "x" * 5_000, "\u2028", "=1+1", "12"),
    *("https://[", "#12", [], {}, [[]], [None], {"value": None}, [{}], {"": {}}),
]


@pytest.fixture(scope="module")
def answers() -> dict[str, bytes]:
    """A good answer for each parser."""
    world = World(house(), clock=lambda: NOW)
    world.add_motion(MOTION, 718, "Title", "Text", date(2026, 6, 1), MEMBER)
    rows = [
        world.sign(MOTION, MEMBER + i, NOW - timedelta(hours=9 - i)) for i in range(5)
    ]
    world.withdraw(rows[2])
    found = Answers(world)
    return {
        name: found.answer(*target.partition("?")[::2]).body
        for name, (_, target) in PARSERS.items()
    }


def places_of(value: object, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to everything in a JSON value, the whole included."""
    found = [place]
    if isinstance(value, dict):
        for key in value:
            found += places_of(value[key], (*place, key))
    elif isinstance(value, list):
        for index in range(min(len(value), 3)):
            found += places_of(value[index], (*place, index))
    return found


def altered(value: Any, place: tuple[Any, ...], odd: object, *, is_gone: bool) -> Any:
    """Return the value with something odd at a place, or nothing at all."""
    if not place:
        return odd
    changed = deepcopy(value)
    inside = changed
    for step in place[:-1]:
        inside = inside[step]
    if is_gone:
        del inside[place[-1]]
    else:
        inside[place[-1]] = odd
    return changed


def spliced(data: st.DataObject, good: bytes) -> bytes:
    """Return good bytes with a stretch of them replaced, doubled or cut off."""
    start = data.draw(st.integers(0, len(good)), "start")
    length = data.draw(st.integers(0, 40), "length")
    kind = data.draw(st.sampled_from(["replace", "double", "cut"]), "kind")
    if kind == "cut":
        return good[:start]
    if kind == "double":
        return good[:start] + good[start : start + length] * 2 + good[start:]
    put = data.draw(st.binary(max_size=20), "put")
    return good[:start] + put + good[start + length :]


def check_sentence(error: Exception) -> None:
    """What is said is one line of some length, whatever was in the file."""
    told = str(error)
    assert told
    assert "\n" not in told
    assert len(told) < 1_000


def test_each_parser_reads_the_good_answer_that_the_others_are_made_of(answers):
    for name, (parse, _) in PARSERS.items():
        assert parse(answers[name]), name


@pytest.mark.parametrize("name", PARSERS)
@QUICK
@given(data=st.data())
def test_an_answer_of_parliament_is_read_or_refused(name, answers, data):
    parse, good = PARSERS[name][0], answers[name]
    way = data.draw(st.sampled_from(["value", "value", "value", "splice", "any"]))
    if way == "value":
        known = json.loads(good)
        place = data.draw(st.sampled_from(places_of(known)), "place")
        odd = data.draw(st.sampled_from(ODD), "odd")
        is_gone = data.draw(st.booleans(), "is_gone")
        body = json.dumps(altered(known, place, odd, is_gone=is_gone)).encode()
    else:
        body = spliced(data, good) if way == "splice" else data.draw(st.binary())
    try:
        parse(body)
    except AnswerError as error:
        check_sentence(error)


GOOD_FILES = {
    **{path.name: path.read_bytes() for path in sorted(DATA.glob("*.csv"))},
    "one.eml": copy(),
    "two.mbox": b"From ann@example.org Mon Jun  1 09:00:00 2026\n"
    + copy()
    + b"\n\nFrom - Mon Jun  1 09:00:00 2026\n"
    + copy("bob"),
}


@pytest.mark.parametrize("name", GOOD_FILES)
@QUICK
@given(data=st.data())
def test_a_file_of_emails_is_read_or_refused(name, data, tmp_path):
    is_any = data.draw(st.integers(0, 4)) == 0
    good = GOOD_FILES[name]
    file = tmp_path / name
    file.write_bytes(data.draw(st.binary()) if is_any else spliced(data, good))
    try:
        with open_records(file, NOW) as records:
            found = list(records)
    except FileRefusedError as refused:
        check_sentence(refused)
        return
    for record in found:
        assert isinstance(record, EmailRow | Rejected)
        if isinstance(record, Rejected):
            assert "\n" not in record.reason
        else:
            told = [record.supporter_email, record.supporter_name, record.subject]
            assert all(text is None or text.isprintable() for text in told)


POSTCODES = "pcds,pcon25cd,doterm\nZZ1 1AA,W07000112,\nZZ2 2BB,E14001546,202401\n"


@QUICK
@given(data=st.data())
def test_a_file_of_postcodes_is_read_or_refused(data, tmp_path):
    is_any = data.draw(st.integers(0, 4)) == 0
    good = POSTCODES.encode()
    file = tmp_path / "postcodes.csv"
    file.write_bytes(data.draw(st.binary()) if is_any else spliced(data, good))
    try:
        for postcode, code, _ in postcode_rows(open_postcodes(file)):
            assert len(postcode) <= 8
            assert code
    except PostcodeFileError as refused:
        check_sentence(refused)


GOOD_MAIL = {
    "a copy": copy(
        headers=(("Received", "from a by b; Mon, 15 Jun 2026 09:00 +0000"),)
    ),
    "a bounce": bounce_of("<1-mail@example.org>", "jane@parliament.example"),
    "encoded": copy(
        headers=(("X-A", "=?utf-8?b?w6k=?="),), subject="=?utf-8?q?caf=C3=A9?="
    ),
}


@pytest.mark.parametrize("name", GOOD_MAIL)
@QUICK
@given(data=st.data())
def test_a_message_of_the_mailbox_is_read_whatever_is_in_it(name, data):
    is_any = data.draw(st.integers(0, 4)) == 0
    raw = data.draw(st.binary()) if is_any else spliced(data, GOOD_MAIL[name])
    head = read_head(raw)
    assert head.sent_at is None or head.sent_at.tzinfo is not None
    headers = parsed_headers(raw)
    assert is_proven(headers, ["campaign.example.org"]) in (True, False)
    tied_id(headers, "drop@campaign.example.org", b"key")
    found = read_bounce(raw)
    assert found is None or isinstance(found, Bounce)


@QUICK
@given(value=st.text())
def test_any_retry_after_and_any_date_is_understood_or_left(value):
    assert timedelta() <= wait_asked_for(value, answered_at=NOW) <= timedelta(hours=1)
    assert http_date(value) is None or isinstance(http_date(value), datetime)


LONG = 30_000
BOMBS = {
    "comments": b"Authentication-Results: a; " + b"(" * LONG,
    "comments within": b"Authentication-Results: a; " + b"(a" * LONG + b")" * LONG,
    "quotes": b"Authentication-Results: a; " + b'"\\' * LONG,
    "methods": b"Authentication-Results: a; " + b"dkim=pass " * LONG,
    "addresses": b"To: " + b"<a@b>,(" * LONG,
    "words": b"From: " + b"=?utf-8?q?" * LONG,
    "encoded": b"Subject: " + b"=?utf-8?b?w6k=?= " * LONG,
    "folds": b"Subject: a\r\n" + b" b\r\n" * LONG,
    "headers": b"X: y\r\n" * LONG,
    "received": b"Received: from a by b for <c@d>; x\r\n" * LONG,
    "dates": b"Date: " + b"Mon, " * LONG,
    "parts": b"Content-Type: multipart/report; report-type=delivery-status;"
    b' boundary="b"\r\n\r\n' + b"--b\r\n\r\n" * LONG,
    "parameters": b"Content-Type: multipart/report;" + b" a*0*=x;" * LONG,
    "parameters of a part": b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: multipart/mixed;" + b"\r\n a*0*=x;" * LONG,
    "parts in parts": b"".join(
        b"Content-Type: multipart/report; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(3_000)
    ),
    "messages in messages": b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
    "angles": b"To: " + b"<" * LONG + b"a@b" + b">" * LONG,
    "colons": b"To: " + b"a:" * LONG,
    "brackets": b"To: " + b"a@[" * LONG,
    "at signs": b"From: " + b"@" * LONG + b",a@b",
    "backslashes": b"To: " + b"(\\" * LONG,
    "ids": b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
    b"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: " + b"<" * LONG,
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_header_takes_longer_than_its_length_allows(name):
    """A quarter of a megabyte is read in a moment; it was a minute once."""
    raw = BOMBS[name]
    began = time.process_time()
    head = read_head(raw)
    headers = parsed_headers(raw)
    is_proven(headers, ["campaign.example.org"])
    tied_id(headers, "drop@campaign.example.org", b"key")
    read_bounce(raw)
    assert time.process_time() - began < 3, name
    assert head is not None


@pytest.mark.parametrize(
    "start",
    [b'"', b"'", b",", b"\0", b'a,"b""', b"From ", b'supporter_email,sent_at\r\n"x'],
)
@pytest.mark.parametrize("name", ["x.csv", "x.mbox", "x.eml"])
def test_no_file_takes_longer_than_its_length_allows(name, start, tmp_path):
    (tmp_path / name).write_bytes(start * (2_000_000 // len(start)))
    began = time.process_time()
    try:
        with open_records(tmp_path / name, NOW) as records:
            list(records)
    except FileRefusedError as refused:
        check_sentence(refused)
    assert time.process_time() - began < 3, name
