"""The pictures for networks: what they say, that they are small, kept, and paced."""

import asyncio
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from dashboard import pictures
from dashboard.app import create_app
from dashboard.mp_views import member_line
from dashboard.picture import _fitting, _font, picture_png
from dashboard.picture_views import Picture, Standing, motion_picture, mp_picture
from dashboard.pictures import Pictures
from dashboard.share_views import PICTURE_SIZE
from tests.conftest import FakeClock, MakeSettings
from tests.page_data import MOTIONS, PATH, house, record_house, record_rows, rows_of
from tests.test_views import MOTION, member
from tracker.rehearsal.house import House
from tracker.rules.status import NudgeStatus
from tracker.store import Engine

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIRST_AT = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
PICTURE = Picture(
    campaign="A campaign",
    edm="Early Day Motion 718",
    title="Political prisoners",
    count=38,
    count_words="MPs have signed",
    goal=100,
    mp=None,
    is_rehearsal=False,
)
ANN = Standing("Ann Example", "Labour · Ynys Môn", "signed", "Signed")


@pytest.fixture(scope="module")
def parliament() -> House:
    return house()


@pytest.fixture
def client(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[Callable[..., TestClient]]:
    clock.set(NOW)
    opened = []

    def make(*, rehearsal: bool = False, **tables: Any) -> TestClient:
        made = settings(motions=MOTIONS, **tables)
        app = create_app(made, sqlite_engine, clock=clock, rehearsal=rehearsal)
        opened.append(TestClient(app))
        opened[-1].__enter__()
        return opened[-1]

    yield make
    for one in opened:
        one.__exit__(None, None, None)


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body)).convert("RGB")


def colours(body: bytes, box: tuple[int, int, int, int]) -> set[Any]:
    part = opened(body).crop(box)
    return {colour for _, colour in part.getcolors(maxcolors=1_000_000) or ()}


def near(found: set[Any], wanted: tuple[int, int, int]) -> bool:
    return any(
        all(abs(a - b) <= 8 for a, b in zip(colour, wanted, strict=True))
        for colour in found
    )


GREEN, TRACK, BAND = (11, 122, 91), (227, 230, 228), (26, 31, 36)
GOAL_ROW = 547


# Drawing


@pytest.mark.parametrize(
    "picture",
    [
        PICTURE,
        replace(PICTURE, mp=ANN, is_rehearsal=True),
        replace(PICTURE, title="N" * 400, campaign="W " * 300, count=12_345_678),
        replace(PICTURE, title="", count=None, count_words="no number yet"),
        replace(PICTURE, mp=Standing("Ann " * 90, "‮x‏" * 40, "declined", "Declined")),
        replace(PICTURE, mp=Standing("", "", "not_asked", "Not asked yet")),
    ],
)
def test_whatever_it_says_it_is_of_one_size_and_small(picture):
    body = picture_png(picture)
    assert opened(body).size == PICTURE_SIZE
    assert len(body) < 60_000


@pytest.mark.parametrize(
    ("count", "ends_at"), [(0, 0.0), (50, 0.5), (100, 1.0), (250, 1.0)]
)
def test_the_bar_is_as_long_as_the_count_is_to_the_goal(count, ends_at):
    body = picture_png(replace(PICTURE, count=count))
    row = opened(body).crop((72, GOAL_ROW, 1128, GOAL_ROW + 1))
    green = sum(
        number
        for number, colour in row.getcolors(maxcolors=10_000) or ()
        if near({colour}, GREEN)
    )
    assert green / 1056 == pytest.approx(ends_at, abs=0.02)


def test_each_status_has_its_mark_beside_its_word():
    drawn = {
        status: picture_png(replace(PICTURE, mp=replace(ANN, status=status.value)))
        for status in NudgeStatus
    }
    same = {NudgeStatus.WAITING: "chased", NudgeStatus.DECLINED: "cannot_sign"}
    groups = {same.get(status, status.value) for status in NudgeStatus}
    assert len(set(drawn.values())) == len(groups) == len(NudgeStatus) - len(same)


def test_a_rehearsal_says_so_across_the_top():
    top = (0, 0, 1200, 50)
    assert near(colours(picture_png(replace(PICTURE, is_rehearsal=True)), top), BAND)
    assert not near(colours(picture_png(PICTURE), top), BAND)


