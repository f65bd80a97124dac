"""One's own page: what is told of an MP's reply, what comes next, and what is undone."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlmodel import select

from dashboard.next_views import OVER, Standing, next_steps
from tests.action_scene import JANE, JOSE, NOW, NUMBER, PATH, SESSION, ActionScene
from tests.conftest import FakeClock, MakeSettings
from tests.own_scene import counted, hand_over
from tracker import store
from tracker.config import DEFAULT_FOLLOW_UPS
from tracker.rules.calendar import Spell
from tracker.rules.follow_ups import Target
from tracker.rules.reports import ANSWERS, ReportKind
from tracker.rules.status import NudgeStatus
from tracker.store import Engine
from tracker.store.tables import FollowUp, FollowUpState, SupporterReport
from tracker.supporters.reporting import Topic, topic_named

ABOUT = f"{SESSION}/{NUMBER}/{JANE}"
FIRST = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # a Tuesday
RING, SECOND = "28 November 2026", "4 December 2026"


# ---- what comes next, by values


def standing(**changes: Any) -> Standing:
    given: dict[str, Any] = {
        "mp": "Jane Carver",
        "status": NudgeStatus.WAITING,
        "is_open": True,
        "has_agreed": True,
        "first_email_at": FIRST,
    }
    return Standing(**given | changes)


def steps(
    *spells: Spell, now: datetime = FIRST, rules: Any = DEFAULT_FOLLOW_UPS, **facts: Any
) -> str:
    return "\n".join(next_steps(standing(**facts), rules, spells=spells, now=now))


def test_reminders_come_on_working_days_after_the_first_email() -> None:
    # Four days after a Tuesday is a Saturday: they go on weekdays.
    said = steps()
    assert "On 30 November 2026 or soon after: we email you to ask whether" in said
    assert "On 4 December 2026 or soon after, if you tell us that no reply" in said
    assert said.endswith(
        "When Jane Carver signs: we email you, so that you can thank them."
    )


def test_a_recess_counts_for_nothing() -> None:
    recess = Spell(date(2026, 11, 26), date(2026, 12, 6), "Recess")
    assert "On 9 December 2026 or soon after: we email you to ask" in steps(recess)


def test_no_reply_unlocks_the_second_email() -> None:
    said = steps(answer=ReportKind.NOTHING_YET)
    assert "we email you to offer a second email, since no reply came" in said


def test_a_reply_stops_what_chases_and_not_what_tells_of_a_signature() -> None:
    said = steps(answer=ReportKind.THANKS_ONLY)
    assert "nothing more asks you to ring or write" in said
    assert "When Jane Carver signs: we email you" in said
    assert "second email" not in said


def test_what_was_sent_is_not_said_to_come() -> None:
    later = FIRST + timedelta(days=5)
    assert "On one of the next working days: we email you to ask" in steps(now=later)
    said = steps(now=later, settled=frozenset({"ask-and-ring"}))
    assert "we email you to ask" not in said
    assert "we offer a second email" in said
    told = steps(now=later, settled=frozenset({"thank-you"}))
    assert "This page shows when Jane Carver signs." in told


def test_who_wants_no_reminders_is_told_when_to_look_again() -> None:
    said = steps(has_agreed=False)
    assert "You did not ask for reminders" in said
    assert f"If Jane Carver has not replied by {RING}, ring the office" in said
    assert "This page shows when Jane Carver signs." in said
    later = steps(has_agreed=False, now=FIRST + timedelta(days=4))
    assert "If Jane Carver has not replied, ring the office" in later


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"is_open": False}, OVER),
        ({"first_email_at": None}, "Nothing before your email has been sent."),
        ({"status": NudgeStatus.SIGNED}, "nothing left to ask for"),
        ({"status": NudgeStatus.CANNOT_SIGN}, "while it stands like this"),
        ({"status": NudgeStatus.DECLINED}, "while it stands like this"),
    ],
)
def test_where_nothing_is_to_be_chased_that_is_said(facts: Any, said: str) -> None:
    told = steps(**facts)
    assert said in told
    assert "we email you to ask" not in told


@pytest.mark.parametrize(
    ("while_status", "status", "is_promised"),
    [
        ((), NudgeStatus.WAITING, True),
        (("waiting",), NudgeStatus.WAITING, True),
        (("chased",), NudgeStatus.WAITING, True),
        (("not_asked",), NudgeStatus.WAITING, False),
        (("signed", "declined"), NudgeStatus.NEEDS_NUDGE, False),
        ((), NudgeStatus.DECLINED, False),
        (("needs_nudge",), NudgeStatus.DECLINED, False),
        (("declined",), NudgeStatus.DECLINED, True),
    ],
)
def test_what_may_never_come_is_not_promised(
    while_status: tuple[Any, ...], status: NudgeStatus, is_promised: bool
) -> None:
    ring = DEFAULT_FOLLOW_UPS[0].model_copy(update={"while_status": while_status})
    said = steps(rules=[ring], status=status)
    assert ("we email you to ask whether" in said) is is_promised
    if status is NudgeStatus.DECLINED:
        unasked = steps(rules=[ring], status=status, has_agreed=False)
        assert "while it stands like this" in unasked


def test_rules_for_others_are_not_the_supporters() -> None:
    staff = [rule.model_copy(update={"send": "staff"}) for rule in DEFAULT_FOLLOW_UPS]
    assert steps(rules=staff) == "This page shows when Jane Carver signs."


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("2026-27/718/101", Topic("2026-27", 718, 101)),
        ("2026-27/718", None),
        ("2026-27/718/x", None),
        ("2026-27/718/-1", None),
        ("2026-27/718/9999999999", None),
        ("", None),
    ],
)
def test_a_form_names_an_mp_and_a_motion(text: str, topic: Topic | None) -> None:
    assert topic_named(text) == topic
    assert topic is None or str(topic) == text


# ---- the page


@pytest.fixture
def scene(engine: Engine, settings: MakeSettings, clock: FakeClock) -> ActionScene:
    return ActionScene(engine, clock, settings)


@pytest.fixture
def own(scene: ActionScene) -> str:
    """The path of the page of somebody whose email to Jane Carver counts."""
    counted(scene)
    return scene.own_path()


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def tell(scene: ActionScene, own: str, kind: str, about: str = ABOUT) -> str:
    answer = scene.client.post(own, data={"do": "report", "about": about, "kind": kind})
    assert answer.status_code == 200
    return text_of(answer.text)


def stand(scene: ActionScene) -> list[ReportKind]:
    with store.read(scene.engine) as session:
        rows = session.exec(select(SupporterReport)).all()
        return [row.kind for row in rows if row.is_standing]


@pytest.mark.parametrize("kind", [kind.value for kind in ReportKind])
def test_each_report_is_kept_once_however_often_it_is_sent(
    scene: ActionScene, own: str, kind: str
) -> None:
    for _ in range(2):
        assert "Thank you, that is kept." in tell(scene, own, kind)
    assert stand(scene) == [kind]


def test_a_change_of_mind_counts_and_can_be_undone(
    scene: ActionScene, own: str
) -> None:
    tell(scene, own, "nothing_yet")
    scene.clock.set(NOW + timedelta(minutes=5))
    said = tell(scene, own, "disagrees")
    assert "Replied: “Disagrees with this one”." in said
    assert "No reply so far." not in said
    page = scene.client.get(own).text
    [report_id] = re.findall(r'name="report" value="(\d+)"', page)
    for _ in range(2):
        back = scene.client.post(own, data={"do": "undo", "report": report_id})
        assert "No reply so far." in text_of(back.text)
    assert stand(scene) == [ReportKind.NOTHING_YET]


def test_looking_reports_nothing(scene: ActionScene, own: str) -> None:
    scene.client.get(own, params={"do": "report", "about": ABOUT, "kind": "rang"})
    assert stand(scene) == []


@pytest.mark.parametrize(
    ("about", "kind"),
    [
        (f"{SESSION}/{NUMBER}/{JOSE}", "rang"),  # not written to
        (f"{SESSION}/{NUMBER}/999", "rang"),
        ("2014-15/718/101", "rang"),
        ("nonsense", "rang"),
        (ABOUT, "nonsense"),
        (ABOUT, ""),
    ],
)
def test_what_is_not_theirs_to_report_is_not_kept(
    scene: ActionScene, own: str, about: str, kind: str
) -> None:
    assert "that is kept" not in tell(scene, own, kind, about)
    assert stand(scene) == []


def test_nothing_is_asked_before_the_email_has_left(scene: ActionScene) -> None:
    scene.post(reminders="yes")
    scene.client.post(scene.confirm_path())
    own = scene.own_path()
    page = text_of(scene.client.get(own).text)
    assert "Has Jane Carver replied to you?" not in page
    assert "Nothing before your email has been sent." in page
    assert "that is kept" not in tell(scene, own, "rang")
    hand_over(scene)
    assert "Has Jane Carver replied to you?" in text_of(scene.client.get(own).text)


def test_a_motion_that_is_over_asks_nothing(scene: ActionScene, own: str) -> None:
    tell(scene, own, "disagrees")
    scene.open(
        motions=[
            {"session": SESSION, "number": NUMBER, "closes_on": date(2026, 11, 20)}
        ]
    )
    page = text_of(scene.client.get(own).text)
    assert OVER in page
    assert "Has Jane Carver replied to you?" not in page
    assert "Disagrees with this one" in page, "what was told can still be undone"
    assert "that is kept" not in tell(scene, own, "rang")


def test_nobody_reports_or_undoes_for_another(scene: ActionScene, own: str) -> None:
    tell(scene, own, "disagrees")
    scene.post(email="second@example.org", key="another-key")
    with store.read(scene.engine) as session:
        other = store.supporters_by_id(session, [2])[2]
        [report] = store.reports_of(session, 1)
    path = scene.links.own_page(other.ref).removeprefix(scene.links.base_url)
    scene.client.post(path, data={"do": "undo", "report": str(report.id)})
    tell(scene, path, "rang")
    assert stand(scene) == [ReportKind.DISAGREES]
    assert scene.client.post("/me/nobody-1", data={"do": "undo"}).status_code == 404


def test_every_answer_can_be_given_and_the_standing_one_is_marked(
    scene: ActionScene, own: str
) -> None:
    tell(scene, own, "thanks_only")
    page = scene.client.get(own).text
    offered = re.findall(r'name="kind" value="(\w+)" class="second"', page)
    assert set(ANSWERS) <= set(offered)
    marked = re.findall(r'value="(\w+)" class="second" aria-current="true"', page)
    assert marked == ["thanks_only"]


def test_the_page_tells_what_was_sent_and_what_comes(
    scene: ActionScene, own: str
) -> None:
    page = text_of(scene.client.get(own).text)
    assert "Your email was sent at 15:00 today." in page
    assert "On 30 November 2026 or soon after: we email you to ask" in page
    scene.client.post(own, data={"do": "stop"})
    page = text_of(scene.client.get(own).text)
    assert "You did not ask for reminders" in page
    assert f"{PATH}/act?member={JANE}" in scene.client.get(own).text


def test_a_report_is_an_act_that_keeps_the_person_longer(
    scene: ActionScene, own: str
) -> None:
    scene.clock.set(NOW + timedelta(days=3))
    tell(scene, own, "rang")
    [person] = scene.supporters()
    assert person.last_act_at == NOW + timedelta(days=3)


def test_reports_are_limited_by_address(scene: ActionScene, own: str) -> None:
    for _ in range(60):
        scene.client.post(own, data={"do": "nothing"})
    answer = scene.client.post(own, data={"do": "report", "about": ABOUT})
    assert answer.status_code == 429


def test_a_reminder_that_went_out_is_not_said_to_come(
    scene: ActionScene, own: str
) -> None:
    with store.write(scene.engine) as session:
        [email] = store.letters_of(session, 1)
        session.add(
            FollowUp(
                rule="ask-and-ring",
                motion_id=email.email.motion_id,
                member_id=JANE,
                supporter_id=1,
                target=Target.SUPPORTER,
                state=FollowUpState.OUT,
                ends_when_signed=True,
                ends_when_left=True,
                is_chase=True,
                due_at=NOW,
                planned_at=NOW,
                told_at=NOW,
            )
        )
    page = text_of(scene.client.get(own).text)
    assert "we email you to ask" not in page
    assert "we offer a second email" in page
