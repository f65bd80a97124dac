"""Signing in and out: the cookie, what ends a session, whose form it is, how often."""

import re
import statistics
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.login_rates import LoginRates
from dashboard.own_path import own_path
from dashboard.problems import ProblemError
from tests.conftest import FakeClock, MakeSettings
from tests.live import served
from tests.staff import PASSWORD, add_staff, csrf_of, post_login, sign_in
from tracker import store
from tracker.rules.roles import Role
from tracker.rules.visits import IDLE
from tracker.store import Engine, users

MOTION = "/api/v1/motions/2014-15/718"
WRONG = "The name or the password is not right."
HTML = {"accept": "text/html"}


class People:
    """A dashboard with Ann (staff), and one browser after another."""

    def __init__(self, app: Any, engine: Engine, clock: FakeClock, base: str) -> None:
        self.app, self.engine, self.clock, self.base = app, engine, clock, base
        self.ann_id = add_staff(engine, clock)
        self._opened: list[TestClient] = []

    def browser(self, address: str = "192.0.2.1") -> TestClient:
        """Return a browser of its own at an address."""
        made = TestClient(
            self.app, base_url=self.base, headers=HTML, client=(address, 4000)
        )
        self._opened.append(made)
        return made

    def close(self) -> None:
        for one in self._opened:
            one.close()


