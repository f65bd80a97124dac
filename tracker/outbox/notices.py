"""What supporters are told about their own email: short plain texts. Pure.

Each text lacks its last lines (links, who sent it): envelope.py writes those when the
email leaves, so that a poll can write a notice knowing nothing of this installation.
Words never give an MP's motive (product.md 3.3).
"""

from dataclasses import dataclass

from tracker.outbox.compose import Draft


@dataclass(frozen=True, slots=True)
class About:
    """Whose email it is about: the supporter's name (or None), the MP's, the motion."""

    supporter_name: str | None
    member_name: str
    session: str
    number: int

    @property
    def motion(self) -> str:
        """Return the motion as people name it."""
        return f"EDM {self.number}"

    @property
    def email(self) -> str:
        """Return which email is meant, in words."""
        return f"your email to {self.member_name} about {self.motion}"


def confirmation(about: About) -> Draft:
    """Return the request to confirm an address; the link follows when it leaves."""
    return _draft(
        about,
        f"Please confirm {about.email}",
        f"You asked for an email to be sent to {about.member_name} about"
        f" {about.motion} of session {about.session}. It is not sent yet.",
        "To send it, open the page below and press the button there. If you did not ask"
        " for this, do nothing: then nothing is sent.",
    )


def receipt(about: About) -> Draft:
    """Return that the email was handed over to the MP's mail server."""
    return _draft(
        about,
        f"Sent: {about.email}",
        f"{_capital(about.email)} was sent. A reply goes to you only, so please keep an"
        " eye on your inbox; many offices first send an automatic one.",
        "Your own page, below, shows whether the MP has signed and what to do next.",
    )


def failed(about: About, reason: str) -> Draft:
    """Return that the email could not be delivered; `reason` is a clause or an answer."""
    return _draft(
        about,
        f"Not delivered: {about.email}",
        f"{_capital(about.email)} could not be delivered: {reason}",
        "It does not count as sent. Your own page, below, shows other ways to reach the"
        " office.",
    )


def bounced(about: About, reason: str) -> Draft:
    """Return that the MP's mail server gave the email back after it had taken it."""
    return _draft(
        about,
        f"Came back: {about.email}",
        f"{_capital(about.email)} had been sent, but the receiving mail server gave it"
        f" back: {reason}",
        "It no longer counts as sent. Your own page, below, shows other ways to reach"
        " the office.",
    )


def held_signed(about: About) -> Draft:
    """Return that the MP signed before the email left, so that it was not sent."""
    return _draft(
        about,
        f"{about.member_name} has signed {about.motion}",
        f"{about.member_name} has signed {about.motion} before {about.email} left."
        " So it was not sent: there is nothing left to ask for.",
        "You may want to thank them. Your own page, below, shows how.",
    )


def cancelled(about: About, reason: str) -> Draft:
    """Return that the email will not be sent; `reason` is a whole clause."""
    return _draft(
        about,
        f"Not sent: {about.email}",
        f"{_capital(about.email)} was not sent and will not be: {reason}.",
        "Your own page, below, shows how things stand.",
    )


def last_note(about: About, *, has_signed: bool, reason: str) -> Draft:
    """Return the one last note to who asked for reminders: how the MP's record ended."""
    result = (
        f"{about.member_name} signed it: the name stands on Parliament's list."
        if has_signed
        else f"The name of {about.member_name} is not on Parliament's list."
    )
    return _draft(
        about,
        f"{about.motion}: how it ended",
        f"{_capital(reason)}, so {about.motion} can no longer be signed. {result}",
        "Thank you for writing. This is the last email about this motion.",
    )


def _draft(about: About, subject: str, *paragraphs: str) -> Draft:
    greeting = f"Dear {about.supporter_name}," if about.supporter_name else "Hello,"
    return Draft(subject, "\n\n".join((greeting, *paragraphs)) + "\n")


def _capital(clause: str) -> str:
    return clause[:1].upper() + clause[1:]
