"""What who asked for an alert is told: short plain texts. Pure.

Without a name: only an address is known. Each lacks its last lines, as in notices.py.
"""

from tracker.outbox.compose import Draft
from tracker.outbox.notices import About


def alert_confirmation(about: About) -> Draft:
    """Return the request to confirm; the link follows when it leaves."""
    return _draft(
        f"Please confirm: tell me when {about.member_name} signs {about.motion}",
        f"Somebody asked for an email to this address when {about.member_name} signs"
        f" {about.motion} of session {about.session}, an Early Day Motion in Parliament.",
        "If that was you, open the page below and press the button there. If not, do"
        " nothing: then nothing more is sent.",
    )


def alert(about: About) -> Draft:
    """Return that the MP's name is on Parliament's list."""
    return _draft(
        f"{about.member_name} has signed {about.motion}",
        f"{about.member_name} has signed {about.motion} of session {about.session}:"
        " Parliament shows the name.",
        "You asked to be told once. If this is your MP, you may want to thank them.",
    )


def alert_over(about: About, *, has_signed: bool, reason: str) -> Draft:
    """Return that the motion is over, and how the MP's record ended."""
    result = (
        f"{about.member_name} signed it: the name stands on Parliament's list."
        if has_signed
        else f"The name of {about.member_name} is not on Parliament's list."
    )
    return _draft(
        f"{about.motion}: how it ended",
        f"{reason[:1].upper()}{reason[1:]}, so {about.motion} can no longer be signed."
        f" {result}",
        "This is the last email about it.",
    )


def _draft(subject: str, *paragraphs: str) -> Draft:
    return Draft(subject, "\n\n".join(("Hello,", *paragraphs)) + "\n")
