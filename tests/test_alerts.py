""" "Tell me when my MP signs": asked by anyone, confirmed by the address, told once."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from sqlmodel import col, select

from tests.action_scene import (
    JANE,
    JOSE,
    MAIL,
    NOW,
    NUMBER,
    PATH,
    PRIVACY,
    SESSION,
    WATCHED,
    ActionScene,
)
from tests.conftest import FakeClock, MakeSettings
from tests.factories import signature_row
from tests.own_scene import counted
from tests.page_data import record_rows
from tracker import store
from tracker.chores import TELLING, Hands, chores_of
from tracker.keys import secret_key
from tracker.outbox.alert_look import NOT_LISTED
from tracker.outbox.claim import claim_of, written
from tracker.outbox.look import may_leave
from tracker.rules.alerts import (
    ASKED_AGAIN_AFTER,
    DAILY_CAP,
    AlertState,
    alert_state,
    may_ask,
)
from tracker.rules.sending import HELD_BY_MODE, NO_CONSENT
from tracker.store import Engine
from tracker.store.tables import (
    Message,
    MessageKind,
    MessageState,
    SignAlert,
    Supporter,
)
from tracker.supporters.access import person_data
from tracker.supporters.alert_telling import tell_alerts
from tracker.supporters.confirming import LINK_LASTS
from tracker.supporters.erasure import erase_person
from tracker.supporters.retention import apply_retention

ASK = f"{PATH}/mps/{JANE}/alert"
WHO = "canary.listener@example.org"
SECOND = timedelta(seconds=1)
ALERTS = (
    MessageKind.ALERT_CONFIRMATION,
    MessageKind.ALERT,
    MessageKind.ALERT_OVER,
)


# ---- the rules


def state(**changes: Any) -> AlertState:
    given: dict[str, Any] = {
        "asked_at": NOW,
        "confirmed_at": None,
        "stopped_at": None,
        "told_at": None,
        "lasts": LINK_LASTS,
        "now": NOW,
    }
    return alert_state(**given | changes)


def test_a_request_waits_until_its_link_has_expired() -> None:
    assert state(now=NOW + LINK_LASTS - SECOND) is AlertState.WAITING
    assert state(now=NOW + LINK_LASTS) is AlertState.EXPIRED
    assert state(confirmed_at=NOW, now=NOW + LINK_LASTS) is AlertState.IN_FORCE
    assert state(confirmed_at=NOW, told_at=NOW) is AlertState.TOLD
    assert state(confirmed_at=NOW, stopped_at=NOW) is AlertState.STOPPED


def test_an_address_is_asked_once_a_day_and_not_too_often() -> None:
    day = NOW + ASKED_AGAIN_AFTER

    def asks(state: AlertState | None, now: Any, lately: int = 0) -> bool:
        asked_at = NOW if state else None
        return may_ask(state, asked_at=asked_at, asked_lately=lately, now=now)

    assert asks(None, NOW)
    assert not asks(AlertState.WAITING, day - SECOND)
    assert asks(AlertState.WAITING, day)
    assert asks(AlertState.STOPPED, day)
    assert asks(AlertState.TOLD, day)
    assert not asks(AlertState.IN_FORCE, day)
    assert asks(None, NOW, DAILY_CAP - 1)
    assert not asks(None, NOW, DAILY_CAP)


# ---- asked


@pytest.fixture
def scene(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> ActionScene:
    return ActionScene(sqlite_engine, clock, settings)


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def ask(scene: ActionScene, address: str = WHO, path: str = ASK) -> Any:
    return scene.client.post(path, data={"email": address})


def alerts(scene: ActionScene) -> list[SignAlert]:
    with store.read(scene.engine) as session:
        return [*session.exec(select(SignAlert).order_by(col(SignAlert.id))).all()]


def sent(scene: ActionScene) -> list[MessageKind]:
    return [one.kind for one in scene.messages() if one.kind in ALERTS]


def link(scene: ActionScene, alert_id: int = 1) -> str:
    return scene.links.alert(alert_id).removeprefix(scene.links.base_url)


def in_force(scene: ActionScene) -> str:
    """Have WHO ask and confirm; return the path of the alert's page."""
    ask(scene)
    scene.client.post(link(scene))
    return link(scene)


def signs(scene: ActionScene, *, withdrawn: bool = False) -> None:
    """Have Parliament show Jane Carver's name, or show it as withdrawn."""
    taken = {"withdrawn": "2026-11-24T14:00:00"} if withdrawn else {}
    jane = signature_row(2, member_id=JANE, created="2026-11-24T13:00:00", **taken)
    jose = signature_row(1, member_id=JOSE, created="2026-11-12T14:00:00")
    record_rows(scene.engine, [jose, jane], scene.clock(), WATCHED)


