"""The stand-in's good answers, over a real socket, against the recorded ones."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tracker.rehearsal.house import invented_house
from tracker.rehearsal.parties import PARTIES
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World

RECORDED = Path(__file__).parents[2] / "shared" / "parliament" / "recorded"
NOW = datetime(2026, 6, 16, 10, 0, tzinfo=UTC)
MOTION = 65_001
DETAIL = f"/EarlyDayMotion/{MOTION}"
LIST = "/EarlyDayMotions/list"
HOUSE = invented_house()


@pytest.fixture
def world() -> World:
    world = World(HOUSE, clock=lambda: NOW)
    world.add_motion(MOTION, 718, "Title", "Text", date(2026, 6, 1), 90_001)
    world.add_motion(
        MOTION + 1, 718, "Title", "Leave out", date(2026, 6, 2), 90_002,
        amendment_suffix="1", amends=MOTION,
    )  # fmt: skip
    rows = [
        world.sign(MOTION, 90_001 + i, NOW - timedelta(hours=9 - i)) for i in range(5)
    ]
    world.withdraw(rows[2])
    return world


@pytest.fixture
def stand_in(world: World) -> Iterator[StandIn]:
    with StandIn(world) as stand_in:
        yield stand_in


@pytest.fixture
def ask(stand_in: StandIn) -> Iterator[Callable[[str], Any]]:
    with httpx.Client(base_url=stand_in.url) as client:

        def get(target: str) -> Any:
            return client.get(target).json()

        yield get


def recorded(name: str) -> object:
    path = RECORDED / name
    if not path.exists():
        pytest.skip(f"{path} is not here: the recorded answers are needed to compare")
    return json.loads(path.read_text(encoding="utf-8"))


def shapes(value: object, path: str = "") -> dict[str, set[str]]:
    """Return the kinds of value at every path; list items share one."""
    found: dict[str, set[str]] = {path: {type(value).__name__}}
    if isinstance(value, dict):
        children = [(f"{path}.{key}", item) for key, item in value.items()]
    elif isinstance(value, list):
        children = [(f"{path}[]", item) for item in value]
    else:
        children = []
    for child_path, item in children:
        for deeper, kinds in shapes(item, child_path).items():
            found.setdefault(deeper, set()).update(kinds)
    return found


# Keys that Parliament's own document has, though the recorded answers lack them.
MORE_KEYS = {".value[].phone", ".value[].postcode"}


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (DETAIL, "edm-detail-65938-poll-2026-06-16.json"),
        (f"{LIST}?parameters.take=100", "edm-list-2020-03-01-to-08.json"),
        ("/api/Members/90001", "members-172.json"),
        ("/api/Members/90001/Contact", "members-4514-contact.json"),
        ("/api/Members/90001/Biography", "members-4514-biography.json"),
        ("/api/Members/Search?skip=0&take=20", "members-search.json"),
        ("/api/Location/Constituency/80001", "constituency-4483.json"),
        (
            "/api/Location/Constituency/Search?searchText=inverness",
            "constituency-search-inverness.json",
        ),
        (
            "/api/Parties/StateOfTheParties/1/2026-06-16",
            "state-of-the-parties-commons-2024-11-28.json",
        ),
    ],
)
def test_answers_have_the_recorded_keys_and_types(ask, target, name):
    ours, theirs = shapes(ask(target)), shapes(recorded(name))
    deep = (".Amendments[]",)  # the recorded motion had none
    for path, kinds in ours.items():
        if path.startswith(tuple(f".Response{d}" for d in deep)):
            continue
        assert path in theirs or path in MORE_KEYS, path
        known = theirs.get(path, kinds) | {"NoneType"}
        if path.endswith(".governmentType"):  # 0 and 3 are recorded as well
            known.add("int")
        assert kinds <= known, (path, kinds, known)
    missing = {p for p in theirs if p not in ours and not _is_of_empty_list(p, ours)}
    assert not missing


def _is_of_empty_list(path: str, ours: dict[str, set[str]]) -> bool:
    """What hangs below a list of ours that happened to be empty, or a null."""
    heads = [path[:i] for i in range(len(path)) if path[i:].startswith(("[]", "."))]
    return any(
        head in ours and f"{head}[]" not in ours and ours[head] & {"list", "NoneType"}
        for head in heads
        if head
    )


def test_the_detail_counts_no_sponsors_and_the_list_counts_the_withdrawn(ask):
    motion = ask(DETAIL)["Response"]
    assert motion["SponsorsCount"] == 0
    assert [row["SponsoringOrder"] for row in motion["Sponsors"]] == [1, 2, 3, 4, None]
    assert motion["Sponsors"][-1]["IsWithdrawn"] is True
    rows = ask(f"{LIST}?parameters.edmIds={MOTION}")["Response"]
    assert [row["SponsorsCount"] for row in rows] == [5]
    assert "Sponsors" not in rows[0]


def test_one_number_gives_the_motion_and_its_amendment(ask):
    rows = ask(f"{LIST}?parameters.uINWithAmendmentSuffix=718")["Response"]
    assert {(r["UIN"], r["AmendmentSuffix"]) for r in rows} == {(718, None), (718, "1")}
    rows = ask(f"{LIST}?parameters.uINWithAmendmentSuffix=718A1")["Response"]
    assert [r["AmendmentToMotionId"] for r in rows] == [MOTION]
    assert ask(DETAIL)["Response"]["Amendments"][0]["Id"] == MOTION + 1


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        ("2026-06-01", "2026-06-02", 2),
        ("2026-06-02", "2026-06-30", 1),
        ("2026-06-03", "2026-06-30", 0),
        ("2026-05-01", "2026-05-31", 0),
    ],
)
def test_tabled_days_include_both_ends(ask, first, last, count):
    query = f"parameters.tabledStartDate={first}&parameters.tabledEndDate={last}"
    assert ask(f"{LIST}?{query}")["PagingInfo"]["Total"] == count


def test_unknown_parameters_are_ignored_without_a_word(ask):
    page = ask(f"{LIST}?parameters.tabledFrom=2030-01-01&take=1&skip=1")
    assert page["PagingInfo"] == {"Skip": 0, "Take": 25, "Total": 2, "StatusCounts": []}
    assert len(page["Response"]) == 2


def test_take_is_cut_to_a_hundred_motions_and_twenty_members(ask):
    assert ask(f"{LIST}?parameters.take=500")["PagingInfo"]["Take"] == 100
    page = ask("/api/Members/Search?House=1&take=100")
    assert (page["take"], len(page["items"]), page["totalResults"]) == (20, 20, 650)


def test_withdrawn_motions_stay_in_the_list(ask, world):
    world.set_status(MOTION, 1)
    rows = ask(f"{LIST}?parameters.orderBy=DateTabledAsc")["Response"]
    assert [row["Status"] for row in rows] == [1, 0]
    rows = ask(f"{LIST}?parameters.statuses=Withdrawn")["Response"]
    assert [row["Id"] for row in rows] == [MOTION]


def test_an_unknown_motion_is_a_404_in_the_envelope(stand_in):
    answer = httpx.get(f"{stand_in.url}/EarlyDayMotion/1")
    assert answer.status_code == 404
    assert answer.json()["Success"] is False
    assert answer.json()["Response"] is None
    assert httpx.get(f"{stand_in.url}/EarlyDayMotion/list").status_code == 404


def test_paging_through_the_house_meets_everybody_once(ask):
    search = "/api/Members/Search?House=1&IsCurrentMember=true"
    pages = [ask(f"{search}&skip={skip}")["items"] for skip in range(0, 680, 20)]
    ids = [item["value"]["id"] for page in pages for item in page]
    assert len(ids) == len(set(ids)) == 650
    assert pages[-1] == []


def test_a_past_house_is_found_by_the_days_of_membership(ask, world):
    world.by_election(world.seats[0].seat_id, "Ottoline Newquill", "Labour", NOW.date())
    prefix = "MembershipInDateRange.WasMember"

    def total(day: str) -> int:
        query = f"{prefix}OfHouse=1&{prefix}OnOrAfter={day}&{prefix}OnOrBefore={day}"
        return int(ask(f"/api/Members/Search?{query}")["totalResults"])

    assert total("2026-06-15") == total("2026-06-16") == 650
    assert total("2024-07-03") == 0
    assert ask("/api/Members/Search?House=1")["totalResults"] == 651


def test_the_row_keeps_the_party_of_the_day_of_signing(ask, world):
    before = ask(DETAIL)["Response"]["Sponsors"][0]["Member"]["Party"]
    world.change_party(90_001, "Independent", NOW.date() + timedelta(days=1))
    assert ask(DETAIL)["Response"]["Sponsors"][0]["Member"]["Party"] == before


def test_posts_without_a_department_are_the_cabinet_only(ask):
    cabinet = ask("/api/Posts/GovernmentPosts")
    departments = ask("/api/Reference/Departments")
    assert 107 not in {d["id"] for d in departments}
    everybody = [
        post["value"]["id"]
        for d in departments
        for post in ask(f"/api/Posts/GovernmentPosts?departmentId={d['id']}")
    ]
    assert {post["value"]["id"] for post in cabinet} < set(everybody)
    assert len(everybody) == 5 * len(cabinet)
    leader = ask("/api/Posts/OppositionPosts?departmentId=107")
    assert leader[0]["value"]["postHolders"][0]["member"]["value"]["id"]


def test_a_dismissed_minister_is_off_the_posts(ask, world):
    post_id = world.appoint(90_005, "Minister for Rehearsals", 1, NOW.date())

    def ids() -> set[int]:
        posts = ask("/api/Posts/GovernmentPosts?departmentId=1")
        return {post["value"]["id"] for post in posts}

    assert post_id in ids()
    world.dismiss(90_005, NOW.date())
    assert post_id not in ids()


def test_the_chair_is_the_speaker_and_three_deputies(ask):
    items = ask("/api/Posts/SpeakerAndDeputies/2026-06-16")
    assert len(items) == 4
    assert items[0]["value"]["latestParty"]["name"] == "Speaker"


def test_a_postcode_finds_its_seat_and_an_unknown_one_nothing(ask, world):
    search = "/api/Location/Constituency/Search?searchText="
    page = ask(f"{search}sw1a%201aa")
    [item] = page["items"]
    assert item["value"]["name"] == "Cities of London and Westminster"
    nothing = ask(f"{search}ZX9 9ZZ")
    assert (nothing["items"], nothing["totalResults"]) == ([], 0)
    seat = world.seats[0]
    world.leave(90_001, NOW.date() - timedelta(days=1))
    vacant = ask(f"{search}{seat.name}")["items"][0]["value"]
    assert vacant["currentRepresentation"] is None


def test_history_is_a_bare_array_of_those_asked_for(ask, world):
    world.change_party(90_002, "Independent", NOW.date())
    first, second = ask("/api/Members/History?ids=90001&ids=90002&ids=5")
    assert first["value"]["id"] == 90_001
    assert [p["party"]["name"] for p in second["value"]["partyHistory"]][
        -1
    ] == "Independent"


def test_the_state_of_the_parties_adds_up_to_the_house(ask):
    page = ask("/api/Parties/StateOfTheParties/1/2026-06-16")
    assert page["totalResults"] == 0
    assert sum(item["value"]["total"] for item in page["items"]) == 650
    names = {item["value"]["party"]["name"] for item in page["items"]}
    assert "Labour (Co-op)" not in names
    assert names <= {party.name for party in PARTIES}


def test_the_calendar_announces_the_current_session(ask):
    current, *former = ask("/calendar/sessions/list.json")
    assert (current["CommonsDescription"], current["EndDate"]) == ("2026-27", None)
    assert all(session["EndDate"] for session in former)


def test_the_calendar_gives_the_events_that_touch_the_days(ask):
    events = "/calendar/events/nonsitting.json?queryParameters.house=Commons"
    recess = ask(events)[0]
    day = recess["EndDate"][:10]
    within = f"&queryParameters.startDate={day}&queryParameters.endDate={day}"
    assert ask(events + within) == [recess]
    before = "&queryParameters.endDate=2020-01-01"
    assert ask(events + before) == []


def test_photos_come_from_the_stand_in_itself(ask, stand_in):
    url = ask("/api/Members/90001")["value"]["thumbnailUrl"]
    assert url.startswith(stand_in.url)
    answer = httpx.get(url)
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG\r\n\x1a\n")


def test_raw_rows_replace_the_worlds_own_until_taken_back(ask, world):
    world.replace_rows(MOTION, [{"Id": "x"}])
    assert ask(DETAIL)["Response"]["Sponsors"] == [{"Id": "x"}]
    world.replace_rows(MOTION, None)
    assert len(ask(DETAIL)["Response"]["Sponsors"]) == 5
