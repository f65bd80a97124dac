"""The action page over HTTP: who is found, what is kept, what is never told or sent twice."""

import html
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.action_scene import (
    ACT,
    CANARY,
    CANARY_WORDS,
    JANE,
    JOSE,
    MAIL,
    NOW,
    PATH,
    PRIVACY,
    WATCHED,
    ActionScene,
)
from tests.conftest import FakeClock, MakeSettings
from tests.factories import signature_row
from tests.page_data import record_rows
from tracker import store
from tracker.keys import email_key, secret_key
from tracker.rules.sending import HELD_BY_MODE, HELD_UNCONFIRMED
from tracker.store import Engine
from tracker.store.tables import (
    ConsentKind,
    EmailState,
    Member,
    MessageKind,
    MessageState,
    Way,
)
from tracker.supporters.action import DAILY_CAP
from tracker.supporters.boxes import WORDING_VERSION
from tracker.supporters.confirming import LINK_LASTS, REPLACED

SEND_BOX = (
    "I ask Prisoners' Friends to send this email with my name, address and postcode to"
    " Jane Carver. It shows a political opinion of mine, and I agree to its use for this."
)
REMINDERS_BOX = (
    "Email me about this motion: when to follow up and when Jane Carver signs."
)
CAMPAIGNS_BOX = "Tell me about other campaigns."


