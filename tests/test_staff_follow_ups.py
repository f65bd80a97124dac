"""The staff's page of follow-ups: what is due and why, a preview, pausing and settling."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock
from tests.follow_up_scene import FollowUpScene, follow_up_settings
from tests.staff import add_staff, csrf_of, sign_in
from tracker.rules.roles import Role
from tracker.store import Engine
from tracker.store.tables import FollowUpState

PATH = "/staff/follow-ups"
LETTER = (
    "I am your constituent at 1 High Street, ZZ1 1AA\n"
    "I am writing to you about EDM 718: https://edm.example.org\n\n"
    "Dear Member 10,\n\nMy cousin is a journalist there.\n\n"
    "Yours sincerely,\nWriter 1\n\n"
    "How the campaign handles people's data: https://campaign.example.org/privacy\n\n"
    "Sent at Writer 1's request through the campaign; your reply goes to Writer 1 only.\n"
)


@pytest.fixture
def scene(
    sqlite_engine: Engine, clock: FakeClock, tmp_path: Path, migrated_sqlite_url: str
) -> FollowUpScene:
    settings = follow_up_settings(tmp_path, migrated_sqlite_url)
    made = FollowUpScene(sqlite_engine, settings, clock)
    made.add_members(10, 11)
    made.add_supporter(10, body=LETTER)
    for _ in range(60):
        made.add_supporter(10)
    made.run()
    made.set(19, 7)
    return made


@pytest.fixture
def browser(scene: FollowUpScene) -> Iterator[TestClient]:
    app = create_app(scene.settings, scene.engine, clock=scene.clock)
    headers = {"accept": "text/html"}
    base_url = scene.settings.web.base_url
    with TestClient(app, base_url=base_url, headers=headers) as client:
        yield client


def signed_in(browser: TestClient, scene: FollowUpScene, role: Role) -> TestClient:
    add_staff(scene.engine, scene.clock, role=role)
    sign_in(browser)
    return browser


def test_it_says_what_goes_today_to_how_many_and_why_not_more(browser, scene):
    page = signed_in(browser, scene, Role.VIEWER).get(PATH).text
    assert "Nothing goes out at this hour: they go from 9 to 18" in page
    assert "09:00 today" in page
    assert "45 of 61 supporters today" in page
    assert "4 days after a supporter&#39;s own first email" in page
    assert "while the MP needs a nudge or is being chased: an email to the" in page
    assert "Writer" not in page
    assert "Preview" not in page, "a viewer reads no supporter's email"
    assert "Pause" not in page


def test_a_preview_shows_one_as_it_would_be_written(browser, scene):
    signed_in(browser, scene, Role.STAFF)
    page = browser.get(PATH).text
    url = page.partition(f'href="{PATH}/preview')[2].partition('"')[0]
    shown = browser.get(f"{PATH}/preview{url.replace('&amp;', '&')}").text
    assert "Has Member 10 replied to you about EDM 718?" in shown
    assert "Dear Writer 1," in shown
    assert "My cousin is a journalist there." in shown
    assert "1 High Street" not in shown
    gone = browser.get(f"{PATH}/preview?motion=2026-27/718&rule=x&member=10")
    assert gone.status_code == 404


def press(browser: TestClient, act: str, **fields: str) -> int:
    form = {"csrf": csrf_of(browser), **fields}
    answer = browser.post(f"{PATH}/{act}", data=form, follow_redirects=False)
    return answer.status_code


@pytest.mark.parametrize("scope", ["all", "rule:ask-and-ring", "mp:10"])
def test_staff_pause_and_resume(browser, scene, scope):
    signed_in(browser, scene, Role.STAFF)
    assert press(browser, "pause", scope=scope) == 303
    scene.set(19, 8)
    assert scene.run().gone_count == 0
    page = browser.get(PATH).text
    assert "Resume" in page
    assert "aused" in page
    assert press(browser, "resume", scope=scope) == 303
    assert scene.run().gone_count == 1


def test_nothing_that_is_not_there_is_paused_and_a_viewer_pauses_nothing(
    browser, scene
):
    signed_in(browser, scene, Role.STAFF)
    assert press(browser, "pause", scope="rule:none") == 422
    assert press(browser, "resume", scope="all") == 422
    browser.post("/logout", data={"csrf": csrf_of(browser)})
    add_staff(scene.engine, scene.clock, name="Viv", role=Role.VIEWER)
    sign_in(browser, "Viv")
    assert press(browser, "pause", scope="all") == 403


def test_staff_settle_what_is_theirs(scene):
    rule = {"name": "office", "after_days": 1, "while_status": [], "send": "staff"}
    scene.configure(follow_ups=[rule])
    scene.set(15, 8)
    scene.run()
    scene.add_supporter(11, reminders=False)
    scene.run()
    scene.set(16)
    app = create_app(scene.settings, scene.engine, clock=scene.clock)
    with TestClient(
        app, base_url="https://campaign.example.org", headers={"accept": "text/html"}
    ) as client:
        signed_in(client, scene, Role.STAFF)
        assert "For staff, about 1 supporter" in client.get(PATH).text
        scene.run()
        assert "For you to do" in client.get(PATH).text
        fields = {"motion": "2026-27/718", "rule": "office", "member_id": "11"}
        assert press(client, "settle", **fields) == 303
        states = {row.member_id: row.state for row in scene.follow_ups("office")}
        assert states[11] is FollowUpState.DONE


def test_in_hold_it_says_that_nothing_leaves(scene):
    scene.configure(mail={"mode": "hold"})
    app = create_app(scene.settings, scene.engine, clock=scene.clock)
    with TestClient(
        app, base_url="https://campaign.example.org", headers={"accept": "text/html"}
    ) as client:
        page = signed_in(client, scene, Role.STAFF).get(PATH).text
    assert "Nothing leaves: mail.mode is hold" in page
