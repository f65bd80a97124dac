"""How far the data can be trusted, in one word and one sentence. Pure (product.md 3.9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracker.clock import LONDON
from tracker.rules.outcomes import FailureKind, Outcome

_LEAST = timedelta(minutes=5)
_CLOSED = timedelta(hours=50)
_FAILURES = {
    FailureKind.BLOCKED: "did not let us read it",
    FailureKind.UNAVAILABLE: "is out of order at the moment",
    FailureKind.TIMEOUT: "did not answer in time",
    FailureKind.NOT_FOUND: "says that it does not know this motion",
    FailureKind.THROTTLED: "asked us to wait for a while",
    FailureKind.CONNECTION: "could not be reached",
    FailureKind.UNREADABLE: "gave an answer that cannot be read",
}


class Health(StrEnum):
    """The first that holds, in this order."""

    NEVER = "never"
    SUSPECT = "suspect"
    STALE = "stale"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class PollFacts:
    """What is known of a motion's polls.

    `failing_since_at` is the first of the failed polls after the last good one, with the
    newest one's `error` (staff's wording) and `failure_kind`. `not_found_since_at` is
    when Parliament first said that it has no such motion. `suspicion` is why the last
    good answer is doubted as a whole; `doubted_count` how many rows wait to be believed.
    """

    last_good_at: datetime | None
    last_good_outcome: Outcome | None
    suspicion: str | None = None
    doubted_count: int = 0
    failing_since_at: datetime | None = None
    not_found_since_at: datetime | None = None
    error: str | None = None
    failure_kind: FailureKind | None = None


def health(
    facts: PollFacts, *, interval: timedelta, is_open: bool, now: datetime
) -> Health:
    """Return never, suspect, stale or ok: the first that holds.

    `interval` is the one now in force; stale is older than three times it and than five
    minutes, for a motion that is over older than 50 hours.
    """
    if facts.last_good_at is None:
        return Health.NEVER
    if facts.last_good_outcome is Outcome.SUSPECT or facts.doubted_count:
        return Health.SUSPECT
    limit = max(3 * interval, _LEAST) if is_open else _CLOSED
    return Health.STALE if now - facts.last_good_at > limit else Health.OK


def health_note(facts: PollFacts, verdict: Health) -> str:
    """Return one or two sentences for anyone: what is wrong, since when, what is shown.

    Says nothing of the body of an answer. Times are London's.
    """
    said = _verdict_sentence(facts, verdict)
    if facts.failing_since_at is None:
        return said
    said += " Parliament has not given a readable answer since"
    said += f" {_moment(facts.failing_since_at)}"
    if facts.failure_kind is FailureKind.NOT_FOUND and facts.not_found_since_at:
        said += (
            f"; it has not found this motion since {_moment(facts.not_found_since_at)}"
        )
    return f"{said}."


def failure_sentence(kind: FailureKind | None) -> str:
    """Return why Parliament can't be read now, for anyone: no code, no address, no body."""
    what = _FAILURES[kind] if kind else "did not give a readable answer"
    return f"Parliament's service {what}."


def _verdict_sentence(facts: PollFacts, verdict: Health) -> str:
    if verdict is Health.NEVER or facts.last_good_at is None:
        return "Parliament has not been read yet."
    read_at = _moment(facts.last_good_at)
    if verdict is Health.OK:
        return f"Read from Parliament at {read_at}."
    if verdict is Health.STALE:
        return f"Last read from Parliament at {read_at}; what is shown is from then."
    if facts.suspicion:
        return (
            f"Parliament's last answer is in doubt ({facts.suspicion}), so what is shown"
            " is from before it."
        )
    rows = "signature" if facts.doubted_count == 1 else "signatures"
    return (
        f"Parliament's last answer disagrees about {facts.doubted_count} {rows}; that is"
        " not believed until it has been seen again."
    )


def _moment(moment: datetime) -> str:
    local = moment.astimezone(LONDON)
    return f"{local:%H:%M} on {local.day} {local:%B %Y}"
