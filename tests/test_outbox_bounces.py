"""Which emails are reports that one of ours came back (checks.md M10)."""

import pytest

from tracker.outbox.bounces import read_bounce

MESSAGE_ID = "<0123456789abcdef@example.org>"


def report(
    *,
    action: str = "failed",
    kind: str = "delivery-status",
    returned: str = "message/rfc822",
    message_id: str = MESSAGE_ID,
    return_path: str = "Return-Path: <>\n",
    original: str = "",
) -> bytes:
    """Return a report as Postfix writes one."""
    return f"""{return_path}From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: campaign@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

{original}Final-Recipient: rfc822; MP1001@parliament.uk
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <mp1001@parliament.uk>: no such
    mailbox

--b
Content-Type: {returned}

From: campaign@example.org
Message-ID: {message_id}
Subject: EDM 718

--b--
""".encode()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_of_a_failure_names_the_email_the_address_and_the_reason(returned):
    bounce = read_bounce(report(returned=returned))
    assert bounce is not None
    assert bounce.message_id == MESSAGE_ID
    assert bounce.recipients == {"mp1001@parliament.uk"}
    assert bounce.reason == "550 5.1.1 <mp1001@parliament.uk>: no such mailbox"


def test_the_address_before_a_forwarding_is_known_too():
    original = "Original-Recipient: rfc822;first@parliament.uk\n"
    bounce = read_bounce(report(original=original))
    assert bounce is not None
    assert bounce.recipients == {"first@parliament.uk", "mp1001@parliament.uk"}


@pytest.mark.parametrize(
    "raw",
    [
        report(action="delayed"),
        report(action="delivered"),
        report(kind="disposition-notification"),
        report(return_path="Return-Path: <somebody@example.org>\n"),
        report(returned="text/plain"),
        report(message_id=""),
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\nAuto-Submitted: auto-replied\n\nI am away.\n",
        b"Subject: Undeliverable\n\n550 no such mailbox\nMessage-ID: <0123@example.org>\n",
        b"Content-Type: multipart/report; report-type=delivery-status\n\nbroken",
    ],
)
def test_whatever_is_no_report_of_a_failure_is_none(raw):
    assert read_bounce(raw) is None
