"""Staff's charts: signatures against emails, the curve of the unsigned, outcomes of calls."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.call_words import OUTCOMES
from dashboard.staff_charts import outcome_chart, pace_chart, silence_chart
from dashboard.staff_figures import silence_figure
from tests.conftest import FakeClock, MakeSettings
from tests.staff import add_staff, sign_in
from tests.supporters_house import NOW, WATCHED, seat_a_house
from tests.test_nudges import contact, poll, row, write
from tracker import store
from tracker.board.answers import AnswersView, answers_view
from tracker.config import Settings
from tracker.rules.nudge import Stance
from tracker.rules.stances import ContactOutcome
from tracker.rules.survival import Span
from tracker.store import Engine

DAY = timedelta(days=1)
JANE, JOSE = 101, 102


@pytest.fixture
def made(settings: MakeSettings) -> Settings:
    return settings(motions=[WATCHED.model_dump(exclude_none=True)])


@pytest.fixture
def seated(sqlite_engine: Engine, clock: FakeClock) -> Engine:
    clock.set(NOW)
    seat_a_house(sqlite_engine)
    return sqlite_engine


@pytest.fixture
def browser(made: Settings, seated: Engine, clock: FakeClock) -> Iterator[TestClient]:
    add_staff(seated, clock)
    app = create_app(made, seated, clock=clock)
    with TestClient(app, base_url=made.web.base_url) as client:
        sign_in(client)
        yield client


def view(engine: Engine, made: Settings) -> AnswersView:
    with store.read(engine) as session:
        return answers_view(session, made, WATCHED, now=NOW)


def spans(found: AnswersView) -> list[tuple[float, bool]]:
    return sorted((round(span.days, 2), span.is_signed) for span in found.spans)


def test_a_span_is_from_the_first_email_to_the_first_signature(seated, made):
    write(seated, "Ynys Môn", 2, NOW - 9 * DAY)
    write(seated, "Brighton Kemptown and Peacehaven", 1, NOW - 5 * DAY)
    signed_at = (NOW - 7 * DAY).strftime("%Y-%m-%dT%H:%M:%S")
    poll(seated, at=NOW - 8 * DAY)
    poll(seated, row(JANE, created=signed_at), at=NOW - 6 * DAY)
    # Parliament's times are London's, an hour ahead of UTC in June.
    assert spans(view(seated, made)) == [(1.96, True), (5.0, False)]


def test_who_signed_before_anybody_wrote_or_cannot_sign_is_left_out(seated, made):
    poll(seated, row(JANE), at=NOW - 9 * DAY)
    write(seated, "Ynys Môn", 1, NOW - 5 * DAY)
    write(seated, "Brighton Kemptown and Peacehaven", 1, NOW - 5 * DAY)
    assert spans(view(seated, made)) == [(5.0, False)]
    with store.write(seated) as session:
        store.record_correction(session, JOSE, "A minister", by="Ann", at=NOW)
    assert spans(view(seated, made)) == []


def test_who_left_the_house_was_watched_until_then(seated, made):
    write(seated, "Runcorn and Helsby", 1, NOW - 120 * DAY)
    [(days, is_signed)] = spans(view(seated, made))
    assert not is_signed
    assert 20 < days < 30, "the seat fell vacant on 10 March"


def test_days_of_emails_and_the_count_stand_side_by_side(seated, made):
    write(seated, "Ynys Môn", 2, NOW - 9 * DAY)
    poll(seated, row(JANE, created="2026-06-08T10:00:00"), at=NOW - 6 * DAY)
    chart = pace_chart(view(seated, made), now=NOW)
    assert chart.finding == "2 emails since 6 June 2026; 1 MP signed by now"
    assert [(day.on.day, day.emails, day.total) for day in chart.days] == [
        (6, 2, 0),
        (8, 0, 1),
    ]
    assert chart.points[-1].at == NOW


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        ([], "Nobody who can sign has been written to yet"),
        ([Span(3, False)], "None of the 1 MP written to has signed since"),
        ([Span(0.5, True)], "Half had signed within a day after the first email"),
        (
            [Span(9, True), Span(9, True)],
            "Half had signed 9 days after the first email",
        ),
        (
            [Span(2, True), *([Span(9, False)] * 3)],
            "25% had signed 2 days after the first email",
        ),
    ],
)
def test_the_finding_of_the_curve_is_in_words(found, finding):
    assert silence_chart(found).finding == finding


def test_the_curve_is_drawn_from_all_of_them_to_the_longest_watch():
    figure: Any = silence_figure(silence_chart([Span(2, True), Span(9, False)]))
    line = figure.data[0]
    assert list(line.x) == [0, 2, 9]
    assert list(line.y) == [100, 50, 50]


def test_outcomes_are_counted_with_what_was_said(seated, made):
    write(seated, "Ynys Môn", 1, NOW - 9 * DAY)
    contact(seated, JANE, NOW - DAY, stance=Stance.WILL_SIGN)
    contact(seated, JANE, NOW, outcome=ContactOutcome.BUSY)
    contact(seated, JOSE, NOW, outcome=ContactOutcome.BUSY)
    chart = outcome_chart(view(seated, made))
    assert chart.finding == "1 of 3 contacts reached the office"
    assert [(one.outcome, one.count) for one in chart.rows] == [
        (OUTCOMES[ContactOutcome.BUSY], 2),
        (OUTCOMES[ContactOutcome.CONTACT], 1),
    ]
    assert chart.rows[1].stances == (("Will sign", 1),)


def test_the_page_has_a_table_behind_each_chart(browser, seated):
    write(seated, "Ynys Môn", 2, NOW - 9 * DAY)
    poll(seated, at=NOW - 8 * DAY)
    poll(seated, row(JANE, created="2026-06-08T10:00:00"), at=NOW - 6 * DAY)
    contact(seated, JANE)
    page = browser.get("/staff/charts").text
    assert page.count("<table>") == 3
    for name in ("pace", "silence", "outcomes"):
        assert f"/staff/charts/{name}.json" in page
        answer = browser.get(f"/staff/charts/{name}.json")
        assert answer.json()["data"]
        assert answer.headers["cache-control"] == "no-store"
    assert browser.get("/staff/charts/other.json").status_code == 404


def test_without_data_each_place_says_what_will_appear(browser):
    page = browser.get("/staff/charts").text
    assert page.count('class="empty"') == 3
    assert "<table>" not in page
