"""What is due for staff as an iCalendar (RFC 5545), made from an agenda. Pure.

Owns the words and the identifiers. An event whose day moves is another event, since its
UID names the day: so no revision has to be counted, and SEQUENCE stays 0. Nothing depends
on when it is asked, so the same agenda gives the same bytes. Escaping and folding are
the library's.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event, vDuration

from dashboard import words
from dashboard.call_words import STANCES, outcome_words
from tracker.board.calls import LastCall
from tracker.clock import london_date
from tracker.following.agenda import Agenda, Task
from tracker.rules.nudge import Stance

_ASK_AGAIN = timedelta(hours=1)
_DAY = timedelta(days=1)


def due_calendar(agenda: Agenda, base_url: str) -> bytes:
    """Return the calendar: an event of a whole day for each thing that is due."""
    number = agenda.watched.number
    name = f"EDM {number}: what is due"
    made = Calendar()
    made.add("prodid", "-//EDM signature tracker//What is due//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    for key in ("name", "x-wr-calname"):
        made.add(key, name)
    made.add("refresh-interval", _ASK_AGAIN, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vDuration(_ASK_AGAIN))
    for event in _events(agenda, base_url):
        made.add_component(event)
    body: bytes = made.to_ical()
    return body


def _events(agenda: Agenda, base_url: str) -> Iterator[Event]:
    # RFC 5545 wants one component at least: the first day is there when nothing is due.
    if agenda.tabled_on is not None:
        yield _milestone(agenda, agenda.tabled_on, "tabled", "was tabled", base_url)
    for task in agenda.tasks:
        yield _task(agenda, task, base_url)
    if agenda.closes_on is not None:
        said = "closes: the last day to sign it"
        yield _milestone(agenda, agenda.closes_on, "closes", said, base_url)


def _task(agenda: Agenda, task: Task, base_url: str) -> Event:
    kind = "call-back" if task.rule is None else f"follow-up-{task.rule}"
    who = " · ".join(part for part in (task.name, task.constituency) if part)
    do = "Ring back" if task.rule is None else f"Follow up ({task.rule})"
    motion = f"{agenda.watched.session}/{agenda.watched.number}"
    return _event(
        agenda,
        f"{kind}-{task.member_id}",
        task.on,
        changed_at=task.changed_at,
        summary=f"{do}: {who}",
        lines=_lines(agenda, task),
        url=f"{base_url}/staff/mps/{task.member_id}?motion={motion}",
    )


def _milestone(agenda: Agenda, on: date, kind: str, said: str, base_url: str) -> Event:
    number, session = agenda.watched.number, agenda.watched.session
    return _event(
        agenda,
        kind,
        on,
        changed_at=None,
        summary=f"EDM {number} {said}",
        lines=[agenda.title or f"EDM {number} of {session}"],
        url=f"{base_url}/motions/{session}/{number}",
    )


def _event(
    agenda: Agenda,
    kind: str,
    on: date,
    *,
    changed_at: datetime | None,
    summary: str,
    lines: list[str],
    url: str,
) -> Event:
    told = f"{agenda.watched.session}-{agenda.watched.number}"
    changed_at = changed_at or _first_known(agenda)
    made = Event()
    made.add("uid", f"{kind}-{on.isoformat()}-{told}@edm-signature-tracker")
    made.add("dtstamp", changed_at)
    made.add("last-modified", changed_at)
    made.add("sequence", 0)
    made.add("dtstart", on)
    made.add("dtend", on + _DAY)  # the day after: an end is not within
    made.add("summary", _seen(summary))
    made.add("description", "\n".join(_seen(line) for line in lines))
    made.add("url", url)
    made.add("class", "PRIVATE")
    made.add("transp", "TRANSPARENT")
    return made


def _lines(agenda: Agenda, task: Task) -> list[str]:
    lines = [f"EDM {agenda.watched.number}: {_why(task)}"]
    wrote = "person has" if task.supporters == 1 else "people have"
    lines.append(f"{words.number(task.supporters)} {wrote} written to this MP.")
    if task.last_call is not None:
        lines.append(_said(task.last_call))
    lines += [f"{way.label}: {way.value}" for way in task.phones]
    return lines


def _why(task: Task) -> str:
    if task.rule is None:
        return "a call-back was agreed for this day."
    about = words.counted(task.rule_count, "supporter")
    return f"the rule {task.rule} has this for staff, about {about}."


def _said(call: LastCall) -> str:
    """Return what came of the last call; its note is for the staff page alone."""
    said = outcome_words(call.channel, call.outcome)
    stance = (
        "" if call.stance is Stance.UNKNOWN else f"; {STANCES[call.stance].lower()}"
    )
    return f"Last call, {words.day(london_date(call.at))}: {said.lower()}{stance}."


def _first_known(agenda: Agenda) -> datetime:
    on = agenda.tabled_on or date(1970, 1, 1)
    return datetime.combine(on, time(), UTC)


def _seen(text: str) -> str:
    return "".join(char for char in text if char.isprintable())
