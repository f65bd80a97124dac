"""What the action page shows of an MP and of an email that is not written yet. Pure.

Owns the card of an MP, the sentences about postcodes and seats, and the email for
people's own mail programs: that one is put together in their browser, so that what they
type stays there.
"""

from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from dashboard.alert_views import is_awaited
from dashboard.mp_views import MemberLine, member_line
from tracker.board import MemberView, MotionView
from tracker.outbox.compose import fill_in
from tracker.outbox.wording import TextError, refuse_placeholder
from tracker.rules.advice import advice
from tracker.rules.asks import Ask, ask_of, request_words
from tracker.rules.calendar import MotionState
from tracker.rules.postcodes import LookupKind, PlaceFound
from tracker.rules.sending import DISSOLVED
from tracker.rules.status import NudgeStatus
from tracker.supporters.addressee import NOT_READ

_ASK_WORDS = {Ask.THANK: "Thank {mp}"}
_FORCES = "BF"
_TITLES = {"Mr", "Mrs", "Ms", "Miss", "Mx", "Dr", "Sir", "Dame", "Lord", "Lady"}
_POSTED_TO = "House of Commons\nLondon\nSW1A 0AA"


@dataclass(frozen=True, slots=True)
class Card:
    """An MP as an answer: who, where they stand, one sentence, one action (or none).

    `alert_url` is where anyone asks to be told when they sign, None once they have.
    """

    line: MemberLine
    initials: str
    sentence: str
    action: str | None
    action_url: str | None
    position_url: str | None
    alert_url: str | None = None


@dataclass(frozen=True, slots=True)
class OwnMail:
    """An email for one's own mail program.

    `subject` and `body` have {name}, {address}, {postcode}, {own_words} and {text} to be
    filled in by the browser; `href` is a link that works without any script.
    """

    to: str
    bcc: str
    subject: str
    body: str
    href: str
    plain_body: str


def card(
    member: MemberView, motion: MotionView, *, path: str, postcode: str = ""
) -> Card:
    """Return the card of a Member; nothing can be asked for when the motion is over."""
    is_open = motion.state is MotionState.OPEN
    asks = _ASK_WORDS.get(ask_of(member.status), "Write to {mp}")
    url = member.position_url or ""
    line = member_line(member, path=path, is_open=is_open)
    return Card(
        line=line,
        initials=initials(member.name),
        sentence=advice(member.status, member.name, motion.state),
        action=asks.format(mp=member.name) if is_open else None,
        action_url=act_url(path, member.member_id, postcode) if is_open else None,
        position_url=url if url.startswith(("https://", "http://")) else None,
        alert_url=f"{line.url}/alert" if is_awaited(motion, member) else None,
    )


def card_of_writer(member: MemberView, motion: MotionView, *, path: str) -> Card:
    """Return the card for who has written to this MP already: it asks for nothing."""
    shown = card(member, motion, path=path)
    sentence = shown.sentence
    if member.status is NudgeStatus.NOT_ASKED and shown.action:
        sentence = f"{member.name} has not signed yet."
    return replace(
        shown, sentence=sentence, action=None, action_url=None, alert_url=None
    )


def act_url(path: str, member_id: int, postcode: str = "") -> str:
    """Return the path of the form for one MP; the postcode saves typing it twice."""
    told = {"member": str(member_id)} | ({"postcode": postcode} if postcode else {})
    return f"{path}/act?{urlencode(told)}"


