"""What the action page answers with: no form any more, a choice of MPs, or the form.

Owns how the pages are put together; which of them is shown is decided in act.py, the
words come from act_views.py and the templates.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from fastapi import Response

from dashboard import act_views
from dashboard.act_views import Card, OwnMail
from dashboard.desk import Desk
from dashboard.forms import personal_page
from dashboard.frames import Frame
from tracker.outbox.templates import suggested_text
from tracker.supporters.addressee import Addressee, Occasion
from tracker.supporters.boxes import Box, boxes, controller_name, receivers_note
from tracker.supporters.letter_form import Typed


@dataclass(frozen=True, slots=True)
class Form:
    """The form for one MP, as it was typed so far, with what is wrong by field."""

    typed: Typed
    wrong: Mapping[str, str]
    key: str
    boxes: tuple[Box, ...]
    note: str | None
    controller: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The MP who was found: their card, how they are reached, and the email to them."""

    card: Card
    to: Addressee
    mail: OwnMail | None
    letter: OwnMail
    form: Form | None


def over_page(frame: Frame, found: Occasion, status_code: int) -> Response:
    """Return the page without a form: the motion is over, and what its record is."""
    heading, words = act_views.over_words(found.motion, found.over or "")
    return personal_page(
        "act_over.html",
        status_code=status_code,
        frame=frame,
        heading=heading,
        words=words,
    )


def choice_page(
    frame: Frame,
    found: Occasion,
    postcode: str,
    wrong: str | None,
    *,
    status_code: int | None = None,
) -> Response:
    """Return the box for a postcode and the list of MPs, with what is wrong so far."""
    return personal_page(
        "act.html",
        status_code=status_code or (422 if wrong else 200),
        frame=frame,
        chosen=None,
        postcode=postcode,
        wrong=wrong,
        members=found.members,
    )


def form_page(
    desk: Desk,
    frame: Frame,
    found: Occasion,
    to: Addressee,
    typed: Typed,
    wrong: Mapping[str, str],
    *,
    key: str | None = None,
    status_code: int | None = None,
) -> Response:
    """Return the form to write to one MP, with what was typed and what is wrong in it.

    Without `key` it gets a new one: the same form sent again under its key is one email.
    """
    settings = desk.settings
    made = Form(
        typed=typed,
        wrong=wrong,
        key=key or secrets.token_urlsafe(16),
        boxes=boxes(settings, to.member.name),
        note=receivers_note(settings),
        controller=controller_name(settings),
    )
    letter = act_views.own_mail(
        found.motion,
        to.member,
        to=to.email or "",
        bcc="" if act_views.is_thanks(to.member) else settings.mail.drop_address,
        subject=settings.campaign.message_subject,
        text=typed.text or suggested(desk, found, to),
    )
    chosen = Chosen(
        card=replace(
            act_views.card(to.member, found.motion, path=frame.path),
            action=None,
            action_url=None,
        ),
        to=to,
        mail=letter if to.email else None,
        letter=letter,
        form=made if to.can_be_emailed else None,
    )
    return personal_page(
        "act.html",
        status_code=status_code or (422 if wrong else 200),
        frame=frame,
        chosen=chosen,
        typed=typed,
        is_held=settings.mail.mode == "hold",
    )


def suggested(desk: Desk, found: Occasion, to: Addressee) -> str:
    """Return the text that a supporter begins with."""
    text = suggested_text(desk.settings.campaign, to.ask)
    return act_views.suggestion(text, found.motion, to.member)