def tell(scene: ActionScene) -> int:
    return tell_alerts(scene.engine, scene.settings, now=scene.clock())


def test_a_request_is_kept_with_its_wording_and_asks_to_confirm(
    scene: ActionScene,
) -> None:
    answer = ask(scene)
    assert answer.status_code == 200
    [alert] = alerts(scene)
    assert alert.confirmed_at is None
    assert alert.version == "1"
    assert "Prisoners' Friends to keep my email address" in alert.wording
    assert "when Jane Carver signs EDM 718" in alert.wording
    assert sent(scene) == [MessageKind.ALERT_CONFIRMATION]
    [person] = scene.supporters()
    assert (person.email, person.name, person.confirmed_at) == (WHO, None, None)
    assert alert.wording in unescape(scene.client.get(ASK).text)


def test_the_answer_is_the_same_for_the_known_and_the_unknown(
    scene: ActionScene,
) -> None:
    counted(scene)  # a supporter, with another address
    known = scene.supporters()[0].email or ""
    answers = {
        re.sub(r"\S+@example\.org", "ADDRESS", ask(scene, who).text)
        for who in (WHO, WHO, known, "third@example.org")
    }
    assert len(answers) == 1
    assert len(alerts(scene)) == 3
    before = scene.supporters()[0]
    assert before.name == "Canary Featherstone", "nothing of a known person changes"


def test_the_same_request_again_is_one(scene: ActionScene) -> None:
    for _ in range(3):
        ask(scene, WHO.upper().replace("EXAMPLE.ORG", "example.org"))
        ask(scene)
    assert len(scene.supporters()) == len(alerts(scene)) == 1
    assert sent(scene) == [MessageKind.ALERT_CONFIRMATION]
    scene.clock.set(NOW + timedelta(days=1))
    ask(scene)
    assert sent(scene) == [MessageKind.ALERT_CONFIRMATION] * 2
    assert len(alerts(scene)) == 1


def test_what_is_no_address_is_told_in_a_sentence(scene: ActionScene) -> None:
    answer = ask(scene, "nobody <x@y>")
    assert answer.status_code == 422
    assert "The email address must be" in text_of(answer.text)
    assert 'value="nobody &lt;x@y&gt;"' in answer.text
    assert alerts(scene) == []


@pytest.mark.parametrize("path", [f"{PATH}/mps/{JOSE}/alert"])
def test_who_has_signed_is_not_waited_for(scene: ActionScene, path: str) -> None:
    answer = ask(scene, path=path)
    assert "has signed EDM 718 already" in text_of(answer.text)
    assert alerts(scene) == []


def test_a_motion_that_is_over_is_not_waited_for(scene: ActionScene) -> None:
    closed = {"session": SESSION, "number": NUMBER, "closes_on": date(2026, 11, 20)}
    scene.open(motions=[closed])
    answer = ask(scene)
    assert "There is no signature of Jane Carver to wait for" in text_of(answer.text)
    assert alerts(scene) == []


def test_an_unknown_mp_or_link_is_not_found(scene: ActionScene) -> None:
    assert ask(scene, path=f"{PATH}/mps/999/alert").status_code == 404
    for path in ("/alerts/1-x", "/alerts/x", "/alerts/1-x/unsubscribe"):
        assert scene.client.get(path).status_code == 404
        assert scene.client.post(path).status_code == 404


def test_requests_are_limited_by_address(scene: ActionScene) -> None:
    answers = [ask(scene, f"p{n}@example.org").status_code for n in range(21)]
    assert answers == [200] * 20 + [429]


def test_the_mps_page_and_card_offer_it_while_there_is_something_to_wait_for(
    scene: ActionScene,
) -> None:
    page = scene.client.get(f"{PATH}/mps/{JANE}").text
    assert f'action="{ASK}"' in page
    card = scene.client.get(f"{PATH}/find", params={"q": "ZZ1 1AA"}).text
    assert f'href="{ASK}"' in card
    signed = scene.client.get(f"{PATH}/mps/{JOSE}").text
    assert "/alert" not in signed
    counted(scene)
    own = scene.client.get(scene.own_path()).text
    assert f'href="{ASK}"' not in own, "who has written is told by reminders"


def test_the_privacy_page_tells_of_it(scene: ActionScene) -> None:
    text = text_of(scene.client.get("/privacy").text)
    assert "If you ask to be told when an MP signs" in text
    assert "If you say on your own page what your MP replied" in text


# ---- confirmed, stopped


def test_looking_changes_nothing_and_the_button_confirms(scene: ActionScene) -> None:
    ask(scene)
    page = scene.client.get(link(scene))
    assert "With the button you agree to this" in text_of(page.text)
    assert alerts(scene)[0].confirmed_at is None
    for _ in range(2):
        answer = scene.client.post(link(scene))
        assert "You will be told when Jane Carver signs" in text_of(answer.text)
    assert alerts(scene)[0].confirmed_at == NOW
    for header, value in (
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow"),
    ):
        assert page.headers[header] == value