@pytest.mark.parametrize("letter", "éôŵŷÂÔ\u2019“”\u2013…əşğİıçöüñßł·")
def test_every_letter_of_a_name_is_drawn_as_itself(letter):
    font = _font("Bold", 60)
    unknown = bytes(font.getmask("\uabcd"))
    assert bytes(font.getmask(letter)) != unknown


def test_what_is_too_long_gets_smaller_then_wraps_then_ends_in_an_ellipsis():
    assert _fitting("Ann Example", "Bold", (92, 60), 2) == (["Ann Example"], 92)
    long = "Sir Bartholomew Featherstonehaugh-Cholmondeley"
    lines, size = _fitting(long, "Bold", (92, 60), 2)
    assert size == 60
    assert len(lines) == 2
    assert " ".join(lines) == long
    cut, size = _fitting("Wolverhampton" * 30, "Bold", (92, 60), 2)
    assert size == 60
    assert len(cut) == 2
    assert cut[-1].endswith("…")
    assert all(_font("Bold", 60).getlength(line) <= 1056 for line in cut)


# What it says


def test_the_picture_of_an_mp_says_what_the_page_says(settings):
    line = member_line(member(1, status=NudgeStatus.WITHDREW), path="/m", is_open=True)
    made = mp_picture(MOTION, line, settings(), is_rehearsal=False)
    assert made.mp == Standing("Member 1", "Labour · Seat 1", "withdrew", "Withdrawn")
    assert (made.count, made.count_words) == (12, "MPs have signed")
    assert made.edm == "Early Day Motion 718"


def test_before_the_first_look_there_is_no_number(settings):
    unread = replace(MOTION, last_good_poll_at=None, signature_count=0)
    made = motion_picture(unread, settings(), is_rehearsal=True)
    assert (made.count, made.count_words) == (None, "no number yet")
    assert made.is_rehearsal


# Over HTTP


def test_both_pictures_come_and_are_known_by_their_tag(
    client, sqlite_engine, parliament
):
    record_house(sqlite_engine, parliament, NOW.date())
    rows = rows_of(parliament, 9, first_at=FIRST_AT)
    record_rows(sqlite_engine, rows, NOW)
    made = client()
    for path in (f"{PATH}/card.png", f"{PATH}/mps/{rows[0]['MemberId']}/card.png?v=1"):
        answer = made.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert "set-cookie" not in answer.headers
        again = made.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        assert again.content == b""
        other = made.get(path, headers={"If-None-Match": '"other"'})
        assert other.content == answer.content


def test_a_new_signature_makes_a_new_picture(client, sqlite_engine, parliament):
    made = client()
    record_rows(sqlite_engine, rows_of(parliament, 1, first_at=FIRST_AT), NOW)
    before = made.get(f"{PATH}/card.png").headers["etag"]
    record_rows(sqlite_engine, rows_of(parliament, 2, first_at=FIRST_AT), NOW)
    assert made.get(f"{PATH}/card.png").headers["etag"] != before


@pytest.mark.parametrize(
    "path",
    [f"{PATH}/mps/1/card.png", f"{PATH}/mps/x/card.png", "/motions/1-2/1/card.png"],
)
def test_nobody_has_no_picture(client, path):
    assert client().get(path).status_code == 404


def test_drawing_is_paced_and_what_is_drawn_is_not(client, monkeypatch):
    monkeypatch.setattr("dashboard.pages.pictures.LIMIT", "1/hour")
    made = client()
    assert made.get(f"{PATH}/card.png").status_code == 200
    assert made.get(f"{PATH}/card.png").status_code == 200
    made.app.state.pictures = Pictures()
    answer = made.get(f"{PATH}/card.png")
    assert answer.status_code == 429
    assert "retry-after" in answer.headers


def test_no_more_are_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_KEPT", 2)
    monkeypatch.setattr(pictures, "picture_png", lambda one: one.campaign.encode())
    shelf = Pictures()
    a, b, c = (replace(PICTURE, campaign=name) for name in "abc")

    async def ask() -> None:
        for one in (a, b, a, c):
            await shelf.drawn(one)

    asyncio.run(ask())
    shelf.stop()
    assert shelf.known(b) is None
    assert shelf.known(a) is not None
    assert shelf.known(c) is not None
