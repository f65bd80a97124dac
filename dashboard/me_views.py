"""What a supporter's own page says of their emails and of what they agreed to. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dashboard import words
from dashboard.act_views import Card
from tracker.rules.sending import HELD_BY_MODE, HELD_SIGNED
from tracker.store.tables import (
    Consent,
    ConsentKind,
    EmailState,
    Message,
    MessageState,
)
from tracker.supporters.own_page import STOPPED, OwnPage, SentLetter

CardOf = Callable[[SentLetter], Card | None]


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One email: what it is about, the MP's card, and what became of it."""

    about: str
    card: Card | None
    state: str


@dataclass(frozen=True, slots=True)
class BoxLine:
    """One box that was ticked."""

    kind: str
    wording: str
    when: str
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class Me:
    """The page, ready to be written down."""

    name: str | None
    letters: tuple[LetterLine, ...]
    boxes: tuple[BoxLine, ...]
    gets_emails: bool
    drop_address: str | None


def me_view(
    page: OwnPage,
    card_of: CardOf,
    *,
    drop_address: str | None,
    now: datetime,
) -> Me:
    """Return the page of a person; `card_of` gives the card of a letter's MP, or None."""
    return Me(
        name=page.supporter.name,
        letters=tuple(
            LetterLine(_about(sent), card_of(sent), state_words(sent, now=now))
            for sent in page.letters
        ),
        boxes=tuple(box_line(consent, now=now) for consent in page.consents),
        gets_emails=any(page.in_force(kind) for kind in STOPPED),
        drop_address=drop_address,
    )


def state_words(sent: SentLetter, *, now: datetime) -> str:
    """Return what became of an email, in one or two sentences."""
    message, email = sent.letter.message, sent.letter.email
    if message is None:
        return _by_email(email.state, email.sent_at, now)
    when = words.moment_words(message.sent_at or message.created_at, now=now)
    match message.state:
        case MessageState.SENT:
            return f"Your email was sent at {when}. A reply goes to you only."
        case MessageState.HELD:
            return _held_words(message)
        case MessageState.QUEUED | MessageState.SENDING:
            return "Your email is on its way."
        case MessageState.CANCELLED:
            return f"Your email was not sent and will not be: {message.error}."
        case MessageState.FAILED:
            return "Your email could not be delivered. It does not count as sent."
        case _:
            return "Your email was not sent so far: the campaign's staff look at it."


def box_line(consent: Consent, *, now: datetime) -> BoxLine:
    """Return one box with when it was ticked, and taken back if it was."""
    when = f"Ticked at {words.moment_words(consent.given_at, now=now)}."
    if consent.withdrawn_at is not None:
        when += f" Taken back at {words.moment_words(consent.withdrawn_at, now=now)}."
    return BoxLine(
        kind=ConsentKind(consent.kind).value,
        wording=consent.wording,
        when=when,
        is_in_force=consent.withdrawn_at is None,
    )


def _about(sent: SentLetter) -> str:
    name = sent.member.name if sent.member else "your MP"
    return f"EDM {sent.motion.number}: your email to {name}"


def _held_words(message: Message) -> str:
    if message.confirmed_at is None:
        return "Your email waits for you to confirm it: the link is in your mailbox."
    if message.error == HELD_SIGNED:
        return "Your email was not sent: the MP has signed, so nothing is left to ask."
    if message.error == HELD_BY_MODE:
        return "Your email is kept. Nothing is being sent from this site at the moment."
    return "Your email is kept and not sent so far."


def _by_email(state: EmailState, sent_at: datetime, now: datetime) -> str:
    if state is EmailState.COUNTED:
        return f"You wrote at {words.moment_words(sent_at, now=now)}."
    if state is EmailState.REVIEW:
        return "Your email arrived here; the campaign's staff see which MP it was to."
    return "This email does not count."
