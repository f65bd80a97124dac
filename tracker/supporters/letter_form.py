"""What a person typed into the action page's form, and one sentence per field that is wrong.

Owns the fields and their checks. Pure. Who the MP is, and whether the postcode is in
their seat, is not known here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from tracker.outbox.addresses import clean_address
from tracker.outbox.compose import Letter
from tracker.outbox.wording import (
    TextError,
    clean_line,
    clean_text,
    refuse_placeholder,
)
from tracker.rules.postcodes import PostcodeError, compact_postcode, written_postcode
from tracker.store.tables import ConsentKind

LONGEST_NAME = 100
LONGEST_ADDRESS = 300


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as they were typed: nothing of them is lost when one is wrong."""

    name: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""
    own_words: str = ""
    text: str = ""
    send: bool = False
    reminders: bool = False
    campaigns: bool = False
    is_13: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that is right: the letter, the address it comes from, what was ticked."""

    letter: Letter
    email: str
    kinds: frozenset[ConsentKind]


class FormError(ValueError):
    """A form that is not right. `sentences` has one for each field, by its name."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(" ".join(sentences.values()))
        self.sentences = dict(sentences)


def typed_from(given: Mapping[str, str]) -> Typed:
    """Return the fields of a form; what is missing is empty, a box not ticked."""
    return Typed(
        name=given.get("name", ""),
        email=given.get("email", ""),
        address=given.get("address", ""),
        postcode=given.get("postcode", ""),
        own_words=given.get("own_words", ""),
        text=given.get("text", ""),
        send=bool(given.get("send")),
        reminders=bool(given.get("reminders")),
        campaigns=bool(given.get("campaigns")),
        is_13=bool(given.get("is_13")),
    )


def filled_from(typed: Typed) -> Filled:
    """Return the form's values, cleaned; FormError with a sentence for each wrong field."""
    wrong: dict[str, str] = {}

    def cleaned(field: str, clean: Callable[[str], str]) -> str:
        try:
            return clean(getattr(typed, field))
        except (TextError, PostcodeError) as error:
            wrong[field] = str(error)
            return ""

    letter = Letter(
        name=cleaned("name", _name),
        address=cleaned("address", _address),
        postcode=cleaned("postcode", _postcode),
        own_words=cleaned("own_words", _own_words),
        suggested_text=cleaned("text", lambda text: clean_text(text, "The text")),
    )
    email = cleaned("email", clean_address)
    if not (typed.own_words.strip() or typed.text.strip()):
        wrong["own_words"] = "The email has no text: write why this matters to you."
    if not typed.send:
        wrong["send"] = "Tick this box: without it the email may not be sent."
    if not typed.is_13:
        wrong["is_13"] = (
            "Tick this box if you are 13 or over; else ask somebody who is."
        )
    if wrong:
        in_order = [field.name for field in fields(Typed) if field.name in wrong]
        raise FormError({name: wrong[name] for name in in_order})
    return Filled(letter, email, _kinds(typed))


def _name(text: str) -> str:
    name = clean_line(text, "The name", max_length=LONGEST_NAME)
    refuse_placeholder(name, "The name")
    return name


def _address(text: str) -> str:
    lines = [line.strip(" ,") for line in clean_text(text, "The address").split("\n")]
    address = ", ".join(line for line in lines if line)
    clean_line(address, "The address", max_length=LONGEST_ADDRESS)
    refuse_placeholder(address, "The address")
    return address


def _own_words(text: str) -> str:
    words = clean_text(text, "Your own text")
    refuse_placeholder(words, "Your own text")
    return words


def _postcode(text: str) -> str:
    return written_postcode(compact_postcode(text))


def _kinds(typed: Typed) -> frozenset[ConsentKind]:
    told = {
        ConsentKind.SEND: typed.send,
        ConsentKind.REMINDERS: typed.reminders,
        ConsentKind.CAMPAIGNS: typed.campaigns,
    }
    return frozenset(kind for kind, is_ticked in told.items() if is_ticked)