def test_an_expired_link_confirms_nothing(scene: ActionScene) -> None:
    ask(scene)
    scene.clock.set(NOW + LINK_LASTS)
    answer = scene.client.post(link(scene))
    assert "This link has expired" in text_of(answer.text)
    assert alerts(scene)[0].confirmed_at is None


def test_a_mail_program_stops_it_with_one_post_from_anywhere(
    scene: ActionScene,
) -> None:
    path = in_force(scene)
    foreign = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    body = {"List-Unsubscribe": "One-Click"}
    scene.client.get(f"{path}/unsubscribe")
    assert alerts(scene)[0].stopped_at is None
    for _ in range(2):
        answer = scene.client.post(f"{path}/unsubscribe", data=body, headers=foreign)
        assert answer.status_code == 200
    signs(scene)
    assert tell(scene) == 0
    scene.client.post(path)
    assert alerts(scene)[0].stopped_at == NOW, "a later click brings nothing back"


def test_stopping_all_emails_stops_alerts_too(scene: ActionScene) -> None:
    in_force(scene)
    scene.client.post(scene.own_path(), data={"do": "stop"})
    signs(scene)
    assert tell(scene) == 0


def test_ones_own_page_lists_it_and_deletes_everything(scene: ActionScene) -> None:
    in_force(scene)
    page = scene.client.get(scene.own_path()).text
    assert "EDM 718: when Jane Carver signs" in text_of(page)
    assert f'action="{link(scene)}/unsubscribe"' in page
    scene.client.post(scene.own_path(), data={"do": "erase"})
    assert alerts(scene) == []
    assert "canary" not in f"{scene.supporters()}{scene.messages()}"
    signs(scene)
    assert tell(scene) == 0


# ---- told


def test_who_confirmed_is_told_once_when_the_mp_signs(scene: ActionScene) -> None:
    in_force(scene)
    ask(scene, "silent@example.org")
    assert tell(scene) == 0
    signs(scene)
    assert [tell(scene), tell(scene)] == [1, 0]
    [told] = scene.messages(MessageKind.ALERT)
    assert (told.to_address, told.state) == (WHO, MessageState.QUEUED)
    assert told.subject == "Jane Carver has signed EDM 718"


def test_a_poll_that_changed_something_has_it_told_at_once(scene: ActionScene) -> None:
    in_force(scene)
    signs(scene)
    [chore] = [one for one in chores_of(scene.settings) if one.name == TELLING]
    chore.do(Hands(scene.settings, scene.engine, scene.clock, lambda: False))
    assert len(scene.messages(MessageKind.ALERT)) == 1


def test_another_mps_signature_tells_nobody(scene: ActionScene) -> None:
    in_force(scene)
    assert tell(scene) == 0, "José has signed, Jane has not"


def test_who_confirms_after_the_signature_is_told_at_once(scene: ActionScene) -> None:
    ask(scene)
    signs(scene)
    scene.client.post(link(scene))
    assert len(scene.messages(MessageKind.ALERT)) == 1
    assert tell(scene) == 0


def test_when_the_motion_closes_one_last_note_tells_how_it_ended(
    scene: ActionScene,
) -> None:
    in_force(scene)
    closed = {"session": SESSION, "number": NUMBER, "closes_on": date(2026, 11, 20)}
    scene.open(motions=[closed])
    assert [tell(scene), tell(scene)] == [1, 0]
    [note] = scene.messages(MessageKind.ALERT_OVER)
    assert "The name of Jane Carver is not on Parliament's list." in (note.body or "")


def test_in_hold_everything_is_written_as_held(scene: ActionScene) -> None:
    scene.open(mail={"mode": "hold"}, privacy={})
    answer = ask(scene)
    assert "Nothing is being sent from this site" in text_of(answer.text)
    scene.client.post(link(scene))
    signs(scene)
    tell(scene)
    assert {(one.state, one.error) for one in scene.messages()} == {
        (MessageState.HELD, HELD_BY_MODE)
    }


def look(scene: ActionScene, kind: MessageKind) -> Message:
    """Take the last look at the newest Message of that kind; return it as it is then."""
    with store.write(scene.engine) as session:
        message = session.get_one(Message, scene.messages(kind)[-1].id)
        may_leave(session, scene.settings, message, scene.clock())
        session.flush()
        session.refresh(message)
        return message


