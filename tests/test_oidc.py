"""Signing in by way of a provider: a real one over a socket, and every way to be refused."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.pages.oidc import LASTS
from tests.conftest import FakeClock, MakeSettings
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, provider
from tests.staff import add_staff
from tracker import store
from tracker.config import ConfigError
from tracker.rules.roles import Role
from tracker.store import Engine, users

ANN = "ann@example.org"
SECRET = {"TRACKER__OIDC__CLIENT_SECRET": CLIENT_SECRET}


@pytest.fixture
def idp(clock: FakeClock) -> Iterator[Provider]:
    with provider(clock) as made:
        yield made


def oidc(idp: Provider, **changes: object) -> dict[str, object]:
    return {
        "issuer": idp.url,
        "client_id": CLIENT_ID,
        "name": "Example ID",
        "users": [ANN, "gone@example.org"],
    } | changes


@pytest.fixture
def browser(
    idp: Provider, settings: MakeSettings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[TestClient]:
    """A browser that is not signed in; Ann and Bo are users, Ann may use the provider."""
    add_staff(sqlite_engine, clock, ANN, Role.STAFF)
    add_staff(sqlite_engine, clock, "bo@example.org")
    made = settings(oidc=oidc(idp), environ=SECRET)
    app = create_app(made, sqlite_engine, clock=clock)
    with TestClient(
        app, base_url=made.web.base_url, headers={"accept": "text/html"}
    ) as client:
        yield client


def start(browser: TestClient, next_path: str = "") -> str:
    answer = browser.get(
        "/login/oidc", params={"next": next_path}, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def finish(browser: TestClient, back: str) -> httpx.Response:
    return browser.get(back, follow_redirects=False)


def sign_in(browser: TestClient, idp: Provider, next_path: str = "") -> httpx.Response:
    return finish(browser, idp.approve(start(browser, next_path)))


def is_in(browser: TestClient) -> bool:
    answer = browser.get("/staff/account", follow_redirects=False)
    return answer.status_code == 200


def test_somebody_signs_in_with_the_role_they_have(browser, idp, sqlite_engine):
    assert "Sign in with Example ID" in browser.get("/login").text
    answer = sign_in(browser, idp, "/staff/polls")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/polls")
    assert "You are signed in as staff." in browser.get("/staff/account").text
    with store.read(sqlite_engine) as session:
        [entry, *_] = store.audit_entries(session)
    assert (entry.actor, entry.detail) == (ANN, "by OpenID Connect")
    assert idp.asked.count("/token") == 1


def test_state_nonce_and_challenge_differ_each_time(browser):
    told = [parse_qs(urlsplit(start(browser)).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert told[0][name] != told[1][name]
        assert len(told[0][name][0]) >= 43


def test_the_cookie_between_the_steps_can_not_be_read_by_a_script(browser):
    answer = browser.get("/login/oidc", follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "no-store" in answer.headers["cache-control"]


def test_where_to_go_then_is_a_path_of_ours(browser, idp):
    assert sign_in(browser, idp, "//evil.example").headers["location"] == "/staff"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another program"},
        {"aud": [CLIENT_ID, "another"]},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": None},
        {"exp": 1},
        {"iat": None},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_attempt_is_refused(browser, idp, claims, caplog):
    idp.claims = claims
    answer = sign_in(browser, idp)
    assert answer.status_code == 502
    assert "did not answer as it should" in answer.text
    assert not is_in(browser)
    assert ANN not in caplog.text


def test_a_token_for_two_that_was_asked_for_by_us_is_taken(browser, idp):
    idp.claims = {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}
    assert sign_in(browser, idp).status_code == 303
    assert is_in(browser)


def test_a_token_signed_by_somebody_else_is_refused(browser, idp):
    idp.signing_key = RSAKey.generate_key(2048)
    assert sign_in(browser, idp).status_code == 502
    assert not is_in(browser)


@pytest.mark.parametrize(
    ("email", "verified"),
    [
        ("bo@example.org", True),
        ("gone@example.org", True),
        ("nobody@example.org", True),
        (ANN, False),
        (ANN, None),
        (ANN, "true"),
        (None, True),
    ],
)
def test_only_a_verified_address_of_a_named_user_comes_in(
    browser, idp, email, verified
):
    idp.claims = {"email": email, "email_verified": verified}
    answer = sign_in(browser, idp)
    assert answer.status_code == 403
    assert "can&#39;t sign in here" in answer.text
    assert not is_in(browser)


def test_the_address_is_compared_without_regard_to_case(browser, idp):
    idp.claims = {"email": "Ann@Example.ORG"}
    assert sign_in(browser, idp).status_code == 303
    assert is_in(browser)


def test_a_disabled_user_stays_out(browser, idp, sqlite_engine, clock):
    add_staff(sqlite_engine, clock, "Ada", Role.ADMIN)
    with store.write(sqlite_engine) as session:
        users.set_disabled(session, 1, True, by="Ada", at=clock())
    assert sign_in(browser, idp).status_code == 403
    assert not is_in(browser)


def test_another_browsers_answer_is_refused(browser, idp):
    mine, theirs = start(browser), TestClient(browser.app)
    back = idp.approve(start(theirs))
    answer = finish(browser, back)
    assert answer.status_code == 400
    assert "began in another browser" in answer.text
    assert "/token" not in idp.asked
    assert mine


def test_an_answer_is_taken_once(browser, idp):
    back = idp.approve(start(browser))
    assert finish(browser, back).status_code == 303
    browser.post("/logout")
    assert finish(browser, back).status_code == 400


@pytest.mark.parametrize(
    ("after", "status"), [(LASTS, 303), (LASTS + timedelta(seconds=1), 400)]
)
def test_an_attempt_lasts_ten_minutes(browser, idp, clock, after, status):
    back = idp.approve(start(browser))
    clock.advance(after.total_seconds())
    assert finish(browser, back).status_code == status


def test_a_cookie_that_was_changed_is_worth_nothing(browser, idp):
    back = idp.approve(start(browser))
    sealed = browser.cookies["oidc"]
    browser.cookies.clear()
    for changed in (sealed[:-1] + "x", "x" + sealed, "", "a.b"):
        answer = browser.get(
            back, headers={"cookie": f"oidc={changed}"}, follow_redirects=False
        )
        assert answer.status_code == 400


def test_who_changed_their_mind_reads_why(browser):
    state = parse_qs(urlsplit(start(browser)).query)["state"][0]
    answer = finish(browser, f"/login/oidc/callback?error=access_denied&state={state}")
    assert answer.status_code == 401
    assert "try again, or sign in here" in answer.text


def test_a_code_that_was_not_given_to_us_is_refused(browser):
    state = parse_qs(urlsplit(start(browser)).query)["state"][0]
    answer = finish(browser, f"/login/oidc/callback?code=stolen&state={state}")
    assert answer.status_code == 502
    assert not is_in(browser)


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://elsewhere.example"}, {"jwks_uri": "http://127.0.0.1:9/keys"}],
)
def test_a_provider_that_says_odd_things_is_not_believed(browser, idp, metadata):
    idp.metadata = metadata
    answer = browser.get("/login/oidc", follow_redirects=False)
    if answer.status_code == 303:
        answer = finish(browser, idp.approve(answer.headers["location"]))
    assert answer.status_code == 502
    assert not is_in(browser)


def test_without_configuration_there_is_no_button_and_no_address(
    settings, sqlite_engine, clock
):
    with TestClient(create_app(settings(), sqlite_engine, clock=clock)) as client:
        assert "/login/oidc" not in client.get("/login").text
        for path in ("/login/oidc", "/login/oidc/callback?code=x&state=y"):
            assert client.get(path, follow_redirects=False).status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"client_id": ""}, "oidc.client_id"),
        ({"users": []}, "oidc.users"),
        ({"client_secret": "x"}, "TRACKER__OIDC__CLIENT_SECRET"),
        ({"issuer": "http://id.example.org"}, "oidc.issuer"),
        ({"issuer": "https://id.example.org/?x=1"}, "oidc.issuer"),
        ({"issuers": ""}, "issuers"),
    ],
)
def test_half_a_configuration_stops_the_start(settings, idp, changes, said):
    with pytest.raises(ConfigError, match=said):
        settings(oidc=oidc(idp, **changes))