@pytest.fixture
def scene(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> ActionScene:
    return ActionScene(sqlite_engine, clock, settings)


@pytest.fixture
def any_scene(engine: Engine, settings: MakeSettings, clock: FakeClock) -> ActionScene:
    """A scene on SQLite and on PostgreSQL."""
    return ActionScene(engine, clock, settings)


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def no_addressee(scene: ActionScene, **changes: object) -> None:
    with store.write(scene.engine) as session:
        member = session.get_one(Member, JANE)
        for name, value in changes.items():
            setattr(member, name, value)


# ---- finding the MP


def test_the_postcode_comes_first_and_the_list_of_mps_is_there(scene):
    page = scene.client.get(ACT).text
    assert 'name="postcode"' in page
    assert 'name="email"' not in page
    assert "Jane Carver, Ynys Môn" in text_of(page)


def test_a_postcode_shows_the_mp_before_anything_can_be_sent(scene):
    answer = scene.client.get(ACT, params={"postcode": " zz1 1aa "})
    text = text_of(answer.text)
    assert answer.status_code == 200
    assert "Jane Carver Ynys Môn Not asked yet Jane Carver has not signed yet." in text
    assert 'value="ZZ1 1AA"' in answer.text
    assert "javascript:" not in answer.text
    assert scene.messages() == []


def test_the_position_page_of_an_mp_is_shown_before_writing(scene):
    no_addressee(scene, position_url="https://carver.example/edms")
    page = scene.client.get(ACT, params={"member": JANE}).text
    assert 'href="https://carver.example/edms"' in page
    no_addressee(scene, position_url="javascript:alert(1)")
    assert "javascript:" not in scene.client.get(ACT, params={"member": JANE}).text


@pytest.mark.parametrize(
    ("postcode", "said"),
    [
        ("nonsense", "That is not a full UK postcode"),
        ("ZZ9 9ZZ", "ZZ9 9ZZ is not known: check it, or choose your MP from the list."),
        ("JE2 3AB", "Jersey, which sends no MP"),
        ("BF1 3AA", "home address"),
    ],
)
def test_a_postcode_without_an_mp_says_why_and_offers_the_list(scene, postcode, said):
    answer = scene.client.get(ACT, params={"postcode": postcode})
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert "<details open>" in answer.text


def test_a_vacant_seat_has_no_form(scene):
    scene.vacate()
    page = scene.client.get(ACT, params={"postcode": "ZZ1 1AA"}).text
    assert "Ynys Môn has no MP at the moment: the seat is vacant." in text_of(page)
    assert 'name="email"' not in page


def test_when_postcodes_cannot_be_looked_up_the_form_is_usable_by_the_list(scene):
    with store.write(scene.engine) as session:
        session.delete(store.postcode_table(session))
    page = text_of(scene.client.get(ACT, params={"postcode": "ZZ1 1AA"}).text)
    assert "Postcodes can't be looked up at the moment" in page
    form = scene.client.get(ACT, params={"member": JANE, "postcode": "ZZ1 1AA"})
    assert 'name="email"' in form.text
    assert scene.post().status_code == 200
    assert len(scene.messages(MessageKind.TO_MEMBER)) == 1


def test_a_closed_motion_has_no_form_and_says_what_the_record_is(scene):
    motion = {"session": WATCHED.session, "number": WATCHED.number}
    scene.open(motions=[{**motion, "closes_on": (NOW - timedelta(days=3)).date()}])
    answer = scene.client.get(ACT, params={"postcode": "ZZ1 1AA"})
    text = text_of(answer.text)
    assert "It closed on 21 November 2026. 1 MP had signed it; that is the record." in (
        text
    )
    assert "<form" not in answer.text
    assert scene.post().status_code == 409
    assert scene.messages() == []


def test_a_withdrawn_motion_has_no_form(scene):
    row = signature_row(1, member_id=JOSE)
    record_rows(scene.engine, [row], NOW, WATCHED, Status="Withdrawn")
    answer = scene.client.get(ACT)
    assert "can no longer be signed" in text_of(answer.text)
    assert "<form" not in answer.text


def test_an_mp_who_signed_is_thanked_and_asked_for_nothing(scene):
    answer = scene.client.get(ACT, params={"member": JOSE})
    text = text_of(answer.text)
    assert "Thank José Núñez-Hill" in text
    assert "there is nothing left to ask for" in text
    assert 'href="mailto:jose@parliament.example?subject=' in answer.text
    assert 'name="email"' not in answer.text
    assert scene.post(member=str(JOSE), postcode="ZZ9 9ZZ").status_code == 409
    assert scene.messages() == []


def test_an_mp_who_signs_while_the_form_is_open_is_not_written_to(scene):
    scene.client.get(ACT, params={"member": JANE})
    rows = [signature_row(n + 1, member_id=m) for n, m in enumerate((JOSE, JANE))]
    record_rows(scene.engine, rows, NOW, WATCHED)
    answer = scene.post()
    assert answer.status_code == 409
    assert "has signed" in text_of(answer.text)
    assert scene.messages() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"no_email_reason": "they rang us, Ms X"},
            "has asked not to get these emails",
        ),
        ({}, "office is known"),
    ],
)
def test_an_office_without_email_has_the_phone_the_post_and_a_letter(
    scene, changes, said
):
    no_addressee(scene, **changes)
    if not changes:
        with store.write(scene.engine) as session:
            for contact in store.contacts_of(session, JANE):
                contact.is_current = False
    page = scene.client.get(ACT, params={"member": JANE}).text
    text = text_of(page)
    assert said in text
    assert "Ms X" not in text
    assert "House of Commons, London, SW1A 0AA" in text
    assert 'id="paper"' in page
    assert "I am your constituent at [your address], [your postcode]" in text
    assert "mailto:" not in page
    assert 'name="email"' not in page
    assert scene.post().status_code == 409


# ---- the form


def test_the_form_has_the_three_boxes_word_for_word_and_none_is_ticked(scene):
    page = scene.client.get(ACT, params={"member": JANE}).text
    text = text_of(page)
    for wording in (SEND_BOX, REMINDERS_BOX, CAMPAIGNS_BOX, "I am 13 or over."):
        assert wording in text
    assert page.count('type="checkbox"') == 4
    assert " checked" not in page
    assert 'href="/privacy"' in page
    assert "date of birth" not in text.casefold()


def test_joint_controllers_are_named_where_consent_is_asked_and_kept_with_it(scene):
    scene.open(privacy={**PRIVACY, "joint_with": ["Amity", "Beacon Trust"]})
    page = text_of(scene.client.get(ACT, params={"member": JANE}).text)
    note = "Prisoners' Friends shares your data with: Amity, Beacon Trust."
    assert note in page
    scene.post()
    assert scene.consents()[0].wording == f"{SEND_BOX} ({note})"


