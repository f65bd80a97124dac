"""Who by convention does not sign Early Day Motions, and why. Pure (product.md 4).

A convention, not a rule of the House: a Member who signs anyway is shown as signed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_MERGED_PARTIES = {"Labour (Co-op)": "Labour", "Labour/Co-operative": "Labour"}


@dataclass(frozen=True, slots=True)
class PostHeld:
    """A post and its days, both included; None means that Parliament gave no date.

    `kind` is government, opposition or speaker.
    """

    kind: str
    name: str
    started_on: date | None
    ended_on: date | None

    def is_held_on(self, day: date, *, needs_date: bool) -> bool:
        """Return whether the post was held on `day`.

        `needs_date` refuses a post without a first day: today's posts say nothing of a
        day in the past unless their dates cover it.
        """
        if self.started_on is None and needs_date:
            return False
        has_begun = self.started_on is None or self.started_on <= day
        return has_begun and (self.ended_on is None or day <= self.ended_on)


def cannot_sign_reason(
    *,
    party: str | None,
    posts: Iterable[PostHeld],
    correction: str | None,
    day: date,
    is_past: bool,
) -> str | None:
    """Return why the Member by convention does not sign on `day`, or None if they may.

    `correction` is staff's own reason, which goes first (parliamentary private
    secretaries are in no API). `is_past` is for a motion that is over.
    """
    if correction:
        return correction
    for post in posts:
        if not post.is_held_on(day, needs_date=is_past):
            continue
        if post.kind == "speaker":
            return "The Speaker and deputies do not sign motions"
        if post.kind == "government":
            return f"Ministers and whips by convention do not sign ({post.name})"
    if is_abstentionist(party):
        return "Sinn Féin Members do not take their seats"
    return None


def is_abstentionist(party: str | None) -> bool:
    """Return whether Members of this party do not take their seats."""
    return (party or "").strip().casefold() in ("sinn féin", "sinn fein")


def charted_party(party: str | None) -> str:
    """Return the party under which a Member is counted in charts.

    "Labour (Co-op)" is Labour: Parliament's own table of the parties counts them as one.
    """
    name = (party or "").strip() or "Unknown"
    return _MERGED_PARTIES.get(name, name)
