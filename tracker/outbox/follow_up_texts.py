"""What supporters are written a few days later, and when there is news: plain texts. Pure.

As with notices.py each text lacks its last lines, and their own words from the first
time, which are put in when it leaves. Words never give an MP's motive (product.md 3.3)
and never say that an MP has not answered: replies go to the supporter.
"""

from dataclasses import dataclass
from datetime import date

from tracker.outbox.compose import Draft
from tracker.rules.follow_ups import Text

SWITCHBOARD = "020 7219 3000"
"""The House of Commons' switchboard (www.parliament.uk, "Contact us")."""

_FIRST_LINES = ("I am your constituent at ",)
_LAST_LINES = ("Sent at ", "How ")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number of the office, and what it is called there."""

    label: str
    number: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """Whom and what it is about. `act_url` is the page from which one writes.

    `wrote_on` is the London day of the supporter's first email that counts, `news_on`
    that of what happened.
    """

    supporter_name: str | None
    member_name: str
    constituency: str | None
    session: str
    number: int
    title: str | None
    wrote_on: date
    news_on: date | None
    phone: Phone | None
    act_url: str


def follow_up_text(text: Text, about: Occasion) -> Draft:
    """Return what a supporter is written."""
    subject, *paragraphs = _TEXTS[text](about)
    greeting = f"Dear {about.supporter_name}," if about.supporter_name else "Hello,"
    return Draft(subject, "\n\n".join((greeting, *paragraphs)) + "\n")


def own_words(body: str | None) -> str:
    """Return a supporter's first email without its address and last lines, "" if gone.

    It went away after `message_days`, or was written elsewhere: then nothing is said.
    """
    paragraphs = (body or "").strip().split("\n\n")
    kept = [
        paragraph
        for paragraph in paragraphs
        if paragraph and not paragraph.startswith((*_FIRST_LINES, *_LAST_LINES))
    ]
    return "\n\n".join(kept)


def _ring(about: Occasion) -> tuple[str, ...]:
    return (
        f"Has {about.member_name} replied to you about EDM {about.number}?",
        f"Has {about.member_name} replied? If so, please say so on your own page, below:"
        " then you get no reminder that you don't need.",
        f"{_wrote(about)} The name of {about.member_name} is not on Parliament's list"
        " of those who have signed it so far.",
        "If no reply has come, a short call to the office often helps."
        f" {_phone(about)}",
        f"You could say:\n{_script(about)}",
        "Please be kind to whoever answers, and note on your own page that you rang.",
    )


def _write_again(about: Occasion) -> tuple[str, ...]:
    return (
        f"Writing to {about.member_name} about EDM {about.number} a second time",
        f"{_wrote(about)} You told us that no reply had come, and the name of"
        f" {about.member_name} is not on Parliament's list so far.",
        f"You can write a second time. This page helps with it: {about.act_url}",
        f"Or ring the office. {_phone(about)}",
        f"You could say:\n{_script(about)}",
        "If a reply has come meanwhile, please say so on your own page, below.",
    )


def _thank(about: Occasion) -> tuple[str, ...]:
    return (
        f"{about.member_name} has signed EDM {about.number}",
        f"{about.member_name} has signed Early Day Motion (EDM) {about.number}"
        f"{_title(about)}: the name has been on Parliament's list since"
        f" {_day(about.news_on)}. {_wrote(about, is_short=True)} Thank you.",
        "MPs hear far more requests than thanks. If you want to thank"
        f" {about.member_name}, this page helps with it: {about.act_url}",
    )


def _withdrawn(about: Occasion) -> tuple[str, ...]:
    return (
        f"EDM {about.number}: the signature of {about.member_name} is shown as"
        " withdrawn",
        f"Parliament shows the signature of {about.member_name} on Early Day Motion"
        f" (EDM) {about.number}{_title(about)} as withdrawn, since"
        f" {_day(about.news_on)}. {_wrote(about, is_short=True)}",
        "Parliament's list gives no reason, and this email does not guess one. Names"
        " are taken off for many reasons. You need not do anything; your own page,"
        " below, shows how things stand.",
    )


def _removed(about: Occasion) -> tuple[str, ...]:
    return (
        f"EDM {about.number}: the name of {about.member_name} is no longer on the list",
        f"The name of {about.member_name} is no longer on Parliament's list of those"
        f" who have signed Early Day Motion (EDM) {about.number}{_title(about)}."
        f" {_wrote(about, is_short=True)}",
        "Parliament gives no reason. You need not do anything; your own page, below,"
        " shows how things stand.",
    )


def _left(about: Occasion) -> tuple[str, ...]:
    seat = f" for {about.constituency}" if about.constituency else ""
    return (
        f"{about.member_name} is no longer an MP",
        f"{about.member_name} no longer holds the seat{seat}."
        f" {_wrote(about, is_short=True)}",
        "Once there is another MP you can write to them from this page:"
        f" {about.act_url}",
    )


def _news(about: Occasion) -> tuple[str, ...]:
    return (
        f"News of {about.member_name} and EDM {about.number}",
        f"Something has changed with {about.member_name} and Early Day Motion (EDM)"
        f" {about.number}{_title(about)}. {_wrote(about, is_short=True)}",
        "Your own page, below, shows how things stand.",
    )


_TEXTS = {
    Text.RING: _ring,
    Text.WRITE_AGAIN: _write_again,
    Text.THANK: _thank,
    Text.WITHDRAWN: _withdrawn,
    Text.REMOVED: _removed,
    Text.LEFT: _left,
    Text.NEWS: _news,
}


def _wrote(about: Occasion, *, is_short: bool = False) -> str:
    day = _day(about.wrote_on)
    if is_short:
        return f"You wrote to {about.member_name} about it on {day}."
    return (
        f"On {day} you wrote to {about.member_name} about Early Day Motion (EDM)"
        f" {about.number} of session {about.session}{_title(about)}."
    )


def _phone(about: Occasion) -> str:
    if about.phone is None:
        return (
            f"No number of it is known here: Parliament's switchboard, {SWITCHBOARD},"
            " can put you through."
        )
    return f"The number is {about.phone.number} ({about.phone.label})."


def _script(about: Occasion) -> str:
    """Return what to say, as lines set in."""
    name = f"my name is {about.supporter_name} and " if about.supporter_name else ""
    where = f"I live in {about.constituency}" if about.constituency else "I live there"
    return (
        f"    Hello, {name}{where}. On {_day(about.wrote_on)} I wrote to"
        f" {about.member_name} about Early Day Motion {about.number}{_title(about)}."
        f" Has {about.member_name} seen my email, and can I hope for a signature?"
    )


def _title(about: Occasion) -> str:
    return f', "{" ".join(about.title.split())}"' if about.title else ""


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else "some days"
