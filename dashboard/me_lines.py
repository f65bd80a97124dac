"""The single lines of a supporter's own page: an email, a reminder, a box, an alert. Pure."""

from dataclasses import dataclass
from datetime import datetime

from dashboard import words
from tracker.rules.sending import HELD_BY_MODE, HELD_SIGNED
from tracker.store import AlertFacts
from tracker.store.tables import (
    Consent,
    ConsentKind,
    EmailState,
    Message,
    MessageState,
)
from tracker.supporters.own_page import SentLetter


@dataclass(frozen=True, slots=True)
class BoxLine:
    """One box that was ticked."""

    kind: str
    wording: str
    when: str
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert that was confirmed; `stop_url` is None where nothing is to be stopped."""

    about: str
    wording: str
    when: str
    stop_url: str | None


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


def reminder_words(message: Message, *, now: datetime) -> str:
    """Return that a reminder was sent, and when."""
    at = words.moment_words(message.sent_at or message.created_at, now=now)
    about = f", “{message.subject}”," if message.subject else ""
    return f"We sent you an email{about} at {at}."


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


def alert_line(facts: AlertFacts, stop_url: str, *, now: datetime) -> AlertLine:
    """Return one alert with what was agreed to, and whether it is in force."""
    alert = facts.alert
    when = f"Confirmed at {words.moment_words(alert.confirmed_at or now, now=now)}."
    if alert.told_at is not None:
        when += f" You were told at {words.moment_words(alert.told_at, now=now)}."
    elif alert.stopped_at is not None:
        when += f" Stopped at {words.moment_words(alert.stopped_at, now=now)}."
    is_live = alert.told_at is None and alert.stopped_at is None
    return AlertLine(
        about=f"EDM {facts.motion.number}: when {facts.member.name} signs",
        wording=alert.wording,
        when=when,
        stop_url=stop_url if is_live else None,
    )


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
