"""MPs' photos: brought once a month, drawn anew, served by us, or initials instead."""

import io
import random
import zlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PIL import Image
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.page_data import record_house
from tests.upstream import FIRST_MEMBER, SESSION, Watch, house, watching
from tracker import store
from tracker.parliament.errors import ParliamentError
from tracker.parliament.http import MAX_PICTURE_BYTES
from tracker.photo_files import SIDE, PhotoError, small_photo
from tracker.photos import PHOTOS_LAST, sync_photos
from tracker.rehearsal import faults, wire_faults
from tracker.rehearsal.exchange import Fault
from tracker.store import Engine
from tracker.store.tables import Member, MemberPhoto

PAGE = f"/motions/{SESSION}/718/mps/{FIRST_MEMBER}"
PHOTO_OF_FIRST = f"/api/Members/{FIRST_MEMBER}/Thumbnail"


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    body = io.BytesIO()
    image.save(body, kind, **options)
    return body.getvalue()


# Drawn anew


@pytest.mark.parametrize("size", [(40, 40), (300, 450), (450, 300), (1, 900)])
@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "L")]
)
def test_any_photo_becomes_a_small_square(size, kind, mode):
    made = small_photo(encoded(Image.new(mode, size), kind))
    with Image.open(io.BytesIO(made.body)) as image:
        assert (image.format, image.size) == ("JPEG", (SIDE, SIDE))
    assert len(made.body) < 20_000
    assert len(made.tag) == 16


def test_nothing_that_was_hidden_in_a_file_is_kept():
    exif = Image.Exif()
    exif[0x010E] = "zqhidden <script>"
    noise = Image.frombytes("RGB", (64, 64), random.Random(1).randbytes(64 * 64 * 3))
    body = encoded(noise, "JPEG", exif=exif) + b"zqhidden <script>"
    assert b"zqhidden" in body
    assert b"zqhidden" not in small_photo(body).body


def test_the_same_photo_has_the_same_tag_and_another_another():
    red, blue = (encoded(Image.new("RGB", (90, 90), c)) for c in ("red", "blue"))
    assert small_photo(red) == small_photo(red)
    assert small_photo(red).tag != small_photo(blue).tag


def bomb() -> bytes:
    """A PNG of a few kilobytes that says it has 900 million pixels."""
    head = bytearray(encoded(Image.new("L", (8, 8))))
    head[16:24] = (30_000).to_bytes(4, "big") * 2
    head[29:33] = zlib.crc32(head[12:29]).to_bytes(4, "big")
    return bytes(head)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", bomb()),
        encoded(Image.new("RGB", (50, 50)), "GIF"),
        encoded(Image.new("RGB", (50, 50)), "TIFF"),
        encoded(Image.new("RGB", (5_000, 4_000))),
        encoded(Image.new("RGB", (90, 90)), "JPEG")[:-200],
        b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    ],
)
def test_what_is_no_photo_is_refused(body):
    with pytest.raises(PhotoError):
        small_photo(body)


# Brought


