"""What every answer carries, what is refused, and what the request log says."""

import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.security import MAX_BODY_BYTES, route_template, security_headers
from tests.conftest import MakeSettings
from tests.live import MOTION
from tracker.config import Settings, WebSettings
from tracker.store import Engine

ADDRESSES = [
    *("/", "/motions/2014-15/718", "/healthz", "/readyz", "/metrics", "/api/docs"),
    *("/api/openapi.json", MOTION, f"{MOTION}/events", f"{MOTION}/badge.svg"),
    *(f"{MOTION}/signatures.csv", f"{MOTION}/feed.atom"),
    *("/nothing", f"{MOTION}/events?limit=0", "/api/v1/motions/1999-00/1"),
]


@pytest.fixture
def configured(settings: MakeSettings) -> Settings:
    return settings()


@pytest.fixture
def client(configured: Settings, sqlite_engine: Engine) -> Iterator[TestClient]:
    app = create_app(configured, sqlite_engine)

    def fail() -> None:
        raise RuntimeError("a secret of the inside")

    app.add_api_route("/fails/{token}", fail)
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def assert_is_guarded(headers: object) -> None:
    told = dict(headers)  # type: ignore[call-overload]
    policy = told["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for directive in ("base-uri", "frame-ancestors", "object-src"):
        assert f"{directive} 'none'" in policy
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "same-origin"
    assert told["cross-origin-opener-policy"] == "same-origin"
    assert "geolocation=()" in told["permissions-policy"]
    assert "set-cookie" not in told
    assert "server" not in told


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_answer_is_guarded_errors_too(client: TestClient, path: str) -> None:
    assert_is_guarded(client.get(path).headers)
    assert_is_guarded(client.post(path).headers)
    assert_is_guarded(client.options(path).headers)
    assert_is_guarded(client.head(path).headers)


def test_the_answer_to_a_bug_is_guarded_and_shows_nothing(client: TestClient) -> None:
    answer = client.get("/fails/secret-token")
    assert answer.status_code == 500
    assert_is_guarded(answer.headers)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("base_url", "is_strict"),
    [("https://edm.example.org", True), ("http://edm.example.org", False)],
)
def test_browsers_are_kept_to_https_where_that_is_the_address(
    base_url: str, is_strict: bool
) -> None:
    headers = security_headers(WebSettings(base_url=base_url))
    assert ("Strict-Transport-Security" in headers) is is_strict
    if is_strict:
        seconds = int(headers["Strict-Transport-Security"].removeprefix("max-age="))
        assert seconds >= 365 * 24 * 3600


@pytest.mark.parametrize(
    ("length", "status"), [(MAX_BODY_BYTES, 405), (MAX_BODY_BYTES + 1, 413)]
)
def test_a_request_larger_than_the_limit_is_refused_unread(
    client: TestClient, length: int, status: int
) -> None:
    answer = client.post(MOTION, content=b"x" * length)
    assert answer.status_code == status
    assert_is_guarded(answer.headers)
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_error_is_a_page_for_people_and_a_problem_for_programs(
    client: TestClient,
) -> None:
    as_browser = {"Accept": "text/html,application/xhtml+xml"}
    page = client.get("/nothing", headers=as_browser)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    assert_is_guarded(page.headers)
    for path, headers in (("/nothing", {}), ("/api/nothing", as_browser)):
        told = client.get(path, headers=headers)
        assert told.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        (
            "GET",
            f"{MOTION}/members/1234?q=SECRET",
            "GET {}/members/{member_id} 404",
        ),
        ("GET", f"{MOTION}/events?after=1", "GET {}/events 200"),
        ("HEAD", f"{MOTION}/events", "HEAD {}/events 200"),
        ("HEAD", f"{MOTION}/stream", "HEAD {}/stream 200"),
        ("GET", "/fails/SECRET", "GET /fails/{token} 500"),
        ("GET", "/confirm/SECRET", "GET /confirm/{token} 404"),
        ("HEAD", "/me/SECRET", "HEAD /me/{token} 404"),
        ("POST", "/unsubscribe/SECRET", "POST /unsubscribe/{token} 404"),
        ("SECRET", "/healthz", "OTHER /healthz 405"),
        ("GET", "/%0aSECRET%1b[31m", "GET - 404"),
    ],
)
def test_the_log_has_the_routes_template_and_never_the_path(
    client: TestClient,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    said: str,
) -> None:
    caplog.set_level(logging.INFO, "dashboard.requests")
    client.request(method, path)
    [line] = [r.getMessage() for r in caplog.records if r.name == "dashboard.requests"]
    template = "/api/v1/motions/{session}/{number}"
    assert line.startswith(said.replace("{}", template, 1) + " ")
    assert line.endswith(" ms")
    assert "SECRET" not in caplog.text.replace("OTHER", "")
    assert "1234" not in line


def test_without_a_route_there_is_no_template() -> None:
    assert route_template({"type": "http", "path": "/secret"}) == "-"