def test_a_form_is_kept_whole_and_nothing_goes_to_the_mp(any_scene):
    scene = any_scene
    answer = scene.post(reminders="yes")
    assert answer.status_code == 200
    assert "look into your mailbox" in text_of(answer.text)
    [letter] = scene.messages(MessageKind.TO_MEMBER)
    [question] = scene.messages(MessageKind.CONFIRMATION)
    [email] = scene.emails()
    [person] = scene.supporters()
    assert (letter.state, letter.error) == (MessageState.HELD, HELD_UNCONFIRMED)
    assert letter.to_address == "jane.carver.mp@parliament.example"
    assert letter.reply_to == CANARY["email"]
    assert letter.body is not None
    assert letter.body.startswith(
        "I am your constituent at 7 Canary Perch, Holyhead, ZZ1 1AA\n"
    )
    own, suggested = letter.body.index("My canary"), letter.body.index("Please put it")
    assert own < suggested
    assert question.state is MessageState.QUEUED
    assert question.to_address == CANARY["email"]
    assert (email.state, email.way) == (EmailState.OUTGOING, Way.FORM)
    assert person.confirmed_at is None
    kept = [(c.kind, c.wording, c.version, c.way, c.given_at) for c in scene.consents()]
    assert kept == [
        (ConsentKind.SEND, SEND_BOX, WORDING_VERSION, Way.FORM, NOW),
        (ConsentKind.REMINDERS, REMINDERS_BOX, WORDING_VERSION, Way.FORM, NOW),
    ]
    with store.read(scene.engine) as session:
        assert not store.supporter_counts(session, email.motion_id)
        for kind in ConsentKind:
            assert not store.has_agreed(session, person.id, kind)


def test_the_question_to_an_address_has_no_word_of_whoever_typed_it(scene):
    """Else anybody could have words of theirs sent to any address, under our name."""
    scene.post(name="Buy at evil.example", own_words="Buy at evil.example now")
    [question] = scene.messages(MessageKind.CONFIRMATION)
    assert "evil.example" not in f"{question.subject} {question.body}"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": ""}, "name", "The name is missing."),
        ({"name": "[your name]"}, "name", "still has a placeholder"),
        ({"email": "nobody"}, "email", "must look like name@example.org"),
        ({"email": "a@example.org, b@example.org"}, "email", "not two"),
        ({"email": "a@example.org;b@example.org"}, "email", "not two"),
        ({"email": f"{'a' * 64}@{'b' * 60}.{'c' * 62}.{'d' * 62}.example.org"},
         "email", "at most 254"),
        ({"email": "jörg@example.org"}, "email", "before the @ has letters"),
        ({"email": "joe@exämple.org"}, "email", "write it as xn--exmple-cua.org"),
        ({"address": ""}, "address", "The address is missing."),
        ({"address": "x" * 301}, "address", "at most 300"),
        ({"postcode": "SW1"}, "postcode", "not a full UK postcode"),
        ({"postcode": "ZZ2 2BB"}, "postcode", "is in Tooting, and Jane Carver is the MP"),
        ({"postcode": "JE2 3AB"}, "postcode", "Jersey"),
        ({"own_words": "I care about {title}"}, "own_words", "still has a placeholder"),
        ({"text": "Dear [name of MP]"}, "form", "still has a placeholder"),
        ({"own_words": "x" * 10_001}, "own_words", "at most 10000"),
        ({"own_words": " ", "text": ""}, "own_words", "The email has no text"),
        ({"send": None}, "send", "without it the email may not be sent"),
        ({"is_13": None}, "is_13", "if you are 13 or over"),
    ],
)  # fmt: skip
def test_one_sentence_per_field_and_nothing_typed_is_lost(
    scene, changes, field, sentence
):
    answer = scene.post(**changes)
    assert answer.status_code == 422
    assert sentence in text_of(answer.text)
    if field != "form":
        assert f'id="{field}-wrong"' in answer.text
        assert f'href="#{field}"' in answer.text
    typed = {**CANARY, **changes}
    for name in ("name", "email", "address", "postcode", "own_words", "text"):
        assert html.escape(typed[name], quote=True) in answer.text.replace("&#34;", '"')
    assert scene.messages() == []
    assert scene.supporters() == []


