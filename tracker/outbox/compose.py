"""The email to the MP: its words, in the order that an office needs. Pure.

Owns product.md 7's form of it. Notices to supporters are in notices.py; headers and the
envelope in envelope.py; where the suggested text comes from, in templates.py.
"""

from dataclasses import dataclass, replace

from tracker.outbox.wording import (
    TextError,
    clean_line,
    clean_text,
    fitted_line,
    refuse_placeholder,
)
from tracker.rules.asks import Ask, request_words


@dataclass(frozen=True, slots=True)
class Draft:
    """A subject of one line, and a body of plain text with lines ended by \\n."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What a supporter filled in: who and where they are, and their own words, or none.

    `suggested_text` is the campaign's text as the supporter left it.
    """

    name: str
    address: str
    postcode: str
    own_words: str
    suggested_text: str


@dataclass(frozen=True, slots=True)
class AboutMotion:
    """What the email is about, and to whom it goes; `url` is Parliament's page."""

    session: str
    number: int
    title: str
    url: str
    member_name: str
    constituency: str
    campaign: str
    privacy_url: str


def member_email(
    letter: Letter,
    about: AboutMotion,
    *,
    subject: str,
    request: str | None = None,
) -> Draft:
    """Return the email to the MP for a supporter (product.md 7).

    `request` is the one sentence of what is asked, None to sign. `subject` is
    campaign.message_subject with its placeholders. TextError with one sentence for
    whoever typed, if something is missing, too long, or still a placeholder.
    """
    filled = _cleaned(letter)
    about = _fitted(about)
    title = _title(about)
    motion = f"Early Day Motion {about.number} of session {about.session}, {title}"
    paragraphs = [
        f"I am your constituent at {_full_address(filled)}\n"
        f"I am writing to you about {motion}: {about.url}",
        f"Dear {about.member_name},",
        request or request_words(Ask.SIGN, about.number),
        filled.own_words,
        fill_in(filled.suggested_text, _words(filled, about)),
        f"Yours sincerely,\n{filled.name}",
        f"How {about.campaign} handles people's data: {about.privacy_url}",
        f"Sent at {filled.name}'s request through {about.campaign};"
        f" your reply goes to {filled.name} only.",
    ]
    body = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return Draft(_subject(subject, filled, about), body + "\n")


def fill_in(text: str, words: dict[str, str]) -> str:
    """Return the text with {word} replaced for the words known; others stay."""
    for word, value in words.items():
        text = text.replace(f"{{{word}}}", value)
    return text


def _cleaned(letter: Letter) -> Letter:
    cleaned = Letter(
        name=clean_line(letter.name, "The name", max_length=100),
        address=", ".join(_lines(clean_text(letter.address, "The address"))),
        postcode=clean_line(letter.postcode, "The postcode", max_length=10),
        own_words=clean_text(letter.own_words, "Your own text"),
        suggested_text=clean_text(letter.suggested_text, "The suggested text"),
    )
    clean_line(cleaned.address, "The address", max_length=300)
    if not cleaned.own_words and not cleaned.suggested_text:
        raise TextError("The email has no text: write why this matters to you.")
    refuse_placeholder(cleaned.name, "The name")
    refuse_placeholder(cleaned.address, "The address")
    refuse_placeholder(cleaned.own_words, "Your own text")
    return cleaned


def _fitted(about: AboutMotion) -> AboutMotion:
    """Return the facts with names as they can be written: Parliament's may hold anything."""
    return replace(
        about,
        title=fitted_line(about.title),
        member_name=fitted_line(about.member_name),
        constituency=fitted_line(about.constituency),
    )


def _words(letter: Letter, about: AboutMotion) -> dict[str, str]:
    """Return what a template may ask for; the same names as in message_subject.

    Text that asks for anything else is refused, before the values are put in: a title
    may have brackets of its own.
    """
    words = {
        "number": str(about.number),
        "session": about.session,
        "title": about.title,
        "name": letter.name,
        "postcode": letter.postcode,
        "constituency": about.constituency,
        "mp": about.member_name,
    }
    blank = dict.fromkeys(words, "")
    refuse_placeholder(fill_in(letter.suggested_text, blank), "The suggested text")
    return words


def _subject(template: str, letter: Letter, about: AboutMotion) -> str:
    # A long title is cut: whoever writes could not shorten it.
    filled = fitted_line(fill_in(template, _words(letter, about)), max_length=250)
    return clean_line(filled, "The subject", max_length=250)


def _full_address(letter: Letter) -> str:
    if letter.postcode.replace(" ", "") in letter.address.replace(" ", ""):
        return letter.address
    return f"{letter.address}, {letter.postcode}"


def _title(about: AboutMotion) -> str:
    return f'"{" ".join(about.title.split())}"'


def _lines(text: str) -> list[str]:
    return [line.strip(" ,") for line in text.split("\n") if line.strip(" ,")]