def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name, as capitals.

    Titles are no names.
    """
    words = [word for word in name.split() if word[0].isalpha()]
    words = [word for word in words if word.rstrip(".") not in _TITLES] or words
    letters = [word[0] for word in ([*words[:1], *words[-1:]] if words[1:] else words)]
    return "".join(letters).upper() or "?"


def over_words(motion: MotionView, over: str) -> tuple[str, str]:
    """Return a heading, and what the record of a motion is that can't be signed now."""
    edm = f"Early Day Motion (EDM) {motion.number}"
    if over == NOT_READ:
        return (
            "Nothing to write about yet",
            f"{edm} has not been read from Parliament yet: try again in a few minutes.",
        )
    heading = f"{edm} can no longer be signed"
    if over == DISSOLVED:
        return heading, "Parliament is dissolved: there are no MPs to write to."
    last = ""
    if motion.closes_on is not None:
        last = f" on {motion.closes_on.day} {motion.closes_on:%B %Y}"
    what = "closed" if motion.state is MotionState.CLOSED else "was withdrawn"
    count = motion.signature_count
    mps = "1 MP" if count == 1 else f"{count:,} MPs"
    return heading, f"It {what}{last}. {mps} had signed it; that is the record."


def postcode_problem(place: PlaceFound | None, member: MemberView) -> str | None:
    """Return what is wrong with a postcode for writing to this MP, None if nothing.

    One that can't be looked up, or that is not known, stops nobody who chose their MP
    from the list; nor does that of forces, who vote at a home address.
    """
    if place is None:
        return None
    if place.has_seat and place.ons_code != member.ons_code:
        where = place.constituency or "another constituency"
        return (
            f"{place.postcode} is in {where}, and {member.name} is the MP for"
            f" {member.constituency}: an office answers its own constituents only."
        )
    is_abroad = place.kind is LookupKind.NO_MP
    if is_abroad and not place.postcode.startswith(_FORCES):
        return place.reason
    return None


def suggestion(text: str, motion: MotionView, member: MemberView) -> str:
    """Return the suggested text with the words filled in that are known by now.

    A title with brackets of its own stays {title}, or it would be taken for unfilled.
    """
    known = {
        "number": str(motion.number),
        "session": motion.session,
        "title": motion.title or f"EDM {motion.number}",
        "constituency": member.constituency or "",
        "mp": member.name,
    }
    return fill_in(text, {w: v for w, v in known.items() if _is_plain(v)}).strip()


def own_mail(
    motion: MotionView,
    member: MemberView,
    *,
    to: str,
    bcc: str,
    subject: str,
    text: str,
) -> OwnMail:
    """Return the email to one's MP that no server of ours ever sees.

    Without an address it is a letter, to be posted. `subject` is campaign.message_subject, `text` the suggested one.
    """
    about = {
        "number": str(motion.number),
        "session": motion.session,
        "title": motion.title or "",
        "constituency": member.constituency or "",
        "mp": member.name,
    }
    head = fill_in(subject, about)
    ask = ask_of(member.status)
    body = ("" if to else f"{member.name} MP\n{_POSTED_TO}\n\n") + _body(
        motion, member, ask
    )
    plain = {
        "name": "[your name]",
        "address": "[your address]",
        "postcode": "[your postcode]",
        "own_words": "[why this matters to you]",
        "text": text,
    }
    plain_body = fill_in(body, plain)
    query = {"bcc": bcc} if bcc else {}
    query |= {
        "subject": fill_in(head, plain),
        "body": plain_body.replace("\n", "\r\n"),
    }
    href = f"mailto:{quote(to, safe='@')}?{urlencode(query, quote_via=quote)}"
    return OwnMail(to, bcc, head, body, href, plain_body)


def _body(motion: MotionView, member: MemberView, ask: Ask) -> str:
    titled = f', "{" ".join(motion.title.split())}"' if motion.title else ""
    link = f": {motion.url}" if motion.url else ""
    return (
        "I am your constituent at {address}, {postcode}\n"
        f"I am writing to you about Early Day Motion {motion.number} of session"
        f" {motion.session}{titled}{link}\n\n"
        f"Dear {member.name},\n\n"
        f"{request_words(ask, motion.number)}\n\n"
        "{own_words}\n\n{text}\n\nYours sincerely,\n{name}"
    )


def is_thanks(member: MemberView) -> bool:
    """Return whether there is nothing to ask for: the MP has signed."""
    return member.status is NudgeStatus.SIGNED


def _is_plain(value: str) -> bool:
    try:
        refuse_placeholder(value, "The text")
    except TextError:
        return False
    return True