@pytest.fixture
def watch(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[Watch]:
    """The whole House in the database; three of its Members have a photo to ask for."""
    record_house(sqlite_engine, house(), clock().date())
    with store.write(sqlite_engine) as session:
        for member_id in range(FIRST_MEMBER, FIRST_MEMBER + 3):
            member = session.get(Member, member_id)
            assert member is not None
            member.thumbnail_url = "https://elsewhere.example/photo"
    with watching(sqlite_engine, settings, clock) as made:
        yield made


def brought(watch: Watch, at_most: int = 50) -> int:
    return watch.run(lambda desk: sync_photos(desk.members, at_most=at_most))


def kept(watch: Watch) -> dict[int, str | None]:
    with store.read(watch.engine) as session:
        found = (store.photo_of(session, FIRST_MEMBER + place) for place in range(650))
        return {photo.member_id: photo.tag for photo in found if photo}


def test_photos_come_from_the_service_that_is_configured_a_few_at_a_time(watch):
    assert brought(watch, at_most=2) == 2
    assert set(kept(watch)) == {FIRST_MEMBER, FIRST_MEMBER + 1}
    assert brought(watch, at_most=2) == 1
    assert brought(watch) == 0
    assert watch.stand_in.request_count("/api/Members/") == 3
    assert all(kept(watch).values())


def test_each_is_looked_for_again_after_a_month_and_not_before(watch):
    brought(watch)
    watch.clock.advance(PHOTOS_LAST.total_seconds())
    assert brought(watch) == 0
    watch.clock.advance(1)
    assert brought(watch) == 3


@pytest.mark.parametrize(
    "fault",
    [
        faults.StatusOnly(404),
        faults.HtmlPage(200),
        faults.Redirect("https://elsewhere.example/"),
        faults.Replayed(b"<svg/>", content_type="image/svg+xml"),
        faults.Replayed(b"no photo", content_type="image/jpeg"),
        faults.Replayed(b"x" * (MAX_PICTURE_BYTES + 1), content_type="image/png"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_who_has_no_photo_holds_up_nobody_and_is_not_asked_for_at_once(
    watch: Watch, fault: Fault
) -> None:
    watch.stand_in.fault(fault, PHOTO_OF_FIRST, times=None)
    assert brought(watch) == 2
    assert kept(watch)[FIRST_MEMBER] is None
    watch.stand_in.clear_faults()
    assert brought(watch) == 0
    watch.clock.advance(PHOTOS_LAST.total_seconds() + 1)
    assert brought(watch) == 3
    assert kept(watch)[FIRST_MEMBER] is not None


@pytest.mark.parametrize(
    "fault",
    [
        faults.HtmlPage(503),
        faults.TooManyRequests("60"),
        faults.CloudflareChallenge(),
        wire_faults.ResetAtOnce(),
    ],
)
def test_a_failing_service_ends_the_round_and_what_came_stays(
    watch: Watch, fault: Fault
) -> None:
    second = f"/api/Members/{FIRST_MEMBER + 1}/Thumbnail"
    watch.stand_in.fault(fault, second, times=1)
    with pytest.raises(ParliamentError):
        brought(watch)
    assert set(kept(watch)) == {FIRST_MEMBER}
    watch.clock.advance(61)
    assert brought(watch) == 2


def test_a_photo_that_vanished_is_no_longer_shown(watch):
    brought(watch)
    watch.clock.advance(PHOTOS_LAST.total_seconds() + 1)
    watch.stand_in.fault(faults.StatusOnly(404), PHOTO_OF_FIRST, times=None)
    brought(watch)
    with store.read(watch.engine) as session:
        photo = store.photo_of(session, FIRST_MEMBER)
    assert photo is not None
    assert (photo.body, photo.tag) == (None, None)


# Shown


def served(watch: Watch) -> TestClient:
    app = create_app(watch.settings, watch.engine, clock=watch.clock)
    return TestClient(app)


def test_the_page_shows_the_photo_from_our_own_address(watch):
    watch.poll()
    with served(watch) as client:
        assert 'class="initials"' in client.get(PAGE).text
        brought(watch)
        page = client.get(PAGE).text
        path = f"/photos/{FIRST_MEMBER}/{kept(watch)[FIRST_MEMBER]}.jpg"
        assert f'<img class="face" src="{path}"' in page
        assert "elsewhere.example" not in page
        answer = client.get(path)
        assert answer.headers["content-type"] == "image/jpeg"
        assert "immutable" in answer.headers["cache-control"]
        assert "set-cookie" not in answer.headers
        old = client.get(f"/photos/{FIRST_MEMBER}/0123456789abcdef.jpg")
        assert old.content == answer.content
        assert old.headers["cache-control"] == "no-cache"


def test_who_has_none_or_is_nobody_has_no_photo(watch):
    with store.write(watch.engine) as session:
        session.add(MemberPhoto(member_id=FIRST_MEMBER, checked_at=watch.clock()))
    with served(watch) as client:
        for name in (str(FIRST_MEMBER), "1", "x", "٣", "9" * 30, "-1"):
            assert client.get(f"/photos/{name}/x.jpg").status_code == 404
        watch.poll()
        assert 'class="initials"' in client.get(PAGE).text


def test_a_month_is_thirty_days():
    assert timedelta(days=30) == PHOTOS_LAST
