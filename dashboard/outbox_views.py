"""What the outbox's pages show: states, reasons, and what can be done about each. Pure.

A list names no supporter and shows no subject, which may hold a name and a postcode; a
message's own page shows it whole. What may leave is decided in tracker/rules/sending.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from dashboard import words
from dashboard.outbox_words import DONE, KINDS, SIGNED_WORDS, STATES, UNCONFIRMED_WORDS
from tracker.rules.likeness import Likeness
from tracker.rules.sending import HELD_BY_MODE, HELD_SIGNED, HELD_UNCONFIRMED
from tracker.store.tables import Message, MessageState, SenderPause

PATH = "/staff/outbox"
PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class StateLink:
    """A state as a link, with how many there are."""

    name: str
    count: int
    url: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Acts:
    """What can be done about a message; `refusal` says why it can't be released."""

    can_release: bool = False
    can_decide: bool = False
    can_unpark: bool = False
    can_cancel: bool = False
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One message in the list: nothing that names a supporter."""

    message_id: int
    what: str
    when: str
    reason: str | None
    acts: Acts


@dataclass(frozen=True, slots=True)
class Pause:
    """Why nothing is sent now."""

    heading: str
    reason: str
    since: str
    until: str
    is_alert: bool


@dataclass(frozen=True, slots=True)
class LikenessRow:
    """How alike the emails to one MP are, in whole percent."""

    mp: str
    count: int
    percent: int
    words: str


def state_links(
    counts: Mapping[MessageState, int], state: MessageState
) -> tuple[StateLink, ...]:
    """Return the states as links, those that need somebody first."""
    return tuple(
        StateLink(name, counts.get(key, 0), list_url(key), key is state)
        for key, name in STATES.items()
    )


def chosen_state(asked: str, counts: Mapping[MessageState, int]) -> MessageState:
    """Return the state that the address names, else the first that holds anything."""
    if asked in set(MessageState):
        return MessageState(asked)
    return next((key for key in STATES if counts.get(key)), MessageState.HELD)


def list_url(state: MessageState, **more: object) -> str:
    """Return the address of the list of one state."""
    return f"{PATH}?{urlencode({'state': state.value, **more})}"


def next_url(rows: Sequence[Row], state: MessageState) -> str | None:
    """Return where the list goes on, None if it is not full."""
    if len(rows) < PAGE_ROWS:
        return None
    side = "before" if state in DONE else "after"
    return list_url(state, **{side: rows[-1].message_id})


def row_of(message: Message, mp: str | None, acts: Acts, *, now: datetime) -> Row:
    """Return a message as the list has it."""
    return Row(
        message_id=message.id or 0,
        what=what_words(message, mp),
        when=_when(message, now),
        reason=sentence(message.error) if acts.refusal is None else None,
        acts=acts,
    )


def what_words(message: Message, mp: str | None) -> str:
    """Return what a message is, naming its MP and nobody else."""
    kind = KINDS.get(message.kind, message.kind.value.replace("_", " ").capitalize())
    return kind.format(mp=mp or "an MP")


def acts_of(message: Message, *, has_signed: bool) -> Acts:
    """Return what staff can do about a message; `has_signed` is of its MP, now."""
    state, refusal = message.state, None
    if state is MessageState.HELD and message.error == HELD_UNCONFIRMED:
        refusal = UNCONFIRMED_WORDS
    elif state is MessageState.HELD and message.error == HELD_SIGNED and has_signed:
        refusal = SIGNED_WORDS
    return Acts(
        can_release=state is MessageState.HELD and refusal is None,
        can_decide=state is MessageState.UNCERTAIN,
        can_unpark=state is MessageState.PARKED,
        can_cancel=state
        in (MessageState.HELD, MessageState.QUEUED, MessageState.PARKED),
        refusal=refusal,
    )


def done_words(message: Message, *, is_holding: bool) -> str:
    """Return what is so after somebody has pressed a button, by the state there is now."""
    number = f"Message {message.id}"
    if message.state is MessageState.QUEUED:
        if is_holding:
            return f"{number} is released: it leaves when mail.mode is send."
        return f"{number} is queued: it leaves in a moment, after one more look."
    if message.state is MessageState.HELD:
        return f"{number} is held again: {message.error}."
    return f"{number}: {STATES[message.state].lower()}."


def pause_of(pause: SenderPause | None, *, now: datetime) -> Pause | None:
    """Return why nothing is sent, None while all is well."""
    if pause is None:
        return None
    heading = "Sending stands still for the moment"
    if pause.is_alert:
        heading = "Sending has stopped: somebody must act"
    return Pause(
        heading=heading,
        reason=sentence(pause.reason) or "",
        since=words.moment_words(pause.since_at, now=now),
        until=words.moment_words(pause.until_at, now=now),
        is_alert=pause.is_alert,
    )


def facts_of(message: Message, *, now: datetime) -> tuple[tuple[str, str], ...]:
    """Return what is known of a message, in words, without what is empty."""
    moments = (
        ("Written", message.created_at),
        ("Confirmed by its supporter", message.confirmed_at),
        ("Handed over", message.handover_at),
        ("Sent", message.sent_at),
        ("Not tried before", message.next_try_at if _waits(message) else None),
    )
    facts = [
        ("State", STATES[message.state]),
        ("Why", sentence(message.error)),
        ("To", message.to_address),
        ("Replies go to", message.reply_to),
        *(
            (name, words.moment_words(at, now=now) if at else None)
            for name, at in moments
        ),
        (
            "Tries",
            words.number(message.attempt_count) if message.attempt_count else None,
        ),
        ("Message-ID", message.message_id),
    ]
    return tuple((name, text) for name, text in facts if text)


def likeness_row(mp: str, alike: Likeness, *, count: int) -> LikenessRow:
    """Return how alike the emails to an MP are; `count` is how many there are in all."""
    percent = round(100 * alike.shared_share)
    looked = words.counted(alike.email_count, "email")
    newest = "newest " if count > alike.email_count else ""
    return LikenessRow(
        mp=mp,
        count=count,
        percent=percent,
        words=f"{percent}% of the words of the {newest}{looked} are in others too",
    )


def sentence(text: str | None) -> str | None:
    """Return a reason as a sentence, None for none."""
    if not text:
        return None
    if text == HELD_BY_MODE:
        return "Written while nothing was to leave: mail.mode was hold."
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def _when(message: Message, now: datetime) -> str:
    if message.sent_at is not None:
        return f"sent {words.moment_words(message.sent_at, now=now)}"
    return f"written {words.moment_words(message.created_at, now=now)}"


def _waits(message: Message) -> bool:
    return message.state is MessageState.QUEUED
