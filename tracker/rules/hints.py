"""Why a Member is likely to sign: hints for staff, each with its source. Pure.

A hint is not a status: it changes nothing but the order that staff may ask for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tracker.clock import LONDON
from tracker.rules.eligibility import PostHeld
from tracker.rules.nudge import Stance


@dataclass(frozen=True, slots=True)
class Hint:
    """One reason in words, where it is from, and how much it weighs in `order=likely`."""

    text: str
    source: str
    weight: int


@dataclass(frozen=True, slots=True)
class RelatedSigning:
    """A Member's name on a related motion.

    `is_continued` says that the motion re-tables it, `is_sponsor` that they are one of
    its first six names.
    """

    title: str
    is_sponsor: bool
    is_continued: bool


@dataclass(frozen=True, slots=True)
class HintFacts:
    """What hints are made of. `election_on` is the day of the last general election.

    `is_stance_reported` if supporters reported the stance, not the office to staff.
    """

    stance: Stance | None = None
    stance_at: datetime | None = None
    is_stance_reported: bool = False
    related: Sequence[RelatedSigning] = ()
    posts: Sequence[PostHeld] = ()
    seat_since_on: date | None = None
    election_on: date | None = None
    replies_reported: int = 0


def hints(facts: HintFacts, *, today: date) -> list[Hint]:
    """Return the hints that hold, the strongest first."""
    found = [*_of_stance(facts), *_of_related(facts.related), *_of_posts(facts, today)]
    since_on, election_on = facts.seat_since_on, facts.election_on
    if since_on and election_on and since_on > election_on:
        found.append(Hint("New since the election", f"MP since {_day(since_on)}", 5))
    if facts.replies_reported:
        people = "supporter" if facts.replies_reported == 1 else "supporters"
        text = f"{facts.replies_reported} {people} reported a reply"
        found.append(Hint(text, "supporters' reports", 10))
    return sorted(found, key=lambda hint: -hint.weight)


def likelihood(found: Iterable[Hint]) -> int:
    """Return by how much a Member goes first in `order=likely`."""
    return sum(hint.weight for hint in found)


def _of_stance(facts: HintFacts) -> list[Hint]:
    words = {
        Stance.WILL_SIGN: ("Said they would sign", 100),
        Stance.CONSIDERING: ("Said they are considering it", 20),
    }
    if facts.stance not in words or facts.stance_at is None:
        return []
    text, weight = words[facts.stance]
    on = facts.stance_at.astimezone(LONDON).date()
    source = (
        "supporters' reports, accepted on" if facts.is_stance_reported else "contact of"
    )
    return [Hint(text, f"{source} {_day(on)}", weight)]


def _of_related(related: Iterable[RelatedSigning]) -> list[Hint]:
    found = []
    for signing in related:
        if signing.is_continued:
            hint = Hint("Signed the motion that this one re-tables", signing.title, 60)
        elif signing.is_sponsor:
            hint = Hint("Sponsors a related motion", signing.title, 45)
        else:
            hint = Hint("Signed a related motion", signing.title, 35)
        found.append(hint)
    return found


def _of_posts(facts: HintFacts, today: date) -> list[Hint]:
    return [
        Hint("Holds a front-bench post", post.name, 0)
        for post in facts.posts
        if post.kind == "opposition" and post.is_held_on(today, needs_date=False)
    ][:1]


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
