"""An outgoing email as an EmailMessage: headers, the last lines, nothing else. Pure.

Plain text in UTF-8, HTML beside it for follow-ups only, no read-receipts, From the campaign and Reply-To the
supporter, so that SPF and DMARC hold (checks.md M9). Headers are only ever set on an
EmailMessage, which refuses a line end in one.
"""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from tracker.outbox.addresses import clean_address
from tracker.outbox.links import Links
from tracker.outbox.simple_html import simple_html
from tracker.outbox.wording import clean_line

_UNFOLDED = {"message-id", "list-unsubscribe"}


class _Policy(EmailPolicy):
    """SMTP's policy, but ids and links stay whole.

    The library would cut a link longer than a line into encoded words, which no mail
    program puts together again.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _UNFOLDED:
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


POLICY = _Policy(linesep="\r\n", raise_on_defect=True)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose name and address emails come from, and who answers for people's data."""

    address: str
    campaign: str
    controller: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A Message's values, as they are put into an email.

    `quoted` is what a follow-up has at hand of the first email: it is in no Message.
    """

    to_address: str
    subject: str
    body: str
    message_id: str
    reply_to: str | None = None
    quoted: str = ""


def to_member(outgoing: Outgoing, sender: Sender, *, now: datetime) -> EmailMessage:
    """Return a supporter's email to their MP.

    It has no Auto-Submitted: a person asked for this very email, and marked as
    automatic it would be sorted away and the office's acknowledgement suppressed
    (RFC 3834 wants "no" for it, which is what its absence means).
    """
    email = _email(outgoing, sender, now)
    if outgoing.reply_to:
        email["Reply-To"] = Address(addr_spec=clean_address(outgoing.reply_to))
    _set_body(email, outgoing.body)
    return email


def to_supporter(
    outgoing: Outgoing,
    sender: Sender,
    links: Links,
    *,
    ref: str,
    confirmation_of: int | None = None,
    now: datetime,
) -> EmailMessage:
    """Return a notice to a supporter with its last lines, links and one-click stop.

    `ref` is the supporter's; `confirmation_of` the SupporterEmail whose page with a
    button it must name. Auto-Submitted, so that no out-of-office note answers it.
    """
    email = _to_list(outgoing, sender, links, ref, now)
    parts = [outgoing.body.rstrip("\n")]
    if confirmation_of is not None:
        parts.append(links.confirmation(confirmation_of))
    parts.append(_last_lines(sender, links, ref))
    _set_body(email, "\n\n".join(parts) + "\n")
    return email


def to_follower(
    outgoing: Outgoing, sender: Sender, links: Links, *, ref: str, now: datetime
) -> EmailMessage:
    """Return a follow-up: as `to_supporter`, with their own words and as HTML too."""
    email = _to_list(outgoing, sender, links, ref, now)
    parts = [outgoing.body.rstrip("\n")]
    if outgoing.quoted:
        parts.append(f"{FIRST_TIME}\n{_quotation(outgoing.quoted)}")
    parts += [_done_lines(links, ref), _last_lines(sender, links, ref)]
    text = "\n\n".join(parts) + "\n"
    _set_body(email, text)
    email.add_alternative(
        simple_html(text), subtype="html", charset="utf-8", cte="quoted-printable"
    )
    return email


def to_alerted(
    outgoing: Outgoing,
    sender: Sender,
    links: Links,
    *,
    ref: str,
    alert_id: int,
    now: datetime,
) -> EmailMessage:
    """Return an email about one alert: its page is linked, and one click stops it alone."""
    email = _to_list(outgoing, sender, links, ref, now)
    email.replace_header("List-Unsubscribe", f"<{links.stop_alert(alert_id)}>")
    body, page = outgoing.body.rstrip("\n"), links.alert(alert_id)
    _set_body(email, f"{body}\n\n{page}\n\n{_last_lines(sender, links, ref)}\n")
    return email


FIRST_TIME = "What you wrote the first time:"


def _quotation(words: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in words.split("\n"))


def _done_lines(links: Links, ref: str) -> str:
    return (
        "Done, or had a reply? Say so here, with one press of a button:\n"
        f"{links.own_page(ref)}"
    )


def _last_lines(sender: Sender, links: Links, ref: str) -> str:
    who = sender.controller or sender.campaign
    return (
        "-- \n"
        f"{sender.campaign}\n"
        f"Your own page: {links.own_page(ref)}\n"
        f"Stop all emails: {links.unsubscribe(ref)}\n"
        f"How {who} handles people's data: {links.privacy}"
    )


def _to_list(
    outgoing: Outgoing, sender: Sender, links: Links, ref: str, now: datetime
) -> EmailMessage:
    email = _email(outgoing, sender, now)
    email["Auto-Submitted"] = "auto-generated"
    email["List-Unsubscribe"] = f"<{links.unsubscribe(ref)}>"
    email["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return email


def _email(outgoing: Outgoing, sender: Sender, now: datetime) -> EmailMessage:
    email = EmailMessage(policy=POLICY)
    campaign = clean_line(sender.campaign, "The campaign's name")
    email["From"] = Address(campaign, addr_spec=clean_address(sender.address))
    email["To"] = Address(addr_spec=clean_address(outgoing.to_address))
    email["Subject"] = clean_line(outgoing.subject, "The subject", max_length=300)
    email["Date"] = now
    email["Message-ID"] = clean_line(outgoing.message_id, "The Message-ID")
    return email


def _set_body(email: EmailMessage, body: str) -> None:
    # Quoted-printable always: long lines, leading dots, "From " and trailing spaces
    # survive every server, also one without 8BITMIME.
    email.set_content(body, charset="utf-8", cte="quoted-printable")