def test_what_is_not_wanted_or_not_so_any_more_does_not_leave(
    scene: ActionScene,
) -> None:
    path = in_force(scene)
    late = look(scene, MessageKind.ALERT_CONFIRMATION)
    assert late.state is MessageState.CANCELLED, "it was confirmed already"
    signs(scene)
    tell(scene)
    assert look(scene, MessageKind.ALERT).state is MessageState.QUEUED
    scene.client.post(f"{path}/unsubscribe")
    stopped = look(scene, MessageKind.ALERT)
    assert (stopped.state, stopped.error) == (MessageState.CANCELLED, NO_CONSENT)


def test_a_signature_that_goes_before_the_email_leaves_is_awaited_again(
    scene: ActionScene,
) -> None:
    in_force(scene)
    signs(scene)
    tell(scene)
    scene.clock.set(NOW + timedelta(minutes=5))
    signs(scene, withdrawn=True)
    gone = look(scene, MessageKind.ALERT)
    assert (gone.state, gone.error) == (MessageState.CANCELLED, NOT_LISTED)
    assert tell(scene) == 0
    assert alerts(scene)[0].told_at is None


def test_the_email_names_its_page_and_stops_this_alert_alone(
    scene: ActionScene,
) -> None:
    in_force(scene)
    signs(scene)
    tell(scene)
    for kind in (MessageKind.ALERT_CONFIRMATION, MessageKind.ALERT):
        with store.read(scene.engine) as session:
            message = session.get_one(Message, scene.messages(kind)[0].id)
            claim = claim_of(session, message)
        text = written(claim, scene.settings, scene.links, now=NOW).decode()
        head, _, body = text.replace("=\r\n", "").partition("\r\n\r\n")
        stop = scene.links.stop_alert(1)
        assert f"List-Unsubscribe: <{stop}>\r\n" in head + "\r\n"
        assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
        assert scene.links.alert(1) in body
        assert "Canary" not in body


# ---- kept for a while


def test_who_never_confirms_is_forgotten_with_their_address(
    scene: ActionScene,
) -> None:
    counted(scene)
    ask(scene)
    in_time = NOW + LINK_LASTS - SECOND
    apply_retention(scene.engine, scene.settings, now=in_time)
    assert len(alerts(scene)) == 1
    apply_retention(scene.engine, scene.settings, now=NOW + LINK_LASTS)
    assert alerts(scene) == []
    supporter, listener = scene.supporters()
    assert supporter.email is not None
    assert listener.email is None


def test_who_confirmed_stays_until_the_motion_is_long_over(scene: ActionScene) -> None:
    in_force(scene)
    closed = scene.make_settings(
        motions=[
            {"session": SESSION, "number": NUMBER, "closes_on": date(2026, 12, 1)}
        ],
        mail=MAIL,
        privacy=PRIVACY,
    )
    over = NOW + timedelta(days=60)
    apply_retention(scene.engine, closed, now=over)
    assert scene.supporters()[0].email == WHO
    apply_retention(scene.engine, closed, now=NOW + timedelta(days=100))
    assert scene.supporters()[0].email is None
    assert alerts(scene) == []


def test_a_person_is_told_of_their_alerts(scene: ActionScene) -> None:
    in_force(scene)
    key = secret_key(scene.settings)
    with store.read(scene.engine) as session:
        [told] = person_data(session, key, WHO)["alerts"]
    assert (told["member"], told["motion"]) == ("Jane Carver", "EDM 718 of 2026-27")
    erase_person(scene.engine, scene.settings, key, WHO, now=NOW, actor="staff")
    with store.read(scene.engine) as session:
        assert person_data(session, key, WHO)["alerts"] == []


def test_no_public_page_names_who_asked(scene: ActionScene) -> None:
    in_force(scene)
    for path in ("/", PATH, f"{PATH}/mps/{JANE}", ASK, f"/api/v1{PATH}/members"):
        assert "canary" not in scene.client.get(path).text
    assert isinstance(scene.supporters()[0], Supporter)


def test_the_whole_way_on_either_database(
    engine: Engine, settings: MakeSettings, clock: FakeClock
) -> None:
    scene = ActionScene(engine, clock, settings)
    path = in_force(scene)
    ask(scene, "silent@example.org")
    signs(scene)
    assert [tell(scene), tell(scene)] == [1, 0]
    assert look(scene, MessageKind.ALERT).state is MessageState.QUEUED
    scene.client.post(f"{path}/unsubscribe")
    assert look(scene, MessageKind.ALERT).state is MessageState.CANCELLED
    stopped_long_ago = NOW + timedelta(days=28)
    apply_retention(scene.engine, scene.settings, now=stopped_long_ago - SECOND)
    assert len(alerts(scene)) == 1, "the silent one went after a week"
    apply_retention(scene.engine, scene.settings, now=stopped_long_ago)
    assert alerts(scene) == []
    assert [one.email for one in scene.supporters()] == [None, None]
