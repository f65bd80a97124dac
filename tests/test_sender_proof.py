"""Authentication-Results: the grammar, whose are believed, and what proves a From."""

from email.message import Message

import pytest

from tracker.supporters.mail_head import parsed_headers
from tracker.supporters.sender_proof import (
    UnreadableResultsError,
    is_proven,
    parse_results,
)

OURS = ("imap.campaign.example.org", "campaign.example.org")


def email(
    *results: str, sender: str = "ann@example.org", above: tuple[str, ...] = ()
) -> Message:
    lines = [f"Received: from x by {host}; date" for host in above]
    lines += [f"Authentication-Results: {result}" for result in results]
    lines.append(f"From: {sender}")
    return parsed_headers("\r\n".join([*lines, "", ""]).encode())


def test_a_header_is_read_with_its_comments_quotes_and_versions() -> None:
    found = parse_results(
        'MX.Example.org 1; dkim/1 = pass reason="good; really" (a (nested \\) "x)'
        ' comment; dkim=fail) header.d=Example.ORG; spf=fail smtp.mailfrom="a;b"@c.org'
    )
    assert found.authserv_id == "mx.example.org"
    assert [(r.method, r.result) for r in found.results] == [
        ("dkim", "pass"),
        ("spf", "fail"),
    ]
    assert found.results[0].properties == {"header.d": "example.org"}
    assert found.results[1].properties == {"smtp.mailfrom": '"a;b"@c.org'}


def test_no_result_is_no_result() -> None:
    assert parse_results("mx.example.org; none").results == ()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "dkim=pass header.d=example.org",
        "mx.example.org x; dkim=pass",
        "mx.example.org; dkim=pass (open",
        "mx.example.org; dkim=pass close)",
        'mx.example.org; dkim=pass header.d="open',
        "mx.example.org; " + "x" * 9000,
    ],
)
def test_what_does_not_follow_the_grammar_is_not_believed(value: str) -> None:
    with pytest.raises(UnreadableResultsError):
        parse_results(value)


@pytest.mark.parametrize(
    ("sender", "results", "is_so"),
    [
        ("ann@example.org", "dkim=pass header.d=example.org", True),
        ("ann@EXAMPLE.org", "dkim=pass header.d=Example.Org.", True),
        ("ann@mail.example.org", "dkim=pass header.d=example.org", True),
        ("ann@example.org", "dkim=pass header.d=mail.example.org", False),
        ("ann@badexample.org", "dkim=pass header.d=example.org", False),
        ("ann@example.co.uk", "dkim=pass header.d=co.uk", False),
        ("ann@example.org", "dkim=pass", False),
        ("ann@example.org", "dkim=temperror header.d=example.org", False),
        ("ann@example.org", "dkim=pass header.i=@example.org", True),
        ("ann@example.org", "spf=pass smtp.mailfrom=bounce@example.org", True),
        ("ann@example.org", "spf=pass smtp.mailfrom=example.org", True),
        ("ann@example.org", "spf=pass smtp.mailfrom=x@list.example", False),
        ("ann@example.org", "dmarc=pass header.from=example.org", True),
        ("ann@example.org", "dmarc=pass header.from=other.example", False),
        ("ann@example.org", "arc=pass header.d=example.org", False),
        ("ann@bücher.example", "dkim=pass header.d=xn--bcher-kva.example", True),
        ("ann@example.org, bob@example.org", "dkim=pass header.d=example.org", False),
        ("ann@example.org\r\nFrom: x@a.org", "dkim=pass header.d=example.org", False),
    ],
)
def test_only_a_pass_for_the_from_domain_proves_it(
    sender: str, results: str, is_so: bool
) -> None:
    headers = email(f"mx.campaign.example.org; {results}", sender=sender)
    assert is_proven(headers, OURS) is is_so


def test_only_the_topmost_header_is_asked() -> None:
    good = "mx.campaign.example.org; dkim=pass header.d=example.org"
    bad = "mx.campaign.example.org; dkim=fail header.d=example.org"
    assert is_proven(email(good, bad), OURS)
    assert not is_proven(email(bad, good), OURS)


@pytest.mark.parametrize(
    ("authserv_id", "above", "is_so"),
    [
        ("mx.campaign.example.org", (), True),
        ("elsewhere.example", (), False),
        ("mx.hoster.example", ("internal", "in-7.hoster.example"), True),
        ("mx.other.example", ("in-7.hoster.example",), False),
        ("mx.other.co.uk", ("in.hoster.co.uk",), False),
        ("10.0.0.1", ("127.0.0.1",), False),
    ],
)
def test_only_the_mailboxs_own_server_is_believed(
    authserv_id: str, above: tuple[str, ...], is_so: bool
) -> None:
    headers = email(f"{authserv_id}; dkim=pass header.d=example.org", above=above)
    assert is_proven(headers, OURS) is is_so


def test_a_server_that_received_it_earlier_is_not_the_mailboxs() -> None:
    headers = parsed_headers(
        b"Received: from x by mx.campaign.example.org; date\r\n"
        b"Authentication-Results: evil.example; dkim=pass header.d=example.org\r\n"
        b"Received: from y by mx.campaign.example.org; date\r\n"
        b"Received: from z by evil.example; date\r\n"
        b"From: ann@example.org\r\n\r\n"
    )
    assert not is_proven(headers, OURS)