@pytest.mark.parametrize(
    "evil",
    [
        "\r\nBcc: evil@example.net",
        "\nX-Evil: 1",
        "\x00",
        "\u2028Bcc: evil@example.net",
        "\x85Bcc: evil@example.net",
        " =?utf-8?q?=0ABcc:_evil?=",
    ],
    ids=repr,
)
@pytest.mark.parametrize("field", ["name", "email", "postcode", "key", "member"])
def test_no_field_can_add_a_header(scene, field, evil):
    whole = {**CANARY, "key": "k", "member": str(JANE)}
    answer = scene.post(**{field: whole[field] + evil})
    assert answer.status_code in (200, 422)
    if field in ("name", "email", "postcode"):
        assert answer.status_code == 422
        assert scene.messages() == []
    for message in scene.messages():
        heads = f"{message.subject}{message.reply_to}{message.to_address}"
        assert heads.isprintable()
        assert "evil" not in heads


def test_script_in_every_field_comes_back_as_text(scene):
    evil = '"><img src=x onerror=alert(1)></textarea><script>alert(2)</script>{{7*7}}'
    fields = ("name", "email", "address", "postcode", "own_words", "text", "key")
    page = scene.post(**dict.fromkeys(fields, evil)).text
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "49" not in page.replace("{{7*7}}", "")


def test_own_words_with_letters_of_every_kind_stay_as_they_are(scene):
    scene.post(own_words="Ynys Môn, Łódź, 北京, 🕊️\r\n.\r\nFrom here")
    [letter] = scene.messages(MessageKind.TO_MEMBER)
    assert "Ynys Môn, Łódź, 北京, 🕊️\n.\nFrom here" in letter.body


# ---- once


def test_the_same_form_twice_is_one_email(any_scene):
    answers = {any_scene.post().text for _ in range(3)}
    assert len(answers) == 1
    assert len(any_scene.messages(MessageKind.TO_MEMBER)) == 1
    assert len(any_scene.messages(MessageKind.CONFIRMATION)) == 1
    assert len(any_scene.consents()) == 1


def test_the_same_form_sent_four_times_at_the_same_moment_is_one_email(any_scene):
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(any_scene.post) for _ in range(4)]
    assert {answer.result().status_code for answer in answers} == {200}
    assert len(any_scene.supporters()) == 1
    assert len(any_scene.emails()) == 1
    assert len(any_scene.messages()) == 2


def test_a_link_pressed_four_times_at_the_same_moment_confirms_once(any_scene):
    any_scene.post()
    path = any_scene.confirm_path()
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(any_scene.client.post, path) for _ in range(4)]
    codes = sorted(answer.result().status_code for answer in answers)
    assert codes == [200, 404, 404, 404]


def test_the_same_words_from_a_page_loaded_anew_are_one_email(scene):
    scene.post()
    scene.clock.advance(3600)
    scene.post(key="another-page")
    assert len(scene.messages(MessageKind.TO_MEMBER)) == 1
    scene.clock.advance(86_400)
    scene.post(key="a-third-page")
    assert len(scene.messages(MessageKind.TO_MEMBER)) == 2


def test_a_mistyped_address_can_be_corrected_in_the_same_form(scene):
    scene.post(email="canary@exmaple.org")
    scene.post()
    asked = [m.to_address for m in scene.messages(MessageKind.CONFIRMATION)]
    assert asked == ["canary@exmaple.org", CANARY["email"]]


def test_other_words_within_the_same_minute_are_another_email(scene):
    scene.post()
    scene.post(key="b", own_words="Better words.")
    bodies = [m.body for m in scene.messages(MessageKind.TO_MEMBER)]
    assert ["Better words." in body for body in bodies] == [False, True]


def test_one_address_gets_so_many_questions_a_day_and_nobody_is_told(scene):
    pages = {
        scene.post(key=str(n), own_words=f"Words {n}").text
        for n in range(DAILY_CAP + 2)
    }
    assert len(pages) == 1
    assert len(scene.messages(MessageKind.CONFIRMATION)) == DAILY_CAP
    scene.clock.advance(86_401)
    scene.post(key="next day", own_words="Words of the next day")
    assert len(scene.messages(MessageKind.CONFIRMATION)) == DAILY_CAP + 1


def test_known_and_unknown_addresses_are_answered_alike(scene):
    unknown = scene.post(email="somebody@example.org")
    scene.post()
    scene.client.post(scene.confirm_path(1))
    known = scene.post(key="c", own_words="Again.")
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text
    assert known.headers == unknown.headers
    assert known.history[0].headers == unknown.history[0].headers


