"""The rehearsal of `tracker demo`: EDM 718 in an invented House, and what happens to it.

Owns the motion, its past and its endless future; the same seed gives the same story. The
text says that it is a rehearsal, and everybody in it is invented.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial

from tracker.clock import LONDON, Clock, utc_now
from tracker.rehearsal import parties
from tracker.rehearsal.house import invented_house
from tracker.rehearsal.motions import ragged
from tracker.rehearsal.people import Person
from tracker.rehearsal.timeline import Step
from tracker.rehearsal.world import World

DEMO_MOTION_ID = 990_718
DEMO_NUMBER = 718
DEMO_TITLE = "Release of Khadija Ismayilova and other political prisoners in Azerbaijan"
DEMO_TEXT = (
    "REHEARSAL TEXT, written for a demonstration and never tabled in this form: That "
    "this House is concerned at the imprisonment of Khadija Ismayilova and of other "
    "people held in Azerbaijan for what they wrote, said or defended in court; calls "
    "for their release; and asks the Government to raise each case with the Government "
    "of Azerbaijan and to stand by the human rights standards both have signed."
)
SEED = 718

_PAST_SIGNATURES, _PAST_WITHDRAWN = 40, 2
_TABLED_DAYS_AGO = 12
_MOST_SIGNATURES = 180
_WILLING = {
    parties.GREEN: 8, parties.LIBERAL_DEMOCRAT: 5, parties.SNP: 5, parties.PLAID_CYMRU: 5,
    parties.SDLP: 5, parties.ALLIANCE: 4, parties.INDEPENDENT: 4, parties.LABOUR: 2,
    parties.LABOUR_COOP: 3, parties.CONSERVATIVE: 1,
}  # fmt: skip


def demo_world(clock: Clock = utc_now, seed: int = SEED) -> World:
    """Return a World with EDM 718 of the current (invented) session, twelve days old.

    It has forty rows, two of them withdrawn, stamped in sitting hours before now. The
    session's name is `world.sessions[0].name`.
    """
    world = World(invented_house("2024", seed), clock=clock)
    rng = random.Random(seed)
    days = _sitting_days(world.today())
    signers = willing_members(world, rng)[:_PAST_SIGNATURES]
    tabled_at = _at(days[0], 10.5)
    world.add_motion(
        DEMO_MOTION_ID, DEMO_NUMBER, DEMO_TITLE, DEMO_TEXT, days[0],
        signers[0].member_id, status_at=tabled_at,
    )  # fmt: skip
    row_ids = [
        world.sign(DEMO_MOTION_ID, person.member_id, at)
        for person, at in zip(signers, _past_times(days, rng), strict=True)
    ]
    for row_id in rng.sample(row_ids[6:25], _PAST_WITHDRAWN):
        [row] = [r for r in world.rows(DEMO_MOTION_ID) if r.row_id == row_id]
        signed_at = row.created_at or tabled_at
        world.withdraw(row_id, signed_at + timedelta(minutes=rng.randint(20, 80)))
    return world


def demo_steps(seed: int = SEED) -> Iterator[Step]:
    """Return endless steps: every 4 to 9 seconds at first, then slower and slower.

    Most are a signature, until about 180 are there; now and then somebody's is shown as
    withdrawn, or somebody withdrawn signs again. All are stamped with the World's now.
    """
    rng = random.Random(seed + 1)
    offset_seconds = 3.0
    for number in range(10**9):
        yield offset_seconds, partial(_happen, rng=rng, number=number)
        offset_seconds += rng.uniform(4, 9) * min(6, 1 + number / 60)


def willing_members(world: World, rng: random.Random) -> list[Person]:
    """Return the Members who might sign, the likeliest first, by chance and party.

    Left out are those who by convention don't: ministers, whips, the Chair, Sinn Féin.
    """
    today = world.today()
    barred = {world.speaker_id, *world.deputy_ids} | {
        holding.member_id
        for post in world.posts()
        if post.side == "government"
        for holding in post.holdings
    }
    willing = [
        person
        for person in world.members_on(today)
        if person.member_id not in barred and person.party_on(today) in _WILLING
    ]
    return sorted(
        willing, key=lambda p: rng.random() ** (1 / _WILLING[p.party_on(today)])
    )[::-1]


def _happen(world: World, *, rng: random.Random, number: int) -> None:
    rows = world.rows(DEMO_MOTION_ID)
    live = {row.member_id: row for row in rows if not row.is_withdrawn}
    gone = [row for row in rows if row.is_withdrawn and row.member_id not in live]
    is_full = len(live) >= _MOST_SIGNATURES
    if gone and (number % 23 == 17):
        _sign_again(world, rng.choice(gone).row_id, rng)
    elif number % 13 == 9 or is_full:
        # The Member in charge keeps the motion alive, so is never chosen.
        world.withdraw(rng.choice(list(live.values())[1:]).row_id)
    else:
        signed = {row.member_id for row in rows}
        fresh = [p for p in willing_members(world, rng) if p.member_id not in signed]
        if fresh:
            world.sign(DEMO_MOTION_ID, fresh[0].member_id)


def _sign_again(world: World, row_id: int, rng: random.Random) -> None:
    """Usually a new row; sometimes Parliament corrects the old one."""
    if rng.random() < 0.2:
        world.unwithdraw(row_id)
        return
    [row] = [r for r in world.rows(DEMO_MOTION_ID) if r.row_id == row_id]
    world.sign(DEMO_MOTION_ID, row.member_id)


def _sitting_days(today: date) -> list[date]:
    """Return the weekdays of the last twelve days, today left out, oldest first."""
    days = (today - timedelta(days=back) for back in range(_TABLED_DAYS_AGO, 0, -1))
    return [day for day in days if day.weekday() < 5]


def _past_times(days: list[date], rng: random.Random) -> list[datetime]:
    """Return moments in sitting hours, oldest first, most of them in the first days."""
    times = [_at(days[0], 10.5)]
    while len(times) < _PAST_SIGNATURES:
        day = days[min(int(rng.expovariate(0.4)), len(days) - 1)]
        times.append(_at(day, rng.uniform(11, 18)))
    return [ragged(at, index) for index, at in enumerate(sorted(times))]


def _at(day: date, hour: float) -> datetime:
    midnight = datetime.combine(day, time(), LONDON)
    return midnight + timedelta(hours=hour)
