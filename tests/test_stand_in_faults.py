"""Every fault does on the wire what its name says, and the server outlives it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from tracker.rehearsal import catalogue, faults, mangles, transforms, wire, wire_faults
from tracker.rehearsal.exchange import Fault
from tracker.rehearsal.faults import Mangled, Transformed
from tracker.rehearsal.house import invented_house
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.wire_faults import bomb_pieces
from tracker.rehearsal.world import World

NOW = datetime(2026, 6, 16, 10, 0, tzinfo=UTC)
MOTION = 65_001
DETAIL = f"/EarlyDayMotion/{MOTION}"
ROWS = 8


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    world = World(invented_house(), clock=lambda: NOW)
    world.add_motion(MOTION, 718, "Title", "Text", date(2026, 6, 1), 90_001)
    for index in range(ROWS):
        world.sign(MOTION, 90_001 + index)
    with StandIn(world) as stand_in:
        yield stand_in


@pytest.fixture
def ask(stand_in: StandIn) -> Iterator[Callable[..., httpx.Response]]:
    with httpx.Client(base_url=stand_in.url, timeout=5) as client:

        def get(fault: Fault, target: str = DETAIL) -> httpx.Response:
            stand_in.clear_faults()
            stand_in.fault(fault, path_prefix="/")
            return client.get(target)

        yield get
    stand_in.clear_faults()
    assert httpx.get(stand_in.url + DETAIL).json()["Success"] is True


def rows(answer: httpx.Response) -> Any:
    return answer.json()["Response"]["Sponsors"]


def read_until(stand_in: StandIn, fault: Fault, most: int) -> int:
    """Return how many decoded bytes came, the client leaving after `most`."""
    stand_in.fault(fault)
    count = 0
    with httpx.stream("GET", stand_in.url + DETAIL) as answer:
        for piece in answer.iter_bytes():
            count += len(piece)
            if count > most:
                break
    return count


def test_u1_a_challenge_is_a_403_page(ask):
    answer = ask(faults.CloudflareChallenge())
    assert (answer.status_code, answer.headers["cf-mitigated"]) == (403, "challenge")
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("status", [200, 503, *range(520, 527)])
def test_u2_u4_pages_come_with_any_status(ask, status):
    answer = ask(faults.HtmlPage(status))
    assert answer.status_code == status
    assert answer.text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("wait", ["120", "-1", "abc", wire.http_date(NOW), None])
def test_u3_429_says_how_long_or_does_not(ask, wait):
    answer = ask(faults.TooManyRequests(wait))
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, wait)


def test_u3_a_date_is_written_as_http_writes_it():
    assert wire.http_date(NOW) == "Tue, 16 Jun 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (transforms.no_sponsors, 0),
        (transforms.half_gone, ROWS // 2),
        (transforms.first_row_twice, ROWS + 1),
        (transforms.without_rows({2_900_001, 2_900_003}), ROWS - 2),
    ],
)
def test_u5_u7_u8_u12_rows_are_gone_or_doubled(ask, change, expected):
    assert len(rows(ask(Transformed(change)))) == expected


def test_u6_sponsors_are_null_or_missing(ask):
    assert rows(ask(Transformed(transforms.null_sponsors))) is None
    motion = ask(Transformed(transforms.missing_sponsors)).json()["Response"]
    assert "Sponsors" not in motion


@pytest.mark.parametrize("key", ["Name", "Party"])
def test_u14_members_lack_what_is_known_elsewhere(ask, key):
    changed = rows(ask(Transformed(transforms.in_every_member(key, None))))
    assert [row["Member"][key] for row in changed] == [None] * ROWS
    assert rows(ask(Transformed(transforms.null_members)))[0]["Member"] is None


@pytest.mark.parametrize("by", ["length", "chunked"])
def test_u15_a_truncated_body_breaks_the_protocol(ask, by):
    with pytest.raises(httpx.RemoteProtocolError):
        ask(wire_faults.Truncated(by))


def test_u15_without_a_length_half_a_body_is_a_clean_200(ask):
    answer = ask(wire_faults.Truncated("close"))
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize("status", [400, 500])
def test_u16_a_refusal_hides_inside_a_200(ask, status):
    answer = ask(faults.RefusedInside(status))
    body = answer.json()
    assert (answer.status_code, body["StatusCode"]) == (200, status)
    assert (body["Success"], body["Response"]) == (False, None)


def test_u17_wrong_types_stay_well_formed(ask):
    assert ask(Transformed(transforms.null_response)).json()["Response"] is None
    assert isinstance(
        ask(Transformed(transforms.list_response)).json()["Response"], list
    )
    kinds = {
        str: transforms.strings_for_numbers,
        float: transforms.floats_for_numbers,
        bool: transforms.booleans_for_numbers,
    }
    for kind, change in kinds.items():
        assert type(rows(ask(Transformed(change)))[0]["MemberId"]) is kind


@pytest.mark.parametrize("path", transforms.REQUIRED_FIELDS)
def test_u18_each_required_field_can_be_missing(ask, path):
    holder = ask(Transformed(transforms.without_field(path))).json()
    *way, last = path.split(".")
    for step in way:
        holder = holder[int(step) if step.isdigit() else step]
    assert last not in holder


def test_u18_unknown_fields_are_added_everywhere(ask):
    body = ask(Transformed(transforms.extra_fields)).json()
    assert "Novelty" in body
    assert "Novelty" in body["Response"]
    assert "Novelty" in body["Response"]["Sponsors"][0]
    assert len(body["Response"]["Sponsors"]) == ROWS


@pytest.mark.parametrize(
    "to", [None, "https://elsewhere.example/", "http://elsewhere.example/", "file:///x"]
)
def test_u19_redirects_lead_elsewhere_or_nowhere(ask, to):
    answer = ask(faults.Redirect(to))
    assert (answer.status_code, answer.headers["location"]) == (302, to or DETAIL)


@pytest.mark.parametrize("fault", [wire_faults.Hang(), wire_faults.SlowHeaders(0.01)])
def test_u20_no_whole_head_ever_comes(stand_in, fault):
    stand_in.fault(fault)
    with pytest.raises(httpx.ReadTimeout):
        # A drip resets httpx's timeout of reading, so it is shorter than the drip.
        httpx.get(stand_in.url + DETAIL, timeout=httpx.Timeout(5, read=0.008))


def test_u20_a_slow_body_drips_the_good_one_byte_by_byte(stand_in):
    stand_in.fault(wire_faults.SlowBody(0.001))
    seen = b""
    headers = {"accept-encoding": "identity"}
    with httpx.stream("GET", stand_in.url + DETAIL, headers=headers) as answer:
        for piece in answer.iter_raw():
            seen += piece
            if len(seen) >= 20:
                break
    assert stand_in.body(DETAIL).startswith(seen)


@pytest.mark.parametrize("has_length", [True, False])
def test_u21_a_huge_body_stops_when_the_client_leaves(stand_in, has_length):
    most = 3 * 1024 * 1024
    assert (
        read_until(stand_in, wire_faults.HugeBody(has_length=has_length), most) > most
    )


def test_u21_a_huge_body_has_the_size_it_was_given(ask):
    assert len(ask(wire_faults.HugeBody(100_001)).content) == 100_001
    assert len(ask(wire_faults.HugeBody(100_001, has_length=False)).content) == 100_001


def test_u21_a_bomb_is_small_on_the_wire_and_inflates_whole(ask):
    assert sum(map(len, bomb_pieces(200))) < 400_000
    assert ask(wire_faults.GzipBomb(5)).content == b" " * 5 * 1024 * 1024


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (mangles.not_a_number, b'"SponsorsCount":NaN'),
        (mangles.long_number, b":" + b"7" * 5_000 + b"}"),
        (mangles.deep_nesting, b"[" * 100_000 + b"]"),
        (mangles.unclosed_nesting, b"[" * 100_000),
        (mangles.duplicate_key, b'{"PagingInfo":null,"PagingInfo":'),
        (mangles.lone_surrogate, b'":"\\ud800'),
        (mangles.with_bom, b"\xef\xbb\xbf{"),
    ],
)
def test_u22_u23_u24_bodies_are_almost_json(ask, change, part):
    answer = ask(Mangled(change))
    assert part in answer.content
    assert answer.headers["content-type"].startswith("application/json")


def test_u22_u23_a_lenient_reader_would_not_notice(ask):
    for change in (mangles.not_a_number, mangles.duplicate_key, mangles.lone_surrogate):
        assert json.loads(ask(Mangled(change)).content)["Success"] is True


def test_u24_latin_1_is_not_utf_8(ask):
    with pytest.raises(UnicodeDecodeError):
        ask(Mangled(mangles.as_latin1)).content.decode("utf-8")


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_u24_an_encoding_that_is_none_cannot_be_decoded(ask, encoding):
    with pytest.raises(httpx.DecodingError):
        ask(faults.GarbageEncoding(encoding))


def test_u25_no_content_and_an_empty_body(ask):
    assert ask(faults.NoContent()).status_code == 204
    empty = ask(faults.EmptyBody())
    assert (empty.status_code, empty.content) == (200, b"")


def test_u25_early_hints_come_before_a_good_answer(ask):
    assert len(rows(ask(faults.EarlyHints()))) == ROWS


def test_u26_too_many_headers_are_refused_by_the_client(ask):
    with pytest.raises(httpx.RemoteProtocolError):
        ask(wire_faults.HeaderFlood())


@pytest.mark.parametrize(
    "fault", [wire_faults.ResetInBody(), wire_faults.ResetAtOnce()]
)
def test_u27_a_reset_is_an_error_of_the_connection(ask, fault):
    with pytest.raises(httpx.ReadError):
        ask(fault)


def test_u28_an_older_body_comes_with_its_age_or_date(ask, stand_in):
    older = stand_in.body(DETAIL)
    aged = ask(faults.Replayed(older, age=59))
    assert (aged.content, aged.headers["age"]) == (older, "59")
    assert aged.headers["cf-cache-status"] == "HIT"
    dated = ask(faults.Replayed(b"{}", date=NOW - timedelta(hours=1)))
    assert dated.headers["date"] == wire.http_date(NOW - timedelta(hours=1))


@pytest.mark.parametrize("status", [404, 410])
def test_u31_a_motion_is_not_found_in_the_envelope(ask, status):
    answer = ask(faults.StatusOnly(status))
    assert (answer.status_code, answer.json()["Success"]) == (status, False)


def test_u34_a_list_lies_about_its_total(ask):
    page = ask(Transformed(transforms.lying_total(32)), "/EarlyDayMotions/list").json()
    assert (page["PagingInfo"]["Total"], len(page["Response"])) == (32, 1)
    page = ask(Transformed(transforms.lying_total(9)), "/api/Members/Search").json()
    assert page["totalResults"] == 9


def test_u34_pages_never_end(ask):
    far = "/EarlyDayMotions/list?parameters.skip=5000"
    page = ask(faults.EndlessPages(), far).json()
    assert [m["Id"] for m in page["Response"]] == [MOTION]
    page = ask(faults.EndlessPages(), "/api/Members/Search?skip=5000").json()
    assert (len(page["items"]), page["totalResults"]) == (20, 1_000_000)


def test_u36_a_good_answer_can_be_late(ask):
    assert len(rows(ask(wire_faults.Delayed(0.05)))) == ROWS


@pytest.mark.parametrize("name", [*catalogue.HARMLESS, *catalogue.SUSPECT])
def test_readable_faults_are_readable(ask, name):
    fault = {**catalogue.HARMLESS, **catalogue.SUSPECT}[name]
    assert isinstance(rows(ask(fault)), list)


def test_every_fault_of_the_catalogue_has_a_name_of_its_own():
    groups = (
        catalogue.FAILING, catalogue.BRAKING, catalogue.SLOW, catalogue.SUSPECT,
        catalogue.HARMLESS,
    )  # fmt: skip
    names = [name for group in groups for name in group]
    assert len(names) == len(set(names)) == 74
