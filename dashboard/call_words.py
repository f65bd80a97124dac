"""How contacts with an office are said: channels, outcomes, stances, one past call. Pure."""

from dataclasses import dataclass
from datetime import datetime

from dashboard import words
from tracker.board.calls import LastCall
from tracker.clock import london_date
from tracker.rules.nudge import Stance
from tracker.rules.stances import Channel, ContactOutcome

CHANNELS = {
    Channel.PHONE: "Phone",
    Channel.EMAIL: "Email",
    Channel.LETTER: "Letter",
    Channel.IN_PERSON: "In person",
}
OUTCOMES = {
    ContactOutcome.CONTACT: "Spoke to them",
    ContactOutcome.MESSAGE_LEFT: "Left a message",
    ContactOutcome.UNAVAILABLE: "Nobody there",
    ContactOutcome.BUSY: "Busy",
    ContactOutcome.WRONG_NUMBER: "Wrong number",
}
STANCES = {
    Stance.UNKNOWN: "Said nothing of it",
    Stance.WILL_SIGN: "Will sign",
    Stance.CONSIDERING: "Considering it",
    Stance.WILL_NOT_SIGN: "Will not sign this one",
    Stance.SIGNS_NO_EDMS: "Signs no motions",
}
_LONGEST_NOTE_SHOWN = 90


@dataclass(frozen=True, slots=True)
class CallLine:
    """A past contact in a few words: when, how and what came of it; and what was said."""

    when: str
    outcome: str
    stance: str | None
    note: str | None


def call_line(call: LastCall, *, now: datetime) -> CallLine:
    """Return the contact as it stands in a row; a long note is cut."""
    on = london_date(call.at)
    is_this_year = on.year == london_date(now).year
    note = call.note
    if note and len(note) > _LONGEST_NOTE_SHOWN:
        note = note[: _LONGEST_NOTE_SHOWN - 1].rstrip() + "…"
    return CallLine(
        when=words.short_day(on) if is_this_year else words.day(on),
        outcome=outcome_words(call.channel, call.outcome),
        stance=None if call.stance is Stance.UNKNOWN else STANCES[call.stance],
        note=note,
    )


def outcome_words(channel: Channel, outcome: ContactOutcome) -> str:
    """Return what came of a contact; the channel is said unless it was the phone."""
    said = OUTCOMES[outcome]
    return said if channel is Channel.PHONE else f"{CHANNELS[channel]}: {said.lower()}"
