"""Many forms at once: readings that are shared and never old, and one commit for several."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
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
from tracker.supporters.action import Entry, NothingToSendError
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


def waited_for(desk: FormDesk, count: int) -> None:
    """Return when so many forms wait."""
    until = time.monotonic() + PATIENCE_SECONDS
    while len(desk._waiting) < count:
        assert time.monotonic() < until, "the forms did not come"
        time.sleep(0.005)


def test_forms_that_wait_are_written_with_one_commit(scene):
    desk = FormDesk(scene.engine, scene.settings)
    commits: list[object] = []
    event.listen(scene.engine, "commit", commits.append)
    with ThreadPoolExecutor(5) as pool:
        with desk._turn:  # another's form is being written
            taking = [pool.submit(desk.take, entry(n), now=NOW) for n in range(5)]
            waited_for(desk, 5)
            assert commits == []
        for one in taking:
            one.result(PATIENCE_SECONDS)
    assert len(commits) == 1
    assert len(scene.emails()) == 5
    assert len(scene.messages()) == 10


def test_one_that_is_refused_leaves_no_trace_and_the_others_as_they_are(scene):
    desk = FormDesk(scene.engine, scene.settings)
    with ThreadPoolExecutor(3) as pool:
        with desk._turn:
            first = pool.submit(desk.take, entry(1), now=NOW)
            waited_for(desk, 1)
            refused = pool.submit(desk.take, entry(2, JOSE), now=NOW)
            waited_for(desk, 2)
            last = pool.submit(desk.take, entry(3), now=NOW + timedelta(seconds=1))
            waited_for(desk, 3)
        first.result(PATIENCE_SECONDS)
        last.result(PATIENCE_SECONDS)
        with pytest.raises(NothingToSendError, match="signed"):
            refused.result(PATIENCE_SECONDS)
    assert [p.name for p in scene.supporters()] == ["Person 1", "Person 3"]
    times = [email.sent_at for email in scene.emails()]
    assert times == [NOW, NOW + timedelta(seconds=1)]


def test_a_form_that_meets_a_fault_of_ours_takes_no_other_with_it(scene):
    desk = FormDesk(scene.engine, scene.settings)
    broken = replace(entry(2), filled=None)  # type: ignore[arg-type]
    with ThreadPoolExecutor(3) as pool:
        with desk._turn:
            good = [pool.submit(desk.take, entry(n), now=NOW) for n in (1, 3)]
            bad = pool.submit(desk.take, broken, now=NOW)
            waited_for(desk, 3)
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
    with ThreadPoolExecutor(2) as pool:
        with desk._turn:
            taking = [pool.submit(desk.take, entry(n), now=NOW) for n in range(2)]
            waited_for(desk, 2)
        for one in taking:
            with pytest.raises(KeyFileError):
                one.result(PATIENCE_SECONDS)


def test_when_nothing_can_be_written_everybody_is_told(scene, tmp_path):
    desk = FormDesk(open_engine(f"sqlite:///{tmp_path}"), scene.settings)
    with ThreadPoolExecutor(2) as pool:
        with desk._turn:
            taking = [pool.submit(desk.take, entry(n), now=NOW) for n in range(2)]
            waited_for(desk, 2)
        for one in taking:
            with pytest.raises(DatabaseError):
                one.result(PATIENCE_SECONDS)
    assert desk._waiting == []


def test_a_reading_is_shared_by_those_who_came_before_it_began():
    shared, gate, begun = SharedReading[int](), threading.Event(), list[int]()

    def read() -> int:
        number = len(begun)
        begun.append(number)
        assert gate.wait(PATIENCE_SECONDS)
        return number

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(shared.read, "a", read)
        while not begun:
            time.sleep(0.001)
        late = [pool.submit(shared.read, "a", read) for _ in range(3)]
        while pool._work_queue.qsize() or not shared._waiting:
            time.sleep(0.001)
        gate.set()
        assert first.result(PATIENCE_SECONDS) == 0
        # None of them is given what was read before it came.
        assert all(one.result(PATIENCE_SECONDS) >= 1 for one in late)
    assert len(begun) <= 4
    assert shared._waiting == {}


def test_a_reading_that_fails_is_told_and_the_next_is_a_new_one():
    shared = SharedReading[int]()

    def fail() -> int:
        raise DatabaseError("gone")

    with pytest.raises(DatabaseError, match="gone"):
        shared.read("a", fail)
    assert shared.read("a", lambda: 7) == 7
