"""`/staff/webhooks`: what was told and answered, trying again, switching on. By role."""

from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock
from tests.hook_scene import HookScene, hook_settings
from tests.hook_server import Receiver, Reply, receiver
from tests.staff import add_staff, csrf_of, sign_in
from tracker.rules.roles import Role
from tracker.store import Engine
from tracker.store.tables import MessageState

PATH = "/staff/webhooks"
EVIL = b'"><img src=x onerror=alert(1)></script>{{7*7}}'


class Desk:
    """Somebody's browser, and the webhook that the page is about."""

    def __init__(self, client: TestClient, scene: HookScene, at: Receiver) -> None:
        self.client, self.scene, self.at = client, scene, at

    def page(self) -> str:
        answer = self.client.get(PATH)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def post(self, path: str) -> httpx.Response:
        data = {"csrf": csrf_of(self.client)}
        return self.client.post(f"{PATH}/{path}", data=data, follow_redirects=False)


def opened(
    engine: Engine, folder: Path, clock: FakeClock, role: Role
) -> Iterator[Desk]:
    with receiver(Reply(500, EVIL)) as at:
        made = hook_settings(folder, {"crm": f"{at.url}?token=in-the-address"})
        add_staff(engine, clock, role=role)
        app = create_app(made, engine, clock=clock)
        url = "https://campaign.example.org"
        with TestClient(app, base_url=url, raise_server_exceptions=False) as client:
            sign_in(client)
            yield Desk(client, HookScene(engine, made, clock), at)


@pytest.fixture
def desk(sqlite_engine: Engine, tmp_path: Path, clock: FakeClock) -> Iterator[Desk]:
    yield from opened(sqlite_engine, tmp_path, clock, Role.ADMIN)


@pytest.fixture
def staff(sqlite_engine: Engine, tmp_path: Path, clock: FakeClock) -> Iterator[Desk]:
    yield from opened(sqlite_engine, tmp_path, clock, Role.STAFF)


@pytest.fixture
def viewer(sqlite_engine: Engine, tmp_path: Path, clock: FakeClock) -> Iterator[Desk]:
    yield from opened(sqlite_engine, tmp_path, clock, Role.VIEWER)


def test_before_anything_was_told_the_page_says_what_will_be_there(desk):
    page = desk.page()
    assert "Nothing was sent to it yet." in page
    assert "signature.signed" in page


def test_an_answer_is_shown_and_does_nothing(desk):
    desk.scene.tell()
    desk.scene.deliver()
    page = desk.page()
    assert "The receiver answered 500." in page
    assert "Waits after 1 try" in page
    assert "<img src=x" not in page
    assert "{{7*7}}" in page
    assert "49" not in page.split("{{7*7}}")[0].rsplit("Answer", 1)[1]


def test_of_the_address_only_the_host_is_shown(desk):
    page = desk.page()
    assert "127.0.0.1" in page
    assert "in-the-address" not in page


def test_one_that_failed_is_tried_again_by_hand(staff):
    staff.scene.tell()
    staff.scene.deliver_for(10)
    [message] = staff.scene.messages()
    staff.at.answers = [Reply(200)]
    answer = staff.post(f"deliveries/{message.id}/retry")
    assert answer.status_code == 303
    assert staff.scene.deliver() == 1
    assert staff.scene.messages()[0].state is MessageState.SENT
    again = staff.post(f"deliveries/{message.id}/retry")
    assert again.status_code == 409
    assert "only one that failed or waits" in again.text


def test_an_admin_switches_it_on_again_once(desk):
    desk.at.answers = [Reply(410), Reply(200)]
    desk.scene.tell()
    desk.scene.deliver()
    desk.scene.tell("missed")
    page = desk.page()
    assert "Switched off at" in page
    assert "it wants no more" in page
    assert "Switch crm on again" in page
    assert "Try now" not in page
    assert desk.post("crm/on").status_code == 303
    assert desk.scene.deliver() == 1
    assert "On. It last took something just now." in desk.page()
    assert desk.post("crm/on").status_code == 409


def test_staff_see_it_and_only_an_admin_switches_it_on(staff):
    staff.at.answers = [Reply(410)]
    staff.scene.tell()
    staff.scene.deliver()
    page = staff.page()
    assert "An admin can switch it on again." in page
    assert "Switch crm on again" not in page
    assert staff.post("crm/on").status_code == 403


def test_a_viewer_does_not_see_it(viewer):
    assert viewer.client.get(PATH).status_code == 403


@pytest.mark.parametrize(
    "path", ["other/on", "deliveries/0/retry", "deliveries/x/retry"]
)
def test_what_is_not_there_is_not_acted_on(desk, path):
    assert desk.post(path).status_code in (404, 409)


def test_a_form_of_another_session_does_nothing(desk):
    answer = desk.client.post(f"{PATH}/crm/on", data={"csrf": "another"})
    assert answer.status_code == 403
