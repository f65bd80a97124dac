"""Many forms at once: readings that are shared for a second, and one commit for several."""

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from dashboard.form_desk import FormDesk
from dashboard.shared_reading import SharedReading
from tests.action_scene import JANE, JOSE, NOW, WATCHED, ActionScene
from tests.conftest import FakeClock, MakeSettings
from tests.supporters_house import code_of
from tracker.config.sections import DatabaseSettings
from tracker.keys import KeyFileError
from tracker.outbox.compose import Letter
from tracker.rules.asks import Ask
from tracker.store import DatabaseError, Engine
from tracker.store.engine import open_engine
from tracker.supporters.action import DAILY_CAP, Entry
from tracker.supporters.last_look import NothingToSendError
from tracker.supporters.letter_form import Filled

PATIENCE_SECONDS = 10.0


@pytest.fixture
def scene(engine: Engine, settings: MakeSettings, clock: FakeClock) -> ActionScene:
    return ActionScene(engine, clock, settings)


def entry(number: int, member_id: int = JANE) -> Entry:
    letter = Letter(
        f"Person {number}", "1 Road", "ZZ1 1AA", "", f"Please sign {number}"
    )
    return Entry(
        watched=WATCHED,
        member_id=member_id,
        constituency="Ynys Môn",
        ons_code=code_of("Ynys Môn"),
        ask=Ask.SIGN,
        filled=Filled(letter, f"person{number}@mail.example", frozenset()),
        form_key=f"key-{number}",
    )


@contextmanager
def busy(desk: FormDesk) -> Iterator[None]:
    """Another's form is being written: whoever comes waits."""
    over = threading.Event()
    desk._writer.submit(over.wait, PATIENCE_SECONDS)
    try:
        yield
    finally:
        over.set()


def test_forms_that_wait_are_written_with_one_commit(scene):
    desk = FormDesk(scene.engine, scene.settings)
    commits: list[object] = []
    event.listen(scene.engine, "commit", commits.append)
    with busy(desk):
        taking = [desk.put_down(entry(n), now=NOW) for n in range(5)]
        assert commits == []
    for one in taking:
        one.result(PATIENCE_SECONDS)
    assert len(commits) == 1
    assert len(scene.emails()) == 5
    assert len(scene.messages()) == 10


def test_whoever_waits_is_answered_when_the_form_is_on_disk(scene):
    desk = FormDesk(scene.engine, scene.settings)
    asyncio.run(desk.take(entry(1), now=NOW))
    assert len(scene.emails()) == 1
    with pytest.raises(NothingToSendError, match="signed"):
        asyncio.run(desk.take(entry(2, JOSE), now=NOW))


def test_whoever_went_away_is_written_for_and_nobody_waits_for_them(scene):
    desk = FormDesk(scene.engine, scene.settings)
    with busy(desk):
        gone = desk.put_down(entry(1), now=NOW)
        last = desk.put_down(entry(2), now=NOW)
        assert gone.cancel()
    last.result(PATIENCE_SECONDS)
    assert len(scene.emails()) == 2


def test_one_that_is_refused_leaves_no_trace_and_the_others_as_they_are(scene):
    desk = FormDesk(scene.engine, scene.settings)
    with busy(desk):
        first = desk.put_down(entry(1), now=NOW)
        refused = desk.put_down(entry(2, JOSE), now=NOW)
        last = desk.put_down(entry(3), now=NOW + timedelta(seconds=1))
    first.result(PATIENCE_SECONDS)
    last.result(PATIENCE_SECONDS)
    with pytest.raises(NothingToSendError, match="signed"):
        refused.result(PATIENCE_SECONDS)
    assert [p.name for p in scene.supporters()] == ["Person 1", "Person 3"]
    times = [email.sent_at for email in scene.emails()]
    assert times == [NOW, NOW + timedelta(seconds=1)]


def test_the_same_form_that_waits_twice_is_one_email(scene):
    desk = FormDesk(scene.engine, scene.settings)
    commits: list[object] = []
    event.listen(scene.engine, "commit", commits.append)
    with busy(desk):
        taking = [desk.put_down(entry(n), now=NOW) for n in (1, 2, 1, 1)]
    for one in taking:
        one.result(PATIENCE_SECONDS)
    assert len(commits) == 1
    assert len(scene.emails()) == 2
    assert len(scene.messages()) == 4


