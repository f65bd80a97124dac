"""A fortnight of a campaign in fake time, and who should get what of it, worked out apart.

2,000 people write to a hundred MPs; 60 of them sign, three are shown as withdrawn, one of
those within the hour; a seat falls vacant and is filled; there is a recess. `expected` is
worked out from the story alone, hour by hour, with nothing of the program in it.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.follow_up_scene import FollowUpScene
from tracker import store
from tracker.rules.reports import ReportKind
from tracker.rules.sending import VACANT
from tracker.store import SeatHeld
from tracker.store.tables import ConsentKind, Member

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 6, 15, 8, tzinfo=UTC)
END = datetime(2026, 7, 3, 17, tzinfo=UTC)
RECESS = (date(2026, 6, 23), date(2026, 6, 24))
HOUR, DAY, SLOT = timedelta(hours=1), timedelta(days=1), timedelta(minutes=12)
GONE, NEW = 150, 300
"""Who leaves the House, and who is elected in their place."""
LEAVES_AT = START + 5 * DAY + 4 * HOUR
ARRIVES_AT = START + 9 * DAY
RING, AGAIN = "ask-and-ring", "second-email"
Sent = tuple[str, str]
"""Who, and by which rule."""


def steps() -> Iterator[datetime]:
    """Give the moments at which the worker works: by day every 12 minutes."""
    at = START
    while at <= END:
        yield at
        local = at.astimezone(LONDON).time()
        at += SLOT if time(9) <= local < time(18) else HOUR


STEPS = list(steps())


def seen(at: datetime) -> datetime:
    """Return the first step at which something that happens then is known."""
    return next(step for step in STEPS if step >= at)


@dataclass
class Writer:
    """Somebody who writes, perhaps agrees, perhaps reports or stops."""

    name: str
    member_id: int
    wrote_at: datetime
    agrees: bool
    reply_at: datetime | None = None
    nothing_at: datetime | None = None
    stops_at: datetime | None = None
    id: int = 0


@dataclass
class Story:
    """What happens; `names` are a Member's signatures and withdrawals, in order."""

    writers: list[Writer]
    names: dict[int, list[tuple[datetime, bool]]]
    members: list[int]


def make_story(
    seed: int, *, people: int = 2000, mps: int = 100, signers: int = 60
) -> Story:
    """Return a story; every writer of an MP writes at an hour of their own."""
    draw = random.Random(seed)
    members = [*range(100, 100 + mps)]
    hours: dict[int, list[int]] = {
        one: draw.sample(range(1, 240), 200) for one in (*members, NEW)
    }
    writers = []
    for number in range(1, people + 1):
        member_id = draw.choice(members)
        wrote_at = START + hours[member_id].pop() * HOUR
        if member_id == GONE and wrote_at >= LEAVES_AT:
            member_id = NEW
            wrote_at = ARRIVES_AT + hours[NEW].pop() * HOUR
        writers.append(_writer(draw, number, member_id, wrote_at))
    names = {}
    chosen = [one for one in members if one != GONE]
    for member_id in draw.sample(chosen, signers):
        at = START + draw.randrange(24, 15 * 24) * HOUR
        names[member_id] = [(at, True)]
    hasty, late, twice = list(names)[:3]
    names[hasty] = [(START + 30 * HOUR, True), (START + 31 * HOUR, False)]
    names[late] = [(START + 50 * HOUR, True), (START + 98 * HOUR, False)]
    names[twice] = [
        (START + 28 * HOUR, True),
        (START + 76 * HOUR, False),
        (START + 81 * HOUR, True),
    ]
    return Story(writers, names, members)


def _writer(
    draw: random.Random, number: int, member_id: int, wrote_at: datetime
) -> Writer:
    one = Writer(f"writer{number}", member_id, wrote_at, draw.random() < 2 / 3)
    fate = draw.random()
    later = wrote_at + draw.randrange(24, 240) * HOUR
    if fate < 0.1:
        one.reply_at = later
    elif fate < 0.35:
        one.nothing_at = later
    elif fate < 0.4:
        one.nothing_at = later
        one.reply_at = later + draw.randrange(1, 96) * HOUR
    elif fate < 0.5:
        one.stops_at = later
    return one