def test_a_stranger_who_types_a_known_address_changes_nothing_of_the_person(scene):
    scene.post()
    scene.client.post(scene.confirm_path())
    before = scene.supporters()
    scene.clock.advance(60)
    scene.post(key="s", name="Mallory", own_words="Other words", reminders="yes")
    assert scene.supporters() == before
    with store.read(scene.engine) as session:
        assert not store.has_agreed(session, before[0].id, ConsentKind.REMINDERS)
    own = text_of(scene.client.get(scene.own_path()).text)
    assert "Mallory" not in own
    assert "Email me about this motion" not in own


def test_an_erased_person_may_come_back_by_the_form(scene):
    scene.post()
    scene.client.post(scene.own_path(), data={"do": "erase"})
    scene.post(key="back")
    key = email_key(secret_key(scene.settings), CANARY["email"])
    with store.read(scene.engine) as session:
        person = store.supporter_by_key(session, key)
    assert person is not None
    assert person.confirmed_at is None


# ---- confirming


def test_looking_at_the_link_changes_nothing_however_often(any_scene):
    scene = any_scene
    scene.post(reminders="yes")
    before = (scene.messages(), scene.emails(), scene.supporters(), scene.consents())
    for method in ("GET", "HEAD", "GET"):
        answer = scene.client.request(method, scene.confirm_path())
        assert answer.status_code == 200
    after = (scene.messages(), scene.emails(), scene.supporters(), scene.consents())
    assert after == before
    page = scene.client.get(scene.confirm_path()).text
    assert "Send your email to Jane Carver?" in text_of(page)
    assert "My canary-coloured cousin" in page


def test_the_button_releases_the_email_and_puts_the_boxes_in_force(any_scene):
    scene = any_scene
    scene.post(reminders="yes")
    scene.clock.advance(600)
    answer = scene.client.post(scene.confirm_path())
    assert answer.status_code == 200
    assert scene.own_path() in answer.text
    [letter] = scene.messages(MessageKind.TO_MEMBER)
    [person] = scene.supporters()
    assert (letter.state, letter.confirmed_at) == (MessageState.QUEUED, scene.clock())
    assert person.confirmed_at == scene.clock()
    with store.read(scene.engine) as session:
        told = {k: store.has_agreed(session, person.id, k) for k in ConsentKind}
        counts = store.supporter_counts(session, letter.motion_id)
    assert told == {
        ConsentKind.SEND: True,
        ConsentKind.REMINDERS: True,
        ConsentKind.CAMPAIGNS: False,
    }
    assert not counts  # it counts from its hand-over


def test_used_expired_and_unknown_links_are_one_plain_answer(scene):
    scene.post()
    path = scene.confirm_path()
    scene.client.post(path)
    used = scene.client.post(path)
    forged = scene.client.post(path[:-1] + ("0" if path[-1] != "0" else "1"))
    pages = {
        scene.client.get(other).text
        for other in (
            path,
            "/confirm/1",
            "/confirm/99-abc",
            "/confirm/%00",
            "/confirm/é",
        )
    }
    assert used.status_code == forged.status_code == 404
    assert pages == {used.text} == {forged.text}


@pytest.mark.parametrize(("late", "status"), [(-1, 200), (0, 404)])
def test_a_link_works_for_seven_days(scene, late, status):
    scene.post()
    scene.clock.advance(LINK_LASTS.total_seconds() + late)
    assert scene.client.get(scene.confirm_path()).status_code == status
    assert scene.client.post(scene.confirm_path()).status_code == status
    is_released = scene.messages(MessageKind.TO_MEMBER)[0].confirmed_at is not None
    assert is_released is (status == 200)


def test_of_two_letters_that_wait_for_one_mp_the_confirmed_one_goes(scene):
    scene.post()
    scene.post(key="b", own_words="Better words.")
    scene.client.post(scene.confirm_path(1))
    first, second = scene.messages(MessageKind.TO_MEMBER)
    assert (first.state, first.error) == (MessageState.CANCELLED, REPLACED)
    assert second.state is MessageState.QUEUED
    assert scene.client.post(scene.confirm_path(0)).status_code == 404


