"""What a supporter asks of their MP, by where the MP stands (product.md 6). Pure.

Owns the one request of an email and which suggested text goes with it; the texts are
files in tracker/data.
"""

from enum import StrEnum

from tracker.rules.status import NudgeStatus


class Ask(StrEnum):
    """The one thing that an email asks for; `thank` asks for nothing."""

    SIGN = "sign"
    SIGN_AGAIN = "sign_again"
    RAISE = "raise"
    INSTEAD = "instead"
    THANK = "thank"


_ASKS = {
    NudgeStatus.SIGNED: Ask.THANK,
    NudgeStatus.DECLINED: Ask.INSTEAD,
    NudgeStatus.CANNOT_SIGN: Ask.RAISE,
    NudgeStatus.WITHDREW: Ask.SIGN_AGAIN,
}

_REQUESTS = {
    Ask.SIGN: "I ask you to do one thing: please sign EDM {number}.",
    Ask.SIGN_AGAIN: (
        "Parliament shows your signature as withdrawn. I ask you to do one thing: please"
        " sign EDM {number} again."
    ),
    Ask.RAISE: (
        "I understand that by convention you do not sign motions. I ask you to do one"
        " thing: please raise this with the minister."
    ),
    Ask.INSTEAD: (
        "I have read that you will not sign EDM {number}. I ask you to do one thing:"
        " please tell me what you will do instead, such as a letter to the minister or a"
        " written question."
    ),
    Ask.THANK: "Thank you for signing EDM {number}.",
}


def ask_of(status: NudgeStatus) -> Ask:
    """Return what to ask of an MP with this status."""
    return _ASKS.get(status, Ask.SIGN)


def request_words(ask: Ask, number: int) -> str:
    """Return the sentence with the request, about the motion of that printed number."""
    return _REQUESTS[ask].format(number=number)
