"""Whether a name can appear now, in one line above the staff board. Pure."""

from datetime import datetime

from dashboard import words
from tracker.board import MotionView
from tracker.clock import LONDON, london_date
from tracker.rules.calendar import MotionState, Spell
from tracker.rules.sitting import is_certain, usual_start


def sitting_words(
    motion: MotionView, *, are_recesses_known: bool, now: datetime
) -> str | None:
    """Return when the House sits today, and when the next recess begins.

    None while no recess is known: a usual weekday may be in one.
    """
    if motion.state is not MotionState.OPEN:
        return "The motion is over: nobody is to be rung about it."
    if motion.no_name_until_on is not None:
        until = words.day(motion.no_name_until_on)
        return f"In the constituency until {until}: no new name can appear before."
    if not are_recesses_known:
        return None
    said = _today_words(now)
    if motion.next_spell is not None:
        said += f" · {_next_words(motion.next_spell)}"
    return said


def _today_words(now: datetime) -> str:
    today = london_date(now)
    starts = usual_start(today)
    if starts is None:
        return "The House does not sit at the weekend"
    if not is_certain(today):
        return f"On some Fridays the House sits, from {starts:%H:%M}"
    if now.astimezone(LONDON).time() >= starts:
        # When it rises nobody tells us: only that it began stays true all day.
        return f"The House began to sit at {starts:%H:%M} today"
    return f"The House sits from {starts:%H:%M} today"


def _next_words(spell: Spell) -> str:
    name = "next recess" if "recess" in spell.name.casefold() else spell.name.lower()
    return f"{name} from {words.day(spell.from_on)}"
