"""The rehearsal of `tracker demo`: its past, its future, and the thread that plays it."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest

from tracker.clock import LONDON
from tracker.rehearsal import demo
from tracker.rehearsal.demo import DEMO_MOTION_ID, demo_steps, demo_world
from tracker.rehearsal.motions import Row
from tracker.rehearsal.parties import SINN_FEIN
from tracker.rehearsal.timeline import Timeline
from tracker.rehearsal.world import World

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def play(world: World, count: int, now: list[datetime]) -> None:
    for offset_seconds, action in islice(demo_steps(), count):
        now[0] = NOW + timedelta(seconds=offset_seconds)
        action(world)


def live(world: World) -> list[int]:
    rows = world.rows(DEMO_MOTION_ID)
    return [row.member_id for row in rows if not row.is_withdrawn]


def played_rows(count: int) -> list[Row]:
    now = [NOW]
    world = demo_world(lambda: now[0])
    play(world, count, now)
    return world.rows(DEMO_MOTION_ID)


def test_the_motion_has_a_past_in_sitting_hours_of_the_current_session():
    world = demo_world(lambda: NOW)
    rows = world.rows(DEMO_MOTION_ID)
    motion = world.motion(DEMO_MOTION_ID)
    assert motion is not None
    assert motion.number == 718
    assert motion.text.startswith("REHEARSAL")
    assert motion.tabled_on >= world.sessions[0].starts_on
    assert len(rows) == 40
    assert sum(row.is_withdrawn for row in rows) == 2
    assert rows[0].member_id == motion.primary_member_id
    for row in rows:
        assert row.created_at is not None
        signed = row.created_at.astimezone(LONDON)
        assert signed.weekday() < 5
        assert 9 <= signed.hour < 18
        assert signed < NOW
        assert row.withdrawn_at is None or row.created_at < row.withdrawn_at < NOW


@pytest.mark.parametrize("month", range(1, 13))
def test_a_rehearsal_can_be_held_in_any_month(month):
    now = datetime(2027, month, 15, 12, 0, tzinfo=UTC)
    world = demo_world(lambda: now)
    motion = world.motion(DEMO_MOTION_ID)
    assert motion is not None
    assert world.sessions[0].starts_on <= motion.tabled_on < now.date()


def test_the_same_seed_tells_the_same_story():
    assert played_rows(60) == played_rows(60)


def test_signatures_withdrawals_and_second_thoughts_arrive_up_to_180():
    now = [NOW]
    world = demo_world(lambda: now[0])
    play(world, 30, now)
    assert 55 <= len(live(world)) <= 68
    assert len(world.rows(DEMO_MOTION_ID)) > len(live(world)) + 2
    play(world, 400, now)
    assert 175 <= len(live(world)) <= 180
    assert len(live(world)) == len(set(live(world)))
    members = [row.member_id for row in world.rows(DEMO_MOTION_ID)]
    assert len(members) > len(set(members))


def test_nobody_signs_who_by_convention_does_not():
    now = [NOW]
    world = demo_world(lambda: now[0])
    play(world, 200, now)
    holders = {
        h.member_id for p in world.posts() if p.side == "government" for h in p.holdings
    }
    signed = {row.member_id for row in world.rows(DEMO_MOTION_ID)}
    assert not signed & {world.speaker_id, *world.deputy_ids, *holders}
    signers = [p for p in world.people() if p.member_id in signed]
    assert SINN_FEIN not in {p.parties[0].party for p in signers}


def test_steps_are_quick_at_first_and_slow_down():
    offsets = [offset for offset, _ in islice(demo_steps(), 301)]
    gaps = [b - a for a, b in pairwise(offsets)]
    assert all(3.9 < gap < 10 for gap in gaps[:6])
    assert min(gaps[-20:]) > max(gaps[:6])
    assert offsets[0] <= 5


def test_a_timeline_does_its_steps_in_order_and_ends():
    world = demo_world(lambda: NOW)
    done: list[int] = []
    steps = [(0.01 * n, lambda _, n=n: done.append(n)) for n in range(5)]
    with Timeline(world, steps) as timeline:
        assert timeline.join(5)
    assert done == [0, 1, 2, 3, 4]


def test_an_endless_timeline_stops_when_told():
    world = demo_world(lambda: NOW)
    timeline = Timeline(world, demo_steps())
    timeline.start()
    timeline.stop()
    assert len(world.rows(DEMO_MOTION_ID)) == 40


def test_a_step_that_fails_is_told_at_the_stop():
    def mistake(_world):
        raise KeyError("a mistake in a step")

    timeline = Timeline(demo_world(lambda: NOW), [(0, mistake)])
    timeline.start()
    timeline.join(5)
    with pytest.raises(RuntimeError, match="a step of the timeline failed"):
        timeline.stop()


def test_the_title_is_the_campaigns():
    assert "Khadija Ismayilova" in demo.DEMO_TITLE