@dataclass
class Fortnight:
    """Plays a story in a scene: what happens at a step is done before the worker works."""

    scene: FollowUpScene
    story: Story
    _done: datetime = START - DAY

    def prepare(self) -> None:
        """Seat the House."""
        self.scene.clock.set(START)
        self.scene.add_members(*self.story.members)

    def act(self, step: datetime) -> None:
        """Do what happens up to a step, after the one before."""
        since, self._done = self._done, step
        self.scene.clock.set(step)

        def is_now(at: datetime | None) -> bool:
            return at is not None and since < at <= step

        if GONE in self.story.members:
            self._change_seat(is_now)
        self._write([one for one in self.story.writers if is_now(one.wrote_at)])
        for one in self.story.writers:
            self._do(one, is_now)
        for member_id, changes in self.story.names.items():
            for _, is_signed in (change for change in changes if is_now(change[0])):
                change = self.scene.sign if is_signed else self.scene.withdraw
                change(member_id)

    def _do(self, one: Writer, is_now: Callable[[datetime | None], bool]) -> None:
        if is_now(one.nothing_at):
            self._report(one, ReportKind.NOTHING_YET)
        if is_now(one.reply_at):
            self._report(one, ReportKind.THANKS_ONLY)
        if is_now(one.stops_at):
            self._stop(one)

    def _change_seat(self, is_now: Callable[[datetime | None], bool]) -> None:
        if is_now(LEAVES_AT):
            self._leave()
        if is_now(ARRIVES_AT):
            self._arrive()

    def _write(self, writers: list[Writer]) -> None:
        if not writers:
            return
        with store.write(self.scene.engine) as session:
            store.lock_emails(session)
            for one in writers:
                wrote_at = [one.wrote_at]
                [one.id] = self.scene.add_people(
                    session, one.member_id, wrote_at, name=one.name
                )
                if one.agrees:
                    self.scene.agree(session, one.id, one.wrote_at)
            for member_id in {one.member_id for one in writers}:
                store.recount_member(session, self.scene.motion_id, member_id)

    def _report(self, one: Writer, kind: ReportKind) -> None:
        with store.write(self.scene.engine) as session:
            store.record_report(
                session,
                kind,
                supporter_id=one.id,
                motion_id=self.scene.motion_id,
                member_id=one.member_id,
                now=self.scene.clock(),
            )

    def _stop(self, one: Writer) -> None:
        with store.write(self.scene.engine) as session:
            kinds = [ConsentKind.REMINDERS]
            store.withdraw_consents(session, one.id, kinds, self.scene.clock())

    def _leave(self) -> None:
        now = self.scene.clock()
        with store.write(self.scene.engine) as session:
            store.record_departure(session, GONE, ended_on=now.date(), reason=None)
            store.cancel_for(session, None, [GONE], VACANT, now)

    def _arrive(self) -> None:
        now = self.scene.clock()
        seat = SeatHeld(NEW, f"Seat {GONE}", None, f"E{GONE}", "Labour", now.date())
        with store.write(self.scene.engine) as session:
            session.add(Member(member_id=NEW, name=f"Member {NEW}", synced_at=now))
            session.flush()
            store.record_seats(session, [seat])


def expected(story: Story) -> dict[Sent, datetime]:
    """Return who gets what, and when, by the words of product.md 7 alone."""
    sent: dict[Sent, datetime] = {}
    by_member: dict[int, list[Writer]] = {}
    for one in story.writers:
        by_member.setdefault(one.member_id, []).append(one)
    for member_id, writers in by_member.items():
        wrote = {one.name: one.wrote_at for one in writers}
        due = {(one.name, RING): _counted(one.wrote_at, 4) for one in writers}
        due |= {(one.name, AGAIN): _counted(one.wrote_at, 10) for one in writers}
        rung_at = START - DAY
        for now in (step for step in STEPS if is_open(step)):
            if member_id == GONE and now >= LEAVES_AT:
                break
            listening = [one for one in writers if _listens(one, now)]
            for one, rule in _news(story, member_id, listening, now):
                sent.setdefault((one.name, rule), now)
            has_signed = any(at <= now for at, _ in story.names.get(member_id, ()))
            if has_signed or now < rung_at + SLOT:
                continue
            ready = [key for key in _ready(listening, now) if due[key] <= now]
            ready = [key for key in ready if key not in sent]
            if ready:
                # Who rings goes before who writes again, and whose day came first; of
                # those who wrote in the recess, who wrote first.
                chosen = min(ready, key=lambda key: (key[1], due[key], wrote[key[0]]))
                sent[chosen] = rung_at = now
    return sent


def _ready(listening: list[Writer], now: datetime) -> Iterator[Sent]:
    """Give who may be asked to ring, or to write again, whatever the day."""
    for one in listening:
        if one.reply_at is not None and one.reply_at <= now:
            continue
        yield one.name, RING
        if one.nothing_at is not None and one.nothing_at <= now:
            yield one.name, AGAIN


def _news(
    story: Story, member_id: int, listening: list[Writer], now: datetime
) -> Iterator[tuple[Writer, str]]:
    """Give who is told of a signature or a withdrawal that stands a day after."""
    happened = [
        (seen(at), signed) for at, signed in story.names.get(member_id, ()) if at <= now
    ]
    if not happened:
        return
    at, is_signed = happened[-1]
    rule = "thank-you" if is_signed else "withdrawn-note"
    if now >= at + DAY:
        yield from ((one, rule) for one in listening if one.wrote_at <= at + DAY)


def _counted(start: datetime, days: int) -> datetime:
    """Return when so many days are over, hour by hour, those of the recess left out."""
    at, left = start, days * 24
    while left:
        if not RECESS[0] <= at.astimezone(LONDON).date() <= RECESS[1]:
            left -= 1
        at += HOUR
    return at


def is_open(at: datetime) -> bool:
    """Return whether they go at that hour."""
    local = at.astimezone(LONDON)
    is_recess = RECESS[0] <= local.date() <= RECESS[1]
    return local.weekday() < 5 and 9 <= local.hour < 18 and not is_recess


def _listens(one: Writer, now: datetime) -> bool:
    has_stopped = one.stops_at is not None and one.stops_at <= now
    return one.agrees and one.wrote_at <= now and not has_stopped