def test_a_link_has_at_least_128_bits_that_cannot_be_guessed(scene):
    scene.post()
    mark = scene.confirm_path().rpartition("-")[2]
    assert re.fullmatch(r"[0-9a-f]{32}", mark)
    assert mark != scene.own_path().rpartition("-")[2]


def test_an_email_that_was_cancelled_meanwhile_is_not_confirmed(scene):
    scene.post()
    with store.write(scene.engine) as session:
        store.cancel_for(session, None, [JANE], "the seat is vacant", NOW)
    assert scene.client.post(scene.confirm_path()).status_code == 404
    [letter] = scene.messages(MessageKind.TO_MEMBER)
    assert letter.state is MessageState.CANCELLED


# ---- hold


def test_in_hold_the_page_says_so_and_offers_ones_own_mail_program(scene):
    scene.open(mail={**MAIL, "mode": "hold", "drop_address": "drop@example.org"})
    page = scene.client.get(ACT, params={"member": JANE}).text
    assert "Nothing is being sent from this site at the moment." in text_of(page)
    [href] = re.findall(r'href="(mailto:[^"]+)"', page)
    assert href.startswith("mailto:jane.carver.mp@parliament.example?bcc=drop%40")
    assert "%5Byour%20name%5D" in href
    assert "data-copy" in page
    assert "<code>drop@example.org</code>" in page


def test_in_hold_everything_is_written_as_held_and_stays_so_after_confirming(scene):
    scene.open(mail={"mode": "hold"}, privacy={})
    answer = scene.post()
    assert answer.status_code == 200
    assert "It is not sent." in text_of(answer.text)
    assert {m.state for m in scene.messages()} == {MessageState.HELD}
    done = scene.client.post(scene.confirm_path())
    assert "is kept" in text_of(done.text)
    [letter] = scene.messages(MessageKind.TO_MEMBER)
    assert (letter.state, letter.error) == (MessageState.HELD, HELD_BY_MODE)
    scene.open()
    assert scene.messages(MessageKind.TO_MEMBER)[0].state is MessageState.HELD


# ---- what stays private


def test_an_error_at_an_address_with_a_token_names_it_to_nobody(scene):
    """W16: a log of a proxy would have it in the Referer of the page's style sheet."""
    scene.post()
    for path in (scene.confirm_path(), scene.own_path()):
        answers = [
            scene.client.put(path),
            scene.client.post(path, content=b"x" * 2_000_000),
            scene.client.get(f"{path}/nothing"),
            *(scene.client.get(path) for _ in range(61)),
        ]
        codes = [answer.status_code for answer in answers]
        assert codes[:3] == [405, 413, 404]
        assert codes[-1] == 429
        for answer in answers:
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-robots-tag"] == "noindex, nofollow"
            assert answer.headers["cache-control"] == "no-store"


def test_pages_of_persons_are_kept_by_nobody_and_named_to_nobody(scene):
    scene.post()
    for path in (ACT, scene.confirm_path(), scene.own_path(), "/me/x", "/confirm/x"):
        headers = scene.client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert "content-encoding" not in headers
        assert "set-cookie" not in headers
        assert "default-src 'none'" in headers["content-security-policy"]


def test_the_canary_is_in_no_public_answer_and_in_no_log(scene, caplog):
    caplog.set_level(logging.DEBUG)
    scene.post(reminders="yes")
    scene.client.get(ACT, params={"postcode": "ZZ1 1AA"})
    scene.client.get(f"{PATH}/find", params={"q": "ZZ1 1AA"})
    scene.client.post(scene.confirm_path())
    tokens = [scene.confirm_path(), scene.own_path()]
    scene.client.get(scene.own_path())
    api = f"/api/v1{PATH}"
    public = [
        *("/", PATH, f"{PATH}/mps/{JANE}", api, f"{api}/members", f"{api}/events"),
        *(f"{api}/members/{JANE}", f"{api}/history", f"{api}/feed.atom"),
        *(f"{api}/signatures.csv", "/metrics", "/privacy", "/accessibility", ACT),
    ]
    for path in public:
        answer = scene.client.get(path)
        assert answer.status_code == 200, path
        for word in CANARY_WORDS:
            assert word not in answer.text, path
    logged = "\n".join(record.getMessage() for record in caplog.records)
    logged = "\n".join(line for line in logged.split("\n") if "testserver" not in line)
    for word in (*CANARY_WORDS, *(token.rpartition("/")[2] for token in tokens)):
        assert word not in logged
    assert "POST /motions/{session}/{number}/act 303" in logged
    assert "GET /confirm/{token}" not in logged
    assert "POST /confirm/{token} 200" in logged


