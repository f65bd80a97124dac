"""A number and a session become Parliament's id, or the candidates are named."""

from datetime import date
from typing import Any

import pytest

from tests.upstream import (
    FIRST_MEMBER,
    MOTION_ID,
    NUMBER,
    ROWS,
    SESSION,
    TITLE,
    Watch,
    small_world,
    watching,
)
from tracker.rehearsal import faults, transforms
from tracker.rehearsal.edm_answers import envelope
from tracker.rehearsal.faults import Transformed
from tracker.rehearsal.wire import json_answer
from tracker.rules.outcomes import FailureKind, Outcome

LIST = "/EarlyDayMotions/list"
BY_NUMBER = {"number": NUMBER, "session": SESSION}


@pytest.fixture
def watch(sqlite_engine, settings, clock):
    with watching(sqlite_engine, settings, clock, motion=BY_NUMBER) as made:
        yield made


def another(
    watch: Watch,
    parliament_id: int,
    number: int = NUMBER,
    tabled_on: date = date(2026, 6, 9),
    title: str = "Another motion",
    **options: Any,
) -> None:
    watch.world.add_motion(
        parliament_id, number, title, "Text.", tabled_on, FIRST_MEMBER, **options
    )


def test_the_one_motion_that_fits_is_polled_and_its_id_kept(watch):
    assert watch.poll().signature_count == ROWS
    assert watch.stored().parliament_id == MOTION_ID
    [asked] = [r for r in watch.stand_in.requests if r.path == LIST]
    assert asked.query == {
        "parameters.uINWithAmendmentSuffix": [str(NUMBER)],
        "parameters.tabledStartDate": ["2026-05-13"],
        "parameters.tabledEndDate": ["2027-12-31"],
        "parameters.take": ["100"],
        "parameters.skip": ["0"],
    }


def test_the_list_is_not_asked_again(watch):
    for _ in range(3):
        watch.poll()
        watch.clock.advance(60)
    assert watch.stand_in.request_count(LIST) == 1
    assert watch.stand_in.request_count("/EarlyDayMotion/") == 3


def test_an_id_in_the_configuration_goes_without_the_list(
    sqlite_engine, settings, clock
):
    with watching(sqlite_engine, settings, clock) as watch:
        assert watch.poll().signature_count == ROWS
        assert watch.stand_in.request_count(LIST) == 0


def test_amendments_are_no_motions(watch):
    another(watch, 65_002, amendment_suffix="1", amends=MOTION_ID)
    assert watch.poll().signature_count == ROWS
    assert watch.stored().parliament_id == MOTION_ID


def test_the_same_number_in_another_session_is_another_motion(watch):
    another(watch, 64_001, tabled_on=date(2026, 4, 1))
    assert watch.poll().signature_count == ROWS
    assert watch.stored().parliament_id == MOTION_ID


def test_none_that_fits_is_said_with_the_way_out(sqlite_engine, settings, clock):
    motion = {"number": 719, "session": SESSION}
    with watching(sqlite_engine, settings, clock, motion=motion) as watch:
        report = watch.poll()
        assert report.outcome is Outcome.FAILED
        assert report.error == (
            "no motion with number 719 tabled from 2026-05-13 to 2027-12-31 was found: "
            "are number and session in config.toml as printed? "
            "Else `id = ...` there settles it"
        )
        assert watch.last_poll().failure_kind is FailureKind.UNREADABLE
        assert watch.stand_in.request_count("/EarlyDayMotion/") == 0
        assert watch.stored().parliament_id is None


def test_two_that_fit_are_named_and_neither_is_polled(watch):
    another(watch, 65_009, title="A motion of the same number")
    report = watch.poll()
    assert report.outcome is Outcome.FAILED
    assert report.error is not None
    assert f"id {MOTION_ID} “{TITLE}” tabled 2026-06-08" in report.error
    assert "id 65009 “A motion of the same number” tabled 2026-06-09" in report.error
    assert watch.stand_in.request_count("/EarlyDayMotion/") == 0
    assert watch.stored().parliament_id is None


@pytest.mark.parametrize("total", [0, 1, 2, 32])
def test_a_total_that_lies_does_not_matter(watch, total):
    watch.stand_in.fault(Transformed(transforms.lying_total(total)), LIST, times=None)
    assert watch.poll().signature_count == ROWS
    assert watch.stand_in.request_count(LIST) <= 2


def test_a_list_without_end_is_left(watch):
    watch.stand_in.fault(faults.EndlessPages(), LIST, times=None)
    assert watch.poll().signature_count == ROWS
    assert watch.stand_in.request_count(LIST) == 2


class Ignoring:
    """Parliament ignores every parameter but the paging: all motions come."""

    async def __call__(self, exchange):
        paging = [
            f"{name}={values[0]}"
            for name, values in exchange.request.query.items()
            if name.endswith(("skip", "take"))
        ]
        await exchange.send(exchange.good_answer("&".join(paging)))


def test_where_parliament_ignores_what_is_asked_the_rows_are_looked_at(watch):
    for place in range(250):
        another(watch, 66_000 + place, 1 + place, tabled_on=date(2026, 6, 10))
    another(watch, 67_000, NUMBER, tabled_on=date(2019, 6, 10))
    watch.stand_in.fault(Ignoring(), LIST, times=None)
    assert watch.poll().signature_count == ROWS
    assert watch.stored().parliament_id == MOTION_ID
    assert watch.stand_in.request_count(LIST) == 3


def test_a_list_longer_than_any_session_is_given_up(watch):
    class More:
        page = 0

        async def __call__(self, exchange):
            More.page += 1
            first = 100_000 + 100 * More.page
            row = {"UIN": 1, "DateTabled": "2026-06-01T00:00:00", "Status": 0}
            rows = [{**row, "Id": first + i} for i in range(100)]
            paging: dict[str, object] = {"Total": 61_185, "Take": 100, "Skip": 0}
            await exchange.send(json_answer(envelope(rows, paging)))

    watch.stand_in.fault(More(), LIST, times=None)
    report = watch.poll()
    assert report.error == "the list of motions did not end after 60 pages"
    assert watch.stand_in.request_count(LIST) == 60


def test_an_answer_about_another_number_is_refused_and_its_id_not_kept(watch):
    other = Transformed(transforms.with_field("Response.UIN", 999))
    watch.stand_in.fault(other, "/EarlyDayMotion/")
    report = watch.poll()
    assert report.outcome is Outcome.FAILED
    assert "number 999" in (report.error or "")
    assert watch.stored().parliament_id is None
    assert watch.poll().signature_count == ROWS


def test_a_wrong_id_in_the_configuration_is_refused(sqlite_engine, settings, clock):
    motion = {**BY_NUMBER, "id": 65_009}
    world = small_world(clock)
    world.add_motion(65_009, 501, "Another", "Text.", date(2026, 6, 9), FIRST_MEMBER)
    with watching(sqlite_engine, settings, clock, motion=motion, world=world) as watch:
        report = watch.poll()
        assert report.outcome is Outcome.FAILED
        assert "number 501" in (report.error or "")
        assert watch.events() == []


@pytest.mark.parametrize("fault", [faults.HtmlPage(503), faults.CloudflareChallenge()])
def test_a_list_that_fails_is_asked_again_by_the_next_poll(watch, fault):
    watch.stand_in.fault(fault, LIST)
    assert watch.poll().outcome is Outcome.FAILED
    assert watch.stand_in.request_count("/EarlyDayMotion/") == 0
    assert watch.poll().signature_count == ROWS
