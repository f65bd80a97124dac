"""Staff and supporters' reports: accepted as a stance, put aside, undone; and their page."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlmodel import select

from tests.action_scene import JANE, JOSE, NOW, NUMBER, SESSION, WATCHED, ActionScene
from tests.conftest import FakeClock, MakeSettings
from tests.own_scene import counted
from tests.staff import add_staff, csrf_of, sign_in
from tracker import reported, store
from tracker.board.house import house_of
from tracker.reported import ReportsError
from tracker.rules.nudge import Stance, nudge_status
from tracker.rules.reports import SAID_MINISTER, ReportKind
from tracker.rules.roles import Role
from tracker.rules.stances import ContactSource
from tracker.rules.status import NudgeStatus
from tracker.store import Engine
from tracker.store.tables import AuditEntry, Contact

PAGE = "/staff/reports"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def scene(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> ActionScene:
    made = ActionScene(sqlite_engine, clock, settings)
    counted(made)
    return made


def tell(scene: ActionScene, kind: ReportKind, member_id: int = JANE) -> None:
    with store.write(scene.engine) as session:
        motion = store.motion_by_number(session, SESSION, NUMBER)
        assert motion is not None
        assert motion.id is not None
        store.record_report(
            session,
            kind,
            supporter_id=1,
            motion_id=motion.id,
            member_id=member_id,
            now=NOW,
        )


def decide(scene: ActionScene, story: Any, kind: ReportKind) -> int:
    with store.write(scene.engine) as session:
        count: int = story(session, WATCHED, JANE, kind, by="Ann", at=LATER)
        return count


def accepted(scene: ActionScene, kind: ReportKind) -> int:
    return decide(scene, reported.accept_report, kind)


def status(scene: ActionScene) -> NudgeStatus:
    """Return where Jane Carver stands for staff."""
    with store.read(scene.engine) as session:
        house = house_of(session, scene.settings, WATCHED, now=LATER)
        return nudge_status(
            house.facts[JANE],
            now=LATER,
            patience=house.patience,
            spells=house.spells,
        )


def contacts(scene: ActionScene) -> list[Contact]:
    with store.read(scene.engine) as session:
        return [*session.exec(select(Contact)).all()]


def open_count(scene: ActionScene) -> int:
    with store.read(scene.engine) as session:
        motion = store.motion_by_number(session, SESSION, NUMBER)
        assert motion is not None
        assert motion.id is not None
        return sum(row.count for row in store.open_reports(session, motion.id))


@pytest.mark.parametrize(
    ("kind", "stance"),
    [
        (ReportKind.SIGNED_OR_WILL, Stance.WILL_SIGN),
        (ReportKind.SIGNS_NO_EDMS, Stance.SIGNS_NO_EDMS),
        (ReportKind.DISAGREES, Stance.WILL_NOT_SIGN),
    ],
)
def test_an_accepted_report_is_a_stance_with_its_source(
    scene: ActionScene, kind: ReportKind, stance: Stance
) -> None:
    tell(scene, kind)
    assert contacts(scene) == []
    assert accepted(scene, kind) == 1
    [contact] = contacts(scene)
    assert (contact.stance, contact.source) == (stance, ContactSource.SUPPORTERS)
    assert (contact.logged_by, contact.note) == ("Ann", "Reported by 1 supporter.")
    assert not contact.may_be_shown
    assert open_count(scene) == 0


def test_a_report_alone_changes_no_status_and_accepted_it_does(
    scene: ActionScene,
) -> None:
    tell(scene, ReportKind.DISAGREES)
    before = status(scene)
    assert before is NudgeStatus.WAITING
    accepted(scene, ReportKind.DISAGREES)
    assert status(scene) is NudgeStatus.DECLINED


def test_a_promise_that_was_reported_quietens_nobody(scene: ActionScene) -> None:
    tell(scene, ReportKind.SIGNED_OR_WILL)
    accepted(scene, ReportKind.SIGNED_OR_WILL)
    assert status(scene) is NudgeStatus.WAITING, "not chased: nobody has rung"


def test_a_minister_is_marked_and_unmarked(scene: ActionScene) -> None:
    tell(scene, ReportKind.CANNOT_MINISTER)
    accepted(scene, ReportKind.CANNOT_MINISTER)
    assert status(scene) is NudgeStatus.CANNOT_SIGN
    assert contacts(scene) == []
    undone(scene)
    assert status(scene) is NudgeStatus.WAITING


def test_staffs_own_word_on_a_minister_stays(scene: ActionScene) -> None:
    with store.write(scene.engine) as session:
        store.record_correction(session, JANE, "A PPS", by="Bob", at=NOW)
    tell(scene, ReportKind.CANNOT_MINISTER)
    accepted(scene, ReportKind.CANNOT_MINISTER)
    undone(scene)
    with store.read(scene.engine) as session:
        assert store.corrections(session) == {JANE: "A PPS"}
    assert SAID_MINISTER != "A PPS"


def undone(scene: ActionScene) -> int:
    with store.write(scene.engine) as session:
        return reported.undo_decision(session, 1, by="Bob", at=LATER)


def test_undo_takes_the_stance_back_and_lets_the_report_wait(
    scene: ActionScene,
) -> None:
    tell(scene, ReportKind.DISAGREES)
    accepted(scene, ReportKind.DISAGREES)
    assert undone(scene) == 1
    assert contacts(scene) == []
    assert open_count(scene) == 1
    assert status(scene) is NudgeStatus.WAITING
    with pytest.raises(ReportsError, match="undone already"):
        undone(scene)


def test_what_says_nothing_is_only_put_aside(scene: ActionScene) -> None:
    tell(scene, ReportKind.THANKS_ONLY)
    with pytest.raises(ReportsError, match="says nothing"):
        accepted(scene, ReportKind.THANKS_ONLY)
    assert decide(scene, reported.dismiss_report, ReportKind.THANKS_ONLY) == 1
    assert open_count(scene) == 0
    assert contacts(scene) == []


@pytest.mark.parametrize("story", [reported.accept_report, reported.dismiss_report])
def test_nothing_is_decided_twice(scene: ActionScene, story: Any) -> None:
    tell(scene, ReportKind.DISAGREES)
    decide(scene, story, ReportKind.DISAGREES)
    with pytest.raises(ReportsError, match="meanwhile"):
        decide(scene, story, ReportKind.DISAGREES)


def test_each_press_is_audited_without_a_supporter(scene: ActionScene) -> None:
    tell(scene, ReportKind.DISAGREES)
    accepted(scene, ReportKind.DISAGREES)
    undone(scene)
    with store.read(scene.engine) as session:
        entries = [
            (entry.actor, entry.action, entry.detail)
            for entry in session.exec(select(AuditEntry)).all()
            if entry.action.startswith("reports")
        ]
    assert entries == [
        ("Ann", "reports accepted", f"Member {JANE}, disagrees, 1"),
        ("Bob", "reports reopened", f"Member {JANE}, disagrees, 1"),
    ]


# ---- the page


@pytest.fixture
def signed_in(scene: ActionScene) -> str:
    """Ann is signed in; the token that her forms carry."""
    add_staff(scene.engine, scene.clock)
    sign_in(scene.client)
    return csrf_of(scene.client)


def press(scene: ActionScene, what: str, csrf: str, **fields: Any) -> Any:
    given = {"csrf": csrf, "member_id": JANE, "kind": "disagrees", **fields}
    return scene.client.post(f"{PAGE}/{what}", data=given, follow_redirects=False)


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_page_has_numbers_by_mp_and_nobodys_name(
    scene: ActionScene, signed_in: str
) -> None:
    del signed_in
    assert "No report waits" in text_of(scene.client.get(PAGE).text)
    tell(scene, ReportKind.DISAGREES)
    tell(scene, ReportKind.THANKS_ONLY, JOSE)
    page = scene.client.get(PAGE)
    text = text_of(page.text)
    assert "1 supporter reported that the MP disagrees with this motion." in text
    assert "Accept: Will not sign this one" in text
    assert "thanks only, nothing of the motion" in text
    assert "anary" not in page.text
    assert page.headers["cache-control"] == "no-store"


def test_accept_put_aside_and_undo_by_the_page(
    scene: ActionScene, signed_in: str
) -> None:
    tell(scene, ReportKind.DISAGREES)
    assert press(scene, "accept", signed_in).status_code == 303
    assert status(scene) is NudgeStatus.DECLINED
    again = press(scene, "accept", signed_in)
    assert again.status_code == 409
    assert "decided about this meanwhile" in text_of(again.text)
    page = scene.client.get(PAGE).text
    assert "Jane Carver: accepted, 1 report: that the MP disagrees" in text_of(page)
    report_id = re.findall(r'name="report_id" value="(\d+)"', page)[0]
    assert press(scene, "undo", signed_in, report_id=report_id).status_code == 303
    assert press(scene, "undo", signed_in, report_id=report_id).status_code == 409
    assert open_count(scene) == 1
    assert press(scene, "dismiss", signed_in).status_code == 303
    assert open_count(scene) == 0


def test_what_is_no_kind_or_no_motion_is_refused(
    scene: ActionScene, signed_in: str
) -> None:
    assert press(scene, "accept", signed_in, kind="x").status_code == 422
    assert press(scene, "accept", signed_in, member_id="x").status_code == 422
    assert press(scene, "accept", signed_in, motion="2014-15/1").status_code == 404
    assert press(scene, "accept", "forged").status_code == 403


@pytest.mark.parametrize("role", [None, Role.VIEWER])
def test_who_is_not_staff_sees_and_decides_nothing(
    scene: ActionScene, role: Role | None
) -> None:
    tell(scene, ReportKind.DISAGREES)
    csrf = "none"
    if role is not None:
        add_staff(scene.engine, scene.clock, "Vi", role)
        sign_in(scene.client, "Vi")
        csrf = csrf_of(scene.client)
    looked = scene.client.get(PAGE, follow_redirects=False)
    assert looked.status_code == (403 if role else 303)
    for what in ("accept", "dismiss", "undo"):
        assert press(scene, what, csrf, report_id=1).status_code in (303, 401, 403)
    assert open_count(scene) == 1
    assert contacts(scene) == []