def test_the_thousandth_field_and_ten_megabytes_are_refused(scene):
    many = {f"f{n}": "x" for n in range(1_000)}
    assert scene.client.post(ACT, data=many).status_code == 400
    assert scene.client.post(ACT, data={"own_words": "x" * 300_000}).status_code == 413
    huge = scene.client.post(ACT, content=b"x" * 10_000_000)
    assert huge.status_code == 413
    odd = scene.client.post(ACT, content=b"{}", headers={"content-type": "text/json"})
    assert odd.status_code == 415
    assert scene.messages() == []


def test_too_many_forms_from_one_address_are_asked_to_wait_and_keep_their_text(scene):
    for n in range(20):
        scene.post(email=f"p{n}@example.org")
    answer = scene.post(email="last@example.org")
    assert answer.status_code == 429
    assert "last@example.org" in answer.text
    assert "That is too often" in text_of(answer.text)
    assert len(scene.supporters()) == 20


def test_a_database_that_does_not_answer_loses_no_form(
    scene: ActionScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.store.engine.BUSY_SECONDS", 0)
    scene.engine.dispose()  # connections are opened anew, with no patience
    with store.write(scene.engine):
        answer = scene.post()
    assert answer.status_code == 503
    assert "Nothing was sent or kept" in text_of(answer.text)
    assert "My canary-coloured cousin" in answer.text
    assert scene.messages() == []


# ---- one's own page


def test_ones_own_page_shows_the_mp_the_email_and_each_box(scene):
    scene.post(reminders="yes", campaigns="yes")
    scene.client.post(scene.confirm_path())
    text = text_of(scene.client.get(scene.own_path()).text)
    assert "Canary Featherstone, this page is yours alone" in text
    assert "Jane Carver has not signed yet." in text
    assert "Your email is on its way." in text
    for wording in (SEND_BOX, REMINDERS_BOX, CAMPAIGNS_BOX):
        assert f"“{wording}” Ticked at 15:00 today." in text


def test_each_box_is_taken_back_alone_and_looking_takes_nothing_back(scene):
    scene.post(reminders="yes", campaigns="yes")
    scene.client.post(scene.confirm_path())
    own = scene.own_path()
    scene.client.get(own)
    scene.client.get(own, params={"do": "stop"})
    assert all(c.withdrawn_at is None for c in scene.consents())
    scene.client.post(own, data={"do": "take_back", "kind": "campaigns"})
    left = [c.kind for c in scene.consents() if c.withdrawn_at is None]
    assert left == [ConsentKind.SEND, ConsentKind.REMINDERS]
    scene.client.post(own, data={"do": "take_back", "kind": "nonsense"})
    assert [c.kind for c in scene.consents() if c.withdrawn_at is None] == left


def test_taking_the_first_box_back_cancels_what_has_not_left(scene):
    scene.post()
    scene.client.post(scene.confirm_path())
    own = scene.own_path()
    answer = scene.client.post(own, data={"do": "take_back", "kind": "send"})
    [letter] = scene.messages(MessageKind.TO_MEMBER)
    assert letter.state is MessageState.CANCELLED
    assert scene.emails()[0].state is EmailState.CANCELLED
    assert "was not sent and will not be" in text_of(answer.text)


@pytest.mark.parametrize("form", ["/me/{}/unsubscribe", "/unsubscribe/{}"])
def test_a_mail_program_stops_all_emails_with_one_post_from_anywhere(scene, form):
    scene.post(reminders="yes", campaigns="yes")
    scene.client.post(scene.confirm_path())
    token = scene.own_path().rpartition("/")[2]
    path = form.format(token)
    foreign = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    body = {"List-Unsubscribe": "One-Click"}
    assert scene.client.get(path).status_code == 200
    assert sum(c.withdrawn_at is not None for c in scene.consents()) == 0
    for _ in range(2):
        answer = scene.client.post(path, data=body, headers=foreign)
        assert answer.status_code == 200
    left = [c.kind for c in scene.consents() if c.withdrawn_at is None]
    assert left == [ConsentKind.SEND]
    assert scene.client.post(form.format("nobody-1")).status_code == 404


def test_unsubscribing_takes_back_what_still_waits_for_its_confirmation(scene):
    scene.post(reminders="yes")
    token = scene.own_path().rpartition("/")[2]
    scene.client.post(f"/me/{token}/unsubscribe")
    scene.client.post(scene.confirm_path())
    [person] = scene.supporters()
    with store.read(scene.engine) as session:
        assert not store.has_agreed(session, person.id, ConsentKind.REMINDERS)
        assert store.has_agreed(session, person.id, ConsentKind.SEND)


def test_delete_me_removes_the_person_and_the_unsent_email(scene):
    scene.post(reminders="yes")
    scene.client.post(scene.confirm_path())
    own = scene.own_path()
    answer = scene.client.post(own, data={"do": "erase"})
    said = text_of(answer.text)
    assert "Everything about you is deleted here" in said
    assert "Not reached from here: backups that were made before" in said
    for word in ("tracker restore", ".erasures", "audit log"):
        assert word not in said, "that is for whoever runs the program"
    assert scene.client.get(own).status_code == 404
    kept = f"{scene.supporters()}{scene.messages()}{scene.consents()}{scene.emails()}"
    for word in CANARY_WORDS:
        assert word not in kept
    assert scene.messages(MessageKind.TO_MEMBER)[0].state is MessageState.CANCELLED


def test_the_drop_address_on_ones_own_page_names_the_person(scene):
    scene.open(mail={**MAIL, "drop_address": "drop@example.org"})
    scene.post()
    scene.client.post(scene.confirm_path())
    page = scene.client.get(scene.own_path()).text
    assert re.search(r"<code>drop\+1-[0-9a-f]{20}@example\.org</code>", page)


# ---- the one box, and the notices


def test_the_one_box_answers_a_postcode_with_the_mps_card(scene):
    page = scene.client.get(f"{PATH}/find", params={"q": "zz11aa"}).text
    text = text_of(page)
    assert "JC Jane Carver Ynys Môn Not asked yet" in text
    assert f'href="{ACT}?member={JANE}&amp;postcode=ZZ1+1AA"' in page
    card = scene.client.get(f"{PATH}/find", params={"q": "zz11aa", "part": "card"}).text
    assert "<html" not in card
    assert "Write to Jane Carver" in text_of(card)


@pytest.mark.parametrize("where", [f"{PATH}/find", PATH, "/"])
def test_the_one_box_takes_names_constituencies_and_postcodes_anywhere(scene, where):
    for query, said in (
        ("carver", "Jane Carver"),
        ("ynys mon", "Jane Carver"),
        ("ZZ1 1AA", "Write to Jane Carver"),
    ):
        assert said in text_of(scene.client.get(where, params={"q": query}).text)


def test_looking_up_is_limited_by_address(scene):
    for _ in range(30):
        scene.client.get(f"{PATH}/find", params={"q": "ZZ1 1AA"})
    answer = scene.client.get(ACT, params={"postcode": "ZZ1 1AA"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_the_privacy_page_is_made_from_the_configuration(scene):
    scene.open(
        privacy={**PRIVACY, "joint_with": ["Amity"], "message_days": 21},
        mail={**MAIL, "drop_address": "drop@example.org", "drop_retention_days": 14},
    )
    text = text_of(scene.client.get("/privacy").text)
    for said in (
        "Prisoners' Friends, 1 Example Street, London, is the controller.",
        "privacy@example.org",
        "Together with: Amity.",
        "21 days after the email was sent",
        "90 days after the motion has closed",
        "400 days after you last did something here",
        "14 days after they were read",
        "complaints@example.org",
        "Articles 6(1)(a) and 9(2)(a)",
    ):
        assert said in text


def test_every_page_links_to_the_notices(scene):
    for path in ("/", ACT, f"{PATH}/mps/{JANE}", "/privacy"):
        page = scene.client.get(path).text
        assert 'href="/privacy"' in page
        assert 'href="/accessibility"' in page
