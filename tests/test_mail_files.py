"""Emails of .mbox and .eml files: where they begin, what headers mean, what isn't counted."""

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.supporters_house import KEY, NOW, WATCHED, seat_a_house
from tracker import store
from tracker.supporters.batches import REPLY
from tracker.supporters.csv_file import FileRefusedError
from tracker.supporters.files import open_records
from tracker.supporters.importing import ImportDesk, import_emails
from tracker.supporters.mail_head import AUTOMATIC, REPORT, mail_moment, read_head
from tracker.supporters.rows import EmailRow, Rejected

ENVELOPE = b"From ann@example.org Mon Jun  1 09:00:00 2026\n"


def email(
    *more: bytes, body: bytes = b"Please sign.\n", **headers: str | None
) -> bytes:
    """Return an email of Ann's to Toby Ash; headers as bytes come last."""
    told: dict[str, str | None] = {
        "From": "Ann Example <ann@example.org>",
        "To": "toby.ash.mp@parliament.example",
        "Date": "Mon, 01 Jun 2026 10:00:00 +0100",
        "Message-ID": "<one@mail.example>",
        "Subject": "EDM 240",
    }
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{k}: {v}".encode() for k, v in told.items() if v is not None]
    return b"\n".join([*lines, *more, b"", body])


def records_of(folder: Path, data: bytes, name: str = "x.mbox") -> list[object]:
    (folder / name).write_bytes(data)
    with open_records(folder / name, NOW) as records:
        return list(records)


def only(folder: Path, message: bytes) -> EmailRow:
    [row] = records_of(folder, message, "x.eml")
    assert isinstance(row, EmailRow), row
    return row


def test_each_email_of_a_mailbox_is_read_with_its_line(tmp_path):
    data = ENVELOPE + email() + b"\n" + ENVELOPE + email(Subject="Again") + b"\n"
    first, second = records_of(tmp_path, data)
    assert isinstance(first, EmailRow)
    assert isinstance(second, EmailRow)
    assert (first.line, second.line) == (1, 10)
    assert first.supporter_email == "ann@example.org"
    assert first.supporter_name == "Ann Example"
    assert first.recipients == ("toby.ash.mp@parliament.example",)
    assert first.sent_at == datetime(2026, 6, 1, 9, tzinfo=UTC)
    assert first.message_id == "one@mail.example"
    assert second.subject == "Again"


@pytest.mark.parametrize(
    "line",
    [
        b">From here on I write about you",
        b"From here on I write about you",
        b"From Monday at 10:00 until the end of 2026, I write",
        b"From x@y.example Mon Jun  1 09:00:00 2026",
    ],
)
def test_a_line_of_a_body_does_not_begin_an_email(tmp_path, line):
    body = b"Dear MP,\n\n" + line + b"\nis no header\n"
    data = ENVELOPE + email(body=body) + b"\n" + ENVELOPE + email()
    assert len(records_of(tmp_path, data)) == 2


def test_crlf_mailboxes_and_those_without_a_last_line_end(tmp_path):
    data = (ENVELOPE + email() + b"\n" + ENVELOPE + email()).replace(b"\n", b"\r\n")
    assert len(records_of(tmp_path, data[:-2])) == 2


def test_eight_bit_headers_are_utf8_or_windows_1252(tmp_path):
    for encoding in ("utf-8", "cp1252"):
        message = email(From=None, Subject=None)
        raw = "From: Zoë Café <zoe@example.org>\nSubject: Política\n".encode(encoding)
        assert only(tmp_path, raw + message).supporter_name == "Zoë Café"


def test_encoded_words_are_read_and_broken_ones_left(tmp_path):
    row = only(
        tmp_path,
        email(Subject="=?utf-8?b?w4k=?=", From="=?utf-8?q?Zo=C3=AB?= <z@e.example>"),
    )
    assert (row.subject, row.supporter_name) == ("É", "Zoë")
    broken = only(tmp_path, email(Subject="=?utf-8?b?w4?= =?no-such?q?x?="))
    assert broken.subject


def test_nested_parts_and_broken_base64_are_passed_over(tmp_path):
    body = (
        b"--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        b"Content-Transfer-Encoding: base64\n\n%%%not base64%%%\n--b--\n--a--\n"
    )
    message = email(b"Content-Type: multipart/alternative; boundary=a", body=body)
    assert (
        len(records_of(tmp_path, ENVELOPE + message + b"\n" + ENVELOPE + email())) == 2
    )


def test_a_date_that_is_missing_is_when_a_server_received_it(tmp_path):
    received = b"Received: from a by b; Tue, 02 Jun 2026 08:00:00 +0000"
    row = only(tmp_path, email(received, Date=None))
    assert row.sent_at == datetime(2026, 6, 2, 8, tzinfo=UTC)


