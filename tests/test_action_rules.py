"""What is asked of an MP by where they stand, initials, boxes, and the mailto: values only."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.act_views import initials, own_mail
from tests.conftest import MakeSettings
from tests.test_views import MOTION, member
from tracker.config import settings_from
from tracker.outbox.templates import suggested_text
from tracker.outbox.wording import refuse_placeholder
from tracker.rules.asks import Ask, ask_of, request_words
from tracker.rules.status import NudgeStatus
from tracker.store.tables import ConsentKind
from tracker.supporters.boxes import boxes
from tracker.supporters.letter_form import FormError, Typed, filled_from, typed_from

RIGHT = {
    "name": " Ann  Example ",
    "email": "Ann@Example.ORG",
    "address": "1 High Street,\r\n\r\nHolyhead",
    "postcode": "zz11aa",
    "own_words": "It matters.",
    "send": "on",
    "is_13": "on",
}


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        (NudgeStatus.SIGNED, Ask.THANK),
        (NudgeStatus.DECLINED, Ask.INSTEAD),
        (NudgeStatus.CANNOT_SIGN, Ask.RAISE),
        (NudgeStatus.WITHDREW, Ask.SIGN_AGAIN),
        (NudgeStatus.NOT_ASKED, Ask.SIGN),
        (NudgeStatus.CHASED, Ask.SIGN),
        (NudgeStatus.WAITING, Ask.SIGN),
        (NudgeStatus.NEEDS_NUDGE, Ask.SIGN),
    ],
)
def test_each_status_has_its_one_request(status, ask):
    assert ask_of(status) is ask


@pytest.mark.parametrize("ask", Ask)
def test_each_request_has_a_sentence_and_a_text_without_a_motive(
    ask: Ask, settings: MakeSettings
) -> None:
    words = request_words(ask, 718)
    text = suggested_text(settings().campaign, ask)
    said = f"{words} {text}".casefold()
    assert words.endswith(".")
    assert "withdrew" not in said
    assert "not answered" not in said
    for name in ("title", "constituency"):
        text = text.replace(f"{{{name}}}", "X")
    refuse_placeholder(text, "The text")


def test_the_campaigns_own_text_is_for_asking_to_sign_only(tmp_path):
    (tmp_path / "own.txt").write_text("Our text", "utf-8")
    campaign = settings_from(
        {
            "motions": [{"number": 1, "session": "2026-27"}],
            "parliament": {"contact": "t@example.org"},
            "campaign": {"message_template": "own.txt"},
        },
        folder=tmp_path,
    ).campaign
    assert suggested_text(campaign) == "Our text"
    assert "Our text" not in suggested_text(campaign, Ask.RAISE)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Jane Carver", "JC"),
        ("Sir Toby Ash", "TA"),
        ("Dr. Ng", "N"),
        ("José Núñez-Hill", "JN"),
        ("Ms", "M"),
        ("ßeta", "SS"),
        ("(unknown)", "?"),
        ("", "?"),
    ],
)
def test_initials_are_of_the_name_not_of_a_title(name, letters):
    assert initials(name) == letters


def test_a_form_that_is_right_comes_out_clean():
    filled = filled_from(typed_from(RIGHT))
    assert filled.email == "Ann@example.org"
    assert filled.letter.address == "1 High Street, Holyhead"
    assert filled.letter.postcode == "ZZ1 1AA"
    assert filled.kinds == {ConsentKind.SEND}


def test_an_empty_form_has_a_sentence_for_each_field_that_is_needed():
    with pytest.raises(FormError) as told:
        filled_from(Typed())
    assert list(told.value.sentences) == [
        *("name", "email", "address", "postcode", "own_words", "send", "is_13")
    ]


def test_without_a_controller_the_campaign_asks(settings: MakeSettings) -> None:
    made = settings(campaign={"name": "The Campaign"})
    first, *others = boxes(made, "Jane Carver")
    assert first.wording.startswith("I ask The Campaign to send this email")
    assert [box.is_needed for box in (first, *others)] == [True, False, False]


def test_a_mail_link_carries_any_text():
    made = own_mail(
        replace(MOTION, title="100% & more?"),
        member(1),
        to="mp+x@parliament.uk",
        bcc="drop@example.org",
        subject="EDM {number} & {name}",
        text="ä = b & c",
    )
    fields = parse_qs(urlsplit(made.href).query)
    assert fields["subject"] == ["EDM 718 & [your name]"]
    assert "ä = b & c" in fields["body"][0]
    assert "\r\n" in fields["body"][0]
    assert made.href.startswith("mailto:mp%2Bx@parliament.uk?bcc=drop%40example.org&")
