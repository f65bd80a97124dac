"""How fresh a page is, in words: when Parliament was read, and what is wrong. Pure.

Owns the four tones. Whether the data can be trusted is decided in `tracker/rules/health`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dashboard import words
from tracker.board import MotionView
from tracker.rules.health import Health, failure_sentence


class Tone(StrEnum):
    """How a page says it: a colour, a shape, and the words beside it."""

    OK = "ok"
    WAITING = "waiting"
    DOUBT = "doubt"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Freshness:
    """When Parliament was last read, and a note while that is not the whole story."""

    tone: Tone
    checked_at: datetime | None
    checked_words: str
    note: str | None


def freshness(motion: MotionView, *, now: datetime) -> Freshness:
    """Return what the page says: "Checked 40 seconds ago", and what is wrong if it is."""
    checked_at = motion.last_good_poll_at
    checked = "Not checked yet"
    if checked_at is not None:
        checked = f"Checked {words.ago(checked_at, now=now)}"
    return Freshness(_tone(motion), checked_at, checked, _note(motion))


def _tone(motion: MotionView) -> Tone:
    if motion.health is Health.SUSPECT:
        return Tone.DOUBT
    if motion.failing_since_at is not None or motion.health is Health.STALE:
        return Tone.FAILING
    return Tone.WAITING if motion.health is Health.NEVER else Tone.OK


def _note(motion: MotionView) -> str | None:
    if _tone(motion) is Tone.OK:
        return None
    said = [motion.health_note]
    if motion.failing_since_at is not None:
        said.append(failure_sentence(motion.failure_kind))
    if motion.health is Health.NEVER:
        said.append("The number and the names appear here once it has been read.")
    elif motion.failing_since_at is not None:
        said.append("What is shown here stays as it was.")
    return " ".join(said)