def test_without_any_date_the_envelopes_is_taken_else_it_is_rejected(tmp_path):
    [row] = records_of(tmp_path, ENVELOPE + email(Date="yesterday"))
    assert isinstance(row, EmailRow)
    assert row.sent_at == datetime(2026, 6, 1, 9, tzinfo=UTC)
    assert records_of(tmp_path, email(Date=None), "x.eml") == [
        Rejected(1, "the email has no date")
    ]


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("Mon, 01 Jun 2026 10:00:00 +0100", datetime(2026, 6, 1, 9, tzinfo=UTC)),
        ("Mon, 01 Jun 2026 10:00:00 -0000", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("Mon, 01 Jun 2026 10:00:00", datetime(2026, 6, 1, 9, tzinfo=UTC)),
        ("Mon, 01 Jun 2026 10:00:00 GMT", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("Mon, 31 Jun 2026 10:00:00 +0100", None),
        ("", None),
    ],
)
def test_dates_of_mail(stamp, moment):
    assert mail_moment(stamp) == moment


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"Auto-Submitted: auto-replied", AUTOMATIC),
        (b"Auto-Submitted: auto-generated (vacation)", AUTOMATIC),
        (b"X-Autoreply: yes", AUTOMATIC),
        (b"Precedence: auto_reply", AUTOMATIC),
        (b"Content-Type: multipart/report; report-type=delivery-status", REPORT),
        (b"Return-Path: <>", REPORT),
    ],
)
def test_replies_of_machines_are_not_counted(tmp_path, header, reason):
    assert records_of(tmp_path, email(header), "x.eml") == [Rejected(1, reason)]


@pytest.mark.parametrize(
    "header", [b"Auto-Submitted: no", b"Precedence: bulk", b"In-Reply-To: <a@b>"]
)
def test_what_a_person_sent_is_counted(tmp_path, header):
    assert only(tmp_path, email(header)).subject == "EDM 240"


def test_a_robots_address_is_a_report(tmp_path):
    message = email(From="MAILER-DAEMON@mail.example")
    assert records_of(tmp_path, message, "x.eml") == [Rejected(1, REPORT)]


def test_an_email_without_a_sender_is_rejected(tmp_path):
    assert records_of(tmp_path, email(From="Ann"), "x.eml") == [
        Rejected(1, "the email has no From")
    ]


@pytest.mark.parametrize(("name", "data"), [("x.mbox", b"no"), ("x.eml", b"no")])
def test_what_is_no_mail_is_refused(tmp_path, name, data):
    with pytest.raises(FileRefusedError):
        records_of(tmp_path, data, name)


def test_a_large_attachment_is_passed_over_in_little_memory(tmp_path):
    line = b"QUJD" * 19 + b"\n"
    endless = b"A" * 5_000_000
    body = line * 140_000 + endless + b"\n"
    data = ENVELOPE + email(body=body) + b"\n" + ENVELOPE + email()
    (tmp_path / "x.mbox").write_bytes(data)
    size = len(data)
    del data, body
    tracemalloc.start()
    with open_records(tmp_path / "x.mbox", NOW) as records:
        found = list(records)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 2
    assert peak < size / 10


def test_a_mailbox_is_imported_by_recipient_and_its_replies_left_out(engine, tmp_path):
    seat_a_house(engine)
    messages = [
        email(),
        email(
            Message_ID="<two@m>",
            From="Bob <bob@example.org>",
            Cc="jose@parliament.example, ann@example.org",
        ),
        email(
            Message_ID="<three@m>",
            From="Toby Ash MP <toby.ash.mp@parliament.example>",
            To="ann@example.org",
        ),
        email(
            Message_ID="<four@m>",
            From="Cat <cat@example.org>",
            To="someone@example.com",
        ),
        email(),
    ]
    path = tmp_path / "sent.mbox"
    path.write_bytes(b"\n".join(ENVELOPE + message for message in messages))
    for counted, duplicates, review in ((3, 1, 1), (0, 4 + 1, 0)):
        with open_records(path, NOW) as records:
            result = import_emails(
                ImportDesk(engine, KEY, lambda: NOW), WATCHED, records, source="mbox"
            )
        assert (result.counted, result.duplicates, result.review) == (
            counted,
            duplicates,
            review,
        )
        assert [row.reason for row in result.rejected] == [REPLY]
    with store.read(engine) as session:
        assert store.supporter_counts(session, 1) == {107: 2, 102: 1}


@given(st.binary())
def test_no_bytes_break_the_headers(data):
    assert read_head(data).recipients is not None
