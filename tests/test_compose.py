"""Words and addresses of the emails that leave: their form, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.config import ConfigError
from tracker.config.outgoing import CampaignSettings
from tracker.outbox import notices
from tracker.outbox.addresses import AddressError, clean_address
from tracker.outbox.compose import AboutMotion, Draft, Letter, member_email
from tracker.outbox.envelope import POLICY, Outgoing, Sender, to_member, to_supporter
from tracker.outbox.links import Links
from tracker.outbox.templates import suggested_text
from tracker.outbox.wording import TextError, clean_line, refuse_placeholder

SUBJECT = CampaignSettings().message_subject
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
SENDER = Sender(
    "campaign@example.org", "Free Azerbaijan\u2019s prisoners", "The Campaign"
)
LINKS = Links("https://campaign.example.org", b"key")
ABOUT = AboutMotion(
    session="2014-15",
    number=718,
    title="POLITICAL PRISONERS IN AZERBAIJAN",
    url="https://edm.parliament.uk/early-day-motion/46718",
    member_name="Ann Other",
    constituency="Ashby Vale",
    campaign="Free Azerbaijan's prisoners",
    privacy_url="https://campaign.example.org/privacy",
)


def letter(**changes: str) -> Letter:
    values = {
        "name": "Zoë O'Neil",
        "address": "1 High Street\nAshby",
        "postcode": "AB1 2CD",
        "own_words": "My cousin lives in Baku.",
        "suggested_text": "Many people care about this.",
    }
    return Letter(**(values | changes))


def draft(**changes: str) -> Draft:
    return member_email(letter(**changes), ABOUT, subject=SUBJECT)


def test_the_first_line_says_who_and_where_the_constituent_is():
    assert (
        draft().body.splitlines()[0]
        == "I am your constituent at 1 High Street, Ashby, AB1 2CD"
    )


def test_a_postcode_that_is_in_the_address_is_not_said_twice():
    body = draft(address="1 High Street, Ashby AB12CD").body
    assert (
        body.splitlines()[0] == "I am your constituent at 1 High Street, Ashby AB12CD"
    )


def test_number_title_and_link_are_in_the_first_paragraph():
    first = draft().body.split("\n\n")[0]
    for part in ("718", "2014-15", ABOUT.title, ABOUT.url):
        assert part in first


def test_there_is_one_request_then_own_words_then_the_suggested_text():
    body = draft().body
    request = body.index("please sign EDM 718")
    own = body.index("My cousin lives in Baku.")
    suggested = body.index("Many people care about this.")
    assert request < own < suggested
    assert body.count("please sign") == 1


def test_the_last_line_says_through_whom_it_was_sent_and_who_is_answered():
    assert draft().body.splitlines()[-1] == (
        "Sent at Zoë O'Neil's request through Free Azerbaijan's prisoners;"
        " your reply goes to Zoë O'Neil only."
    )


def test_the_subject_is_the_campaigns_with_its_words_filled_in():
    assert draft().subject == "EDM 718: from your constituent Zoë O'Neil, AB1 2CD"


def test_the_suggested_text_may_ask_for_words_and_a_title_may_have_brackets():
    about = replace(ABOUT, title="PRISONERS [No. 2] {and} INSERTS")
    text = member_email(
        letter(suggested_text="{title} matters in {constituency}, {mp}."),
        about,
        subject="{number} {title}",
    )
    assert (
        "PRISONERS [No. 2] {and} INSERTS matters in Ashby Vale, Ann Other." in text.body
    )
    assert text.subject == "718 PRISONERS [No. 2] {and} INSERTS"


@pytest.mark.parametrize(
    "text",
    [
        *("I live in [your town].", "Dear {mp_name},", "[…]", "[ ]", "{…}", "{}"),
        *("insert your story here", "INSERT NAME", "Please Insert: why"),
    ],
)
@pytest.mark.parametrize("field", ["own_words", "suggested_text"])
def test_text_with_an_unfilled_placeholder_is_refused(field, text):
    with pytest.raises(TextError, match=r"still has a placeholder.*take it away"):
        draft(**{field: text})


@pytest.mark.parametrize("text", ["inserted", "a (bracket)", "[" + "x" * 200 + "]"])
def test_what_is_no_placeholder_is_not_refused(text):
    refuse_placeholder(text, "Your own text")


def test_an_email_without_any_text_is_refused():
    with pytest.raises(TextError, match="no text"):
        draft(own_words=" \n", suggested_text="")


def test_own_words_alone_or_the_suggested_text_alone_are_enough():
    assert "cousin" in draft(suggested_text="").body
    assert "Many people" in draft(own_words="").body


LINE_ENDS = ["\r\n", "\n", "\r", "\0", "\u2028", "\u2029", "\x85", "\x0b", "\x1b"]


@pytest.mark.parametrize("end", LINE_ENDS)
@pytest.mark.parametrize("field", ["name", "postcode"])
def test_a_forged_header_is_refused_with_a_sentence(field, end):
    """M7."""
    with pytest.raises(TextError, match="must be one line"):
        draft(**{field: f"X{end}Bcc: everybody@example.org"})


@pytest.mark.parametrize("end", LINE_ENDS)
def test_a_forged_header_in_an_address_or_a_subject_is_refused(end):
    """M7."""
    with pytest.raises(AddressError, match="must be one line"):
        clean_address(f"a@example.org{end}Bcc: everybody@example.org")
    bad = Outgoing("mp@parliament.uk", f"S{end}Bcc: x@example.org", "b", "<1@e.org>")
    with pytest.raises(TextError):
        to_member(bad, SENDER, now=NOW)


@pytest.mark.parametrize("odd", [*LINE_ENDS, "\u202e", "=?"])
def test_what_parliament_calls_somebody_keeps_nobody_from_writing(odd):
    about = replace(ABOUT, title=f"A{odd}?=" * 99, member_name=f"Jane{odd}Carver")
    text = member_email(letter(), about, subject="{mp}: {title}")
    assert text.subject.startswith(("Jane Carver: A", "Jane= ?Carver: A"))
    assert text.subject.endswith("…")
    assert "Dear Jane Carver," in text.body or odd == "=?"


def test_a_title_of_several_lines_cannot_forge_a_header():
    about = replace(ABOUT, title="A\r\nBcc: x@example.org")
    text = member_email(letter(), about, subject="{title}")
    assert text.subject == "A Bcc: x@example.org"


@pytest.mark.parametrize(
    "name", ["=?utf-8?q?=0D=0ABcc=3A?=", "abc\u202edef", "a" * 101, "", "  ", "\ud800"]
)
def test_a_name_that_is_no_plain_name_is_refused(name):
    with pytest.raises(TextError):
        draft(name=name)


def test_names_of_the_world_are_not_refused():
    for name in ("Zoë O'Neil", "李小龍", "Məmmədova Xədicə", "محمد", "Ó Súilleabháin"):
        assert f"Sent at {name}'s request" in draft(name=name).body


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a@example.org", "a@example.org"),
        ("  a@example.org ", "a@example.org"),
        ("First.Last+tag@Example.ORG", "First.Last+tag@example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ],
)
def test_an_address_is_taken(written, read):
    assert clean_address(written) == read


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "missing"),
        ("a", "must look like"),
        ("@example.org", "must look like"),
        ("a@", "must look like"),
        ("a@b@example.org", "one email address, not two"),
        ("a@example.org, b@example.org", "one email address, not two"),
        ("a@b, c@d", "one email address, not two"),
        ("a@example.org;b@example.org", "one email address, not two"),
        ("a@example.org b@example.org", "one email address, not two"),
        ("Ann <a@example.org>", "the address alone"),
        ("a(comment)@example.org", "the address alone"),
        ("a b@example.org", "the address alone"),
        ('"a b"@example.org', "quotes"),
        ('"a@b"@example.org', "quotes"),
        ("a\\@example.org", "the address alone"),
        ("pelé@example.org", "not every mail server can carry"),
        ("a@bücher.example", "write it as xn--bcher-kva.example"),
        (".a@example.org", "begin or end with a dot"),
        ("a.@example.org", "begin or end with a dot"),
        ("a..b@example.org", "two dots"),
        ("a@example", "a full one"),
        ("a@127.0.0.1", "a full one"),
        ("a@[127.0.0.1]", "the address alone"),
        ("a@-example.org", "is not one"),
        ("a@example..org", "is not one"),
        ("a@exam_ple.org", "is not one"),
        ("a" * 65 + "@example.org", "at most 64"),
        ("a@" + "b" * 64 + ".org", "is not one"),
        ("a@" + ("b" * 60 + ".") * 4 + "example.org", "at most 254"),
        ("a@example.org\nb@example.org", "one line"),
    ],
)
def test_an_address_is_refused_with_one_clear_sentence(written, says):
    """M7, M8."""
    with pytest.raises(AddressError) as refused:
        clean_address(written)
    said = str(refused.value)
    assert says in said
    assert said.endswith(".")
    assert "\n" not in said


def test_254_characters_are_the_most_an_address_may_have():
    domain = ".".join(["d" * 63, "e" * 63, "f" * 61])
    assert len(f"{'a' * 64}@{domain}") == 254
    assert clean_address(f"{'a' * 64}@{domain}")
    with pytest.raises(AddressError, match="at most 254"):
        clean_address(f"{'a' * 64}@{domain}f")


@given(st.text(max_size=60))
def test_whatever_is_typed_is_taken_whole_or_refused(text):
    try:
        address = clean_address(text)
    except AddressError:
        return
    assert address.isascii()
    assert address.count("@") == 1
    assert not set(address) & set(' ,;<>()[]":\\\r\n')
    assert address.casefold() == text.strip().casefold()


@given(st.text(max_size=300))
def test_a_cleaned_line_is_one_line(text):
    try:
        line = clean_line(text, "It")
    except TextError:
        return
    assert line
    assert line.splitlines() == [line]


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"),
        max_size=2000,
    )
)
def test_a_body_arrives_as_it_was_written(body):
    body = body.replace("\x85", "").replace("\u2028", "").replace("\u2029", "") + "\n"
    outgoing = Outgoing(
        "mp@parliament.uk", "S", body, "<1@example.org>", "a@example.org"
    )
    raw = to_member(outgoing, SENDER, now=NOW).as_bytes(policy=POLICY)
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")
    arrived = message_from_bytes(raw, policy=policy.SMTP).get_content()
    assert arrived.replace("\r\n", "\n") == body


def test_ids_and_links_are_never_folded_or_encoded():
    links = Links("https://campaign.example.org/" + "long/" * 20, b"key")
    outgoing = Outgoing("a@example.org", "S", "b\n", f"<{'1' * 90}@example.org>")
    email = to_supporter(outgoing, SENDER, links, ref="r" * 32, now=NOW)
    raw = email.as_bytes(policy=POLICY).decode("ascii")
    assert f"\r\nList-Unsubscribe: <{links.unsubscribe('r' * 32)}>\r\n" in raw
    assert f"\r\nMessage-ID: <{'1' * 90}@example.org>\r\n" in raw


def test_every_notice_names_the_privacy_page_and_the_supporters_own():
    about = notices.About("Zoë", "Ann Other", "2014-15", 718)
    drafts = [
        notices.confirmation(about),
        notices.receipt(about),
        notices.failed(about, "no such mailbox"),
        notices.bounced(about, "no such mailbox"),
        notices.held_signed(about),
        notices.cancelled(about, "the motion is closed"),
        notices.last_note(about, has_signed=True, reason="the session ended"),
    ]
    for each in drafts:
        outgoing = Outgoing("a@example.org", each.subject, each.body, "<1@example.org>")
        email = to_supporter(outgoing, SENDER, LINKS, ref="ref", now=NOW)
        text = email.get_content()
        assert LINKS.privacy in text
        assert LINKS.own_page("ref") in text
        assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert email.get_content_type() == "text/plain"
        assert "Ann Other" in each.body


def test_the_confirmation_names_a_page_and_says_that_nothing_is_sent_yet():
    each = notices.confirmation(notices.About("Zoë", "Ann Other", "2014-15", 718))
    outgoing = Outgoing("a@example.org", each.subject, each.body, "<1@example.org>")
    email = to_supporter(
        outgoing, SENDER, LINKS, ref="ref", confirmation_of=12, now=NOW
    )
    assert LINKS.confirmation(12) in email.get_content()
    assert "not sent yet" in each.body
    assert "button" in each.body


def test_the_last_note_gives_no_motive():
    about = notices.About(None, "Ann Other", "2014-15", 718)
    signed = notices.last_note(about, has_signed=True, reason="the session ended")
    silent = notices.last_note(about, has_signed=False, reason="the session ended")
    assert "the name stands on Parliament's list" in signed.body
    assert "is not on Parliament's list" in silent.body
    assert silent.body.startswith("Hello,")


def test_only_our_own_links_open_a_page():
    token = LINKS.own_page("ref-1").rpartition("/")[2]
    assert LINKS.supporter_ref(token) == "ref-1"
    confirm = LINKS.confirmation(12).rpartition("/")[2]
    assert LINKS.confirmed_id(confirm) == 12
    for forged in (
        confirm,
        token[:-1],
        token + "0",
        "ref-1",
        "",
        "ref-2" + token[5:],
        "é-1",
    ):
        assert LINKS.supporter_ref(forged) is None
    assert LINKS.confirmed_id(token) is None
    assert Links("https://campaign.example.org", b"other").supporter_ref(token) is None


def test_the_text_that_comes_with_the_program_can_be_sent():
    assert "Ashby Vale" in draft(suggested_text=suggested_text(CampaignSettings())).body


def test_a_campaigns_own_text_is_read_from_its_file(tmp_path):
    file = tmp_path / "own.txt"
    file.write_text("Our own words for {mp}.", "utf-8")
    campaign = CampaignSettings.model_construct(message_template=str(file))
    assert suggested_text(campaign) == "Our own words for {mp}."
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        suggested_text(campaign)
    file.unlink()
    with pytest.raises(ConfigError, match="can't be read"):
        suggested_text(campaign)