@pytest.fixture
def make_people(
    settings: MakeSettings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[Any]:
    made: list[People] = []

    def make(base: str = "http://127.0.0.1:8000") -> People:
        app = create_app(settings(web={"base_url": base}), sqlite_engine, clock=clock)
        made.append(People(app, sqlite_engine, clock, base))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def people(make_people: Any) -> People:
    made: People = make_people()
    return made


def is_in(client: TestClient) -> bool:
    return client.get("/staff/account", follow_redirects=False).status_code == 200


@pytest.mark.parametrize(
    ("base", "name", "is_secure"),
    [
        ("https://edm.example.org", "__Host-session", True),
        ("http://127.0.0.1:8000", "session", False),
    ],
)
def test_the_cookie_is_only_for_this_host_and_for_no_script(
    make_people, base, name, is_secure
):
    people = make_people(base)
    told = post_login(people.browser()).headers["set-cookie"]
    assert re.match(rf"{name}=[\w-]{{43}};", told)
    parts = {part.strip().lower() for part in told.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= parts
    assert ("secure" in parts) is is_secure
    assert not any(part.startswith("domain") for part in parts)


def test_signing_in_takes_a_name_in_any_case_and_keeps_no_token_or_password(people):
    client = people.browser()
    sign_in(client, " ANN ")
    assert is_in(client)
    with people.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM staff_session").all())
    assert client.cookies["session"] not in kept


@pytest.mark.parametrize(
    ("name", "password"),
    [("Ann", "wrong"), ("Nobody", PASSWORD), ("", ""), ("Bob", PASSWORD)],
)
def test_whoever_may_not_in_is_told_the_same(people, name, password):
    bob = add_staff(people.engine, people.clock, "Bob")
    with store.write(people.engine) as session:
        users.set_disabled(session, bob, True, by="a test", at=people.clock())
    answer = post_login(people.browser(), name, password)
    assert answer.status_code == 401
    assert WRONG in answer.text
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.slow
def test_an_unknown_name_takes_as_long_as_a_wrong_password(people):
    """In CPU time and by turns, so that what else the machine does is in neither."""
    taken: dict[str, list[float]] = {"Ann": [], "Nobody": []}
    for n in range(12):
        for name in taken:
            client = people.browser(f"192.0.2.{n + 1}")
            began = time.process_time()
            post_login(client, name, "wrong")
            taken[name].append(time.process_time() - began)
    known, unknown = (statistics.median(each[1:]) for each in taken.values())
    assert 0.6 < known / unknown < 1.7


def test_a_session_set_by_somebody_else_is_not_the_one_that_is_opened(people):
    client = people.browser()
    client.cookies.set("session", "chosen-by-an-attacker", domain="127.0.0.1")
    sign_in(client)
    assert "chosen-by-an-attacker" not in client.cookies.values()
    other = people.browser()
    other.cookies.set("session", "chosen-by-an-attacker")
    assert not is_in(other)


def test_signing_in_again_gives_another_id_and_ends_the_old_one(people):
    client = people.browser()
    sign_in(client)
    old = client.cookies["session"]
    sign_in(client)
    assert client.cookies["session"] != old
    with_old = people.browser()
    with_old.cookies.set("session", old)
    assert is_in(client)
    assert not is_in(with_old)


def test_signing_out_ends_this_session_on_the_server_and_no_other(people):
    here, there = people.browser(), people.browser()
    sign_in(here)
    sign_in(there)
    token = here.cookies["session"]
    answer = here.post("/logout", data={"csrf": csrf_of(here)}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "session" not in here.cookies
    here.cookies.set("session", token)
    assert not is_in(here)
    assert is_in(there)


def test_signing_out_everywhere_ends_every_session(people):
    here, there = people.browser(), people.browser()
    sign_in(here)
    sign_in(there)
    here.post("/logout/everywhere", data={"csrf": csrf_of(here)})
    assert not is_in(there)
    assert not is_in(here)


def test_a_new_password_ends_every_other_session_and_renews_this_one(people):
    here, there = people.browser(), people.browser()
    sign_in(here)
    sign_in(there)
    old = here.cookies["session"]
    fields = {"csrf": csrf_of(here), "password": PASSWORD}
    short = here.post(
        "/staff/account/password", data=fields | {"new_password": "s" * 14}
    )
    assert short.status_code == 422
    assert "15 characters or more" in short.text
    wrong = here.post(
        "/staff/account/password",
        data=fields | {"password": "wrong", "new_password": "n" * 15},
    )
    assert wrong.status_code == 422
    assert is_in(there)
    answer = here.post(
        "/staff/account/password", data=fields | {"new_password": "n" * 64}
    )
    assert "Your password is changed." in answer.text
    assert here.cookies["session"] != old
    assert not is_in(there)
    assert post_login(people.browser(), "Ann", PASSWORD).status_code == 401
    sign_in(people.browser(), "Ann", "n" * 64)


def test_a_user_who_is_disabled_is_out_at_once(people):
    client = people.browser()
    sign_in(client)
    with store.write(people.engine) as session:
        users.set_disabled(session, people.ann_id, True, by="a test", at=people.clock())
    assert not is_in(client)


def test_a_session_that_is_not_used_is_over_and_one_in_use_is_not(people):
    client = people.browser()
    sign_in(client)
    for _ in range(3):
        people.clock.now += IDLE - timedelta(seconds=1)
        assert is_in(client)
    people.clock.now += IDLE
    assert not is_in(client)


@pytest.mark.parametrize(
    ("asked", "gone_to"),
    [
        ("/staff?q=ann&show=new", "/staff?q=ann&show=new"),
        ("/staff/mps/42#log", "/staff/mps/42#log"),
        *(
            (text, "/staff")
            for text in (
                *("", "//evil.example", "/\\evil.example", "https:evil.example"),
                *("%09//evil.example", "\t//evil.example", "/\t/evil.example"),
                *("javascript:alert(1)", "/\n/evil", "/ok\r\nSet-Cookie: a=b", "evil"),
                *("https://evil.example", "///evil.example", "/é", "/" + "a" * 1001),
            )
        ),
    ],
)
def test_after_signing_in_one_goes_to_a_path_of_this_site(people, asked, gone_to):
    assert own_path(asked) == gone_to
    answer = post_login(people.browser(), next=asked)
    assert answer.headers["location"] == gone_to
    page = people.browser().get("/login", params={"next": asked})
    assert f'name="next" value="{gone_to.replace("&", "&amp;")}"' in page.text


def test_a_page_sends_one_to_sign_in_and_back_and_a_program_gets_401(people):
    client = people.browser()
    answer = client.get("/staff/account?a=b", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/staff/account%3Fa%3Db"
    assert answer.headers["cache-control"] == "no-store"
    asked = {"accept": "application/json"}
    assert client.get("/staff/account", headers=asked).status_code == 401
    assert client.post("/logout", follow_redirects=False).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": "http://127.0.0.1:8000"}, 303),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({}, 303),
    ],
)
def test_a_form_of_another_site_is_refused_also_to_sign_in(people, headers, status):
    fields = {"username": "Ann", "password": PASSWORD}
    client = people.browser()
    answer = client.post("/login", data=fields, headers=headers, follow_redirects=False)
    assert answer.status_code == status
    sign_in(client)
    data = {"csrf": csrf_of(client)}
    answer = client.post("/logout", data=data, headers=headers, follow_redirects=False)
    assert answer.status_code == status


def test_a_form_needs_the_token_of_its_own_session(people):
    client, other = people.browser(), people.browser()
    sign_in(client)
    sign_in(other)
    for data in ({}, {"csrf": ""}, {"csrf": csrf_of(other)}, {"csrf": "é"}):
        assert client.post("/logout", data=data).status_code == 403
    assert is_in(client)
    token = {"x-csrf-token": csrf_of(client)}
    answer = client.post("/logout", headers=token, follow_redirects=False)
    assert answer.status_code == 303


def contact(member_id: int) -> dict[str, object]:
    return {"member_id": member_id, "channel": "phone", "outcome": "contact"}


def test_the_staff_json_takes_the_cookie_and_for_posts_the_token_too(people):
    client = people.browser()
    assert client.get(f"{MOTION}/nudges").status_code == 401
    sign_in(client)
    assert client.get(f"{MOTION}/nudges").status_code == 200
    told = client.post(f"{MOTION}/contacts", json=contact(1))
    assert told.status_code == 403
    token = {"x-csrf-token": csrf_of(client)}
    told = client.post(f"{MOTION}/contacts", json=contact(1), headers=token)
    assert told.status_code == 422, "no such Member: it was let in"
    far = token | {"sec-fetch-site": "cross-site"}
    told = client.post(f"{MOTION}/contacts", json=contact(1), headers=far)
    assert told.status_code == 403


def test_a_viewer_reads_nudges_and_neither_writes_nor_reads_supporters(people):
    add_staff(people.engine, people.clock, "Vera", Role.VIEWER)
    client = people.browser()
    sign_in(client, "Vera")
    token = {"x-csrf-token": csrf_of(client)}
    assert client.get(f"{MOTION}/nudges").status_code == 200
    assert client.get("/api/v1/supporters/x").status_code == 403
    told = client.post(f"{MOTION}/contacts", json=contact(1), headers=token)
    assert told.status_code == 403


def test_a_wrong_token_is_not_made_good_by_a_cookie(people):
    client = people.browser()
    sign_in(client)
    bearer = {"authorization": "Bearer wrong"}
    assert client.get(f"{MOTION}/nudges", headers=bearer).status_code == 401


# ---- how often


def tried(rates: LoginRates, address: str, account: str) -> bool:
    """Fail once, and return whether the try was let go on."""
    try:
        with rates.trying(address, account):
            rates.failed(address, account)
    except ProblemError as error:
        return error.problem.status != 429
    return True


def test_one_address_may_try_an_account_ten_times_and_all_accounts_thirty():
    rates = LoginRates()
    assert [tried(rates, "a", "ann") for _ in range(11)] == [True] * 10 + [False]
    assert tried(rates, "b", "ann")
    rates = LoginRates()
    assert all(tried(rates, "a", f"user {n}") for n in range(30))
    assert not tried(rates, "a", "ann")


def test_an_attack_from_many_addresses_is_slowed_and_its_victim_gets_in():
    rates = LoginRates()
    for n in range(100):
        for _ in range(10):
            tried(rates, f"attacker {n}", "ann")
    assert [tried(rates, "one more", "ann") for _ in range(3)] == [True, True, False]
    with rates.trying("the victim", "ann"):
        rates.succeeded("the victim", "ann")
    with rates.trying("the victim", "ann"):
        pass


def test_whoever_signs_in_has_their_slips_forgotten():
    rates = LoginRates()
    for _ in range(5):
        for _ in range(5):
            assert tried(rates, "a", "ann")
        rates.succeeded("a", "ann")


def test_a_victim_signs_in_while_somebody_guesses_from_elsewhere(people):
    for _ in range(10):
        post_login(people.browser("203.0.113.7"), "Ann", "a guess")
    last = post_login(people.browser("203.0.113.7"), "Ann", "a guess")
    assert last.status_code == 429
    assert 0 < int(last.headers["retry-after"]) <= 15 * 60
    sign_in(people.browser("192.0.2.9"))


@pytest.mark.slow
def test_a_hundred_logins_at_once_do_not_stop_the_page(
    settings: MakeSettings, sqlite_engine: Engine, clock: FakeClock
) -> None:
    add_staff(sqlite_engine, clock)
    configured = settings()
    with served(create_app(configured, sqlite_engine, clock=clock), configured) as here:
        statuses = []

        def attack() -> None:
            fields = {"username": "Ann", "password": "wrong"}
            answer = httpx.post(
                f"{here.url}/login", data=fields, trust_env=False, timeout=60
            )
            statuses.append(answer.status_code)

        threads = [threading.Thread(target=attack) for _ in range(100)]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        assert httpx.get(f"{here.url}/healthz", trust_env=False, timeout=30).is_success
        taken = time.monotonic() - began
        for thread in threads:
            thread.join()
    assert len(statuses) == 100
    assert set(statuses) <= {401, 429, 503}
    assert taken < 5
