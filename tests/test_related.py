"""tracker.related: who signed motions like ours, read from a stand-in Parliament."""

from datetime import UTC, date, datetime

import pytest

from tests.upstream import FIRST_MEMBER, MOTION_ID, Watch, small_world, watching
from tracker import store
from tracker.config import MotionSettings
from tracker.parliament.errors import ParliamentError
from tracker.rehearsal import faults
from tracker.related import sync_all_related
from tracker.rules.hints import RelatedSigning

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
LIKE, OLD = 60_001, 60_002
SECOND = FIRST_MEMBER + 1


@pytest.fixture
def watch(engine, settings, clock):
    clock.set(NOW)
    world = small_world(clock, rows=1)
    world.add_motion(LIKE, 55, "A like one", "Text.", date(2026, 6, 2), FIRST_MEMBER)
    world.add_motion(OLD, 501, "The old one", "Text.", date(2025, 3, 3), SECOND)
    for place in range(8):
        world.sign(LIKE, FIRST_MEMBER + place, NOW)
    world.sign(OLD, SECOND, NOW)
    motion = {
        "number": 718,
        "session": "2026-27",
        "id": MOTION_ID,
        "related": [LIKE],
        "continues": "2024-25/501",
    }
    with watching(engine, settings, clock, world=world, motion=motion) as made:
        made.poll()
        yield made


def sync(watch: Watch, motion: MotionSettings | None = None) -> None:
    async def synced(desk):
        await sync_all_related(
            watch.engine,
            desk.poll.http,
            watch.settings.parliament,
            [motion or watch.motion],
        )

    watch.run(synced)


def signings(watch: Watch) -> dict[int, list[RelatedSigning]]:
    with store.read(watch.engine) as session:
        return store.related_signings(session, watch.stored().id or 0)


def test_signers_of_like_motions_are_known_with_how_they_signed(watch):
    sync(watch)
    found = signings(watch)
    assert len(found) == 8
    like = RelatedSigning("EDM 55: A like one", is_sponsor=True, is_continued=False)
    old = RelatedSigning("EDM 501: The old one", is_sponsor=True, is_continued=True)
    assert found[FIRST_MEMBER] == [like]
    assert found[SECOND] == [like, old]
    assert found[FIRST_MEMBER + 5][0].is_sponsor
    assert not found[FIRST_MEMBER + 6][0].is_sponsor


def test_reading_again_changes_nothing_and_a_withdrawal_is_taken_over(watch):
    sync(watch)
    before = signings(watch)
    sync(watch)
    assert signings(watch) == before
    row = watch.world.rows(LIKE)[7]
    watch.world.withdraw(row.row_id)
    sync(watch)
    assert FIRST_MEMBER + 7 not in signings(watch)


def test_a_motion_that_is_no_longer_named_is_forgotten(watch):
    sync(watch)
    sync(watch, watch.motion.model_copy(update={"related": []}))
    assert list(signings(watch)) == [SECOND]
    sync(watch, watch.motion.model_copy(update={"related": [], "continues": None}))
    assert signings(watch) == {}


def test_one_that_cannot_be_read_stays_as_it_was_and_the_rest_are_read(watch):
    sync(watch)
    before = signings(watch)
    motion = watch.motion.model_copy(update={"related": [LIKE, 1]})
    watch.world.sign(OLD, FIRST_MEMBER, NOW)
    with pytest.raises(ParliamentError):
        sync(watch, motion)
    after = signings(watch)
    assert len(after) == len(before)
    assert [one.is_continued for one in after[FIRST_MEMBER]] == [False, True]


def test_while_parliament_is_down_what_was_known_stays(watch):
    sync(watch)
    before = signings(watch)
    watch.stand_in.fault(faults.HtmlPage(503), path_prefix="/", times=None)
    with pytest.raises(ParliamentError):
        sync(watch)
    assert signings(watch) == before