def test_of_one_persons_forms_that_wait_no_more_than_the_cap_are_written(scene):
    desk = FormDesk(scene.engine, scene.settings)
    same = entry(1)
    with busy(desk):
        taking = []
        for number in range(DAILY_CAP + 2):
            letter = replace(same.filled.letter, own_words=f"Reason {number}")
            other = replace(
                same,
                filled=replace(same.filled, letter=letter),
                form_key=f"other-{number}",
            )
            taking.append(desk.put_down(other, now=NOW))
    for one in taking:
        one.result(PATIENCE_SECONDS)
    assert len(scene.supporters()) == 1
    minutes = [email.sent_minute for email in scene.emails()]
    assert len(minutes) == DAILY_CAP
    assert len(set(minutes)) == DAILY_CAP


def test_a_form_that_meets_a_fault_of_ours_takes_no_other_with_it(scene):
    desk = FormDesk(scene.engine, scene.settings)
    broken = replace(entry(2), filled=None)  # type: ignore[arg-type]
    with busy(desk):
        good = [desk.put_down(entry(n), now=NOW) for n in (1, 3)]
        bad = desk.put_down(broken, now=NOW)
    for one in good:
        one.result(PATIENCE_SECONDS)
    with pytest.raises(AttributeError):
        bad.result(PATIENCE_SECONDS)
    assert sorted(p.name or "" for p in scene.supporters()) == ["Person 1", "Person 3"]


def test_without_a_secret_key_each_is_told_so(scene, tmp_path):
    (tmp_path / "no-folder").touch()
    settings = scene.settings.model_copy(
        update={"database": DatabaseSettings(url=f"sqlite:///{tmp_path}/no-folder/a")}
    )
    desk = FormDesk(scene.engine, settings)
    with busy(desk):
        taking = [desk.put_down(entry(n), now=NOW) for n in range(2)]
    for one in taking:
        with pytest.raises(KeyFileError):
            one.result(PATIENCE_SECONDS)


def test_when_nothing_can_be_written_everybody_is_told(scene, tmp_path):
    desk = FormDesk(open_engine(f"sqlite:///{tmp_path}"), scene.settings)
    with busy(desk):
        taking = [desk.put_down(entry(n), now=NOW) for n in range(2)]
    for one in taking:
        with pytest.raises(DatabaseError):
            one.result(PATIENCE_SECONDS)
    assert desk._waiting == []


def counted() -> Callable[[], int]:
    """Return a reading that returns how many began before it."""
    numbers = itertools.count()
    return lambda: next(numbers)


def test_a_reading_is_shared_by_all_who_come_within_the_time():
    async def scene_of_readings() -> None:
        shared, read = SharedReading[int](), counted()
        together = await asyncio.gather(*(shared.read("a", read) for _ in range(5)))
        assert together == [0] * 5
        assert await shared.read("a", read) == 0

    asyncio.run(scene_of_readings())


def test_nobody_is_given_what_is_older():
    async def scene_of_readings() -> None:
        shared, read = SharedReading[int](0.05), counted()
        assert await shared.read("a", read) == 0
        await asyncio.sleep(0.06)
        assert await shared.read("a", read) == 1

    asyncio.run(scene_of_readings())


def test_how_old_a_reading_is_counts_from_when_it_began():
    async def scene_of_readings() -> None:
        shared, gate, read = SharedReading[int](0.05), threading.Event(), counted()

        def slowly() -> int:
            number = read()
            assert gate.wait(PATIENCE_SECONDS)
            return number

        first = asyncio.create_task(shared.read("a", slowly))
        await asyncio.sleep(0.06)
        late = asyncio.create_task(shared.read("a", slowly))
        await asyncio.sleep(0)
        gate.set()
        assert await first == 0
        assert await late == 1

    asyncio.run(scene_of_readings())


def test_each_motion_has_a_reading_of_its_own():
    async def scene_of_readings() -> None:
        shared, read = SharedReading[int](), counted()
        assert [await shared.read(key, read) for key in "abab"] == [0, 1, 0, 1]

    asyncio.run(scene_of_readings())


def test_a_reading_that_fails_is_told_and_the_next_is_a_new_one():
    async def scene_of_readings() -> None:
        shared = SharedReading[int]()

        def fail() -> int:
            raise DatabaseError("gone")

        for told in await asyncio.gather(
            *(shared.read("a", fail) for _ in range(2)), return_exceptions=True
        ):
            assert isinstance(told, DatabaseError)
        assert await shared.read("a", lambda: 7) == 7

    asyncio.run(scene_of_readings())
