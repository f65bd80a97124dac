"""A fortnight in fake time: every follow-up goes once, at its time, and no other (issue 5)."""

import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from tests.conftest import FakeClock
from tests.follow_up_scene import FollowUpScene, follow_up_settings
from tests.fortnight import (
    RECESS,
    STEPS,
    Fortnight,
    Sent,
    Story,
    expected,
    make_story,
    seen,
)
from tests.killing import killed_fortnight
from tracker import store
from tracker.store.engine import open_engine
from tracker.store.tables import (
    FollowUp,
    FollowUpState,
    Message,
    MessageState,
    Supporter,
)

CONFIGURED = {"recess": [{"from": RECESS[0], "to": RECESS[1]}]}


def fortnight(folder: Path, template: Path, story: Story) -> Fortnight:
    shutil.copy(template, folder / "tracker.db")
    url = f"sqlite:///{folder / 'tracker.db'}"
    settings = follow_up_settings(folder, url, **CONFIGURED)
    scene = FollowUpScene(open_engine(url), settings, FakeClock(), is_simulated=True)
    made = Fortnight(scene, story)
    made.prepare()
    return made


def went(scene: FollowUpScene) -> dict[Sent, datetime | None]:
    """Return what the outbox says was sent: to whom, by which rule, when."""
    with store.read(scene.engine) as session:
        rows = session.exec(
            select(Supporter.name, FollowUp.rule, Message.sent_at, Message.state)
            .join(FollowUp, col(FollowUp.supporter_id) == col(Supporter.id))
            .join(Message, col(FollowUp.outbox_id) == col(Message.id))
        ).all()
    assert {row[3] for row in rows} <= {MessageState.SENT, MessageState.CANCELLED}
    sent = [row for row in rows if row[3] is MessageState.SENT]
    assert len({(row[0], row[1]) for row in sent}) == len(sent)
    return {(str(row[0]), row[1]): row[2] for row in sent}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_in_a_fortnight_each_follow_up_goes_once_at_its_time_and_no_other(
    tmp_path: Path, sqlite_template: Path
) -> None:
    story = make_story(5)
    played = fortnight(tmp_path, sqlite_template, story)
    scene = played.scene
    for step in STEPS:
        played.act(step)
        scene.run()
        sender = scene.sender()
        while sender.send_batch():
            pass
    sent, wanted = went(scene), expected(story)
    assert sent == wanted
    counts = Counter(rule for _, rule in sent)
    assert set(counts) == {
        *("ask-and-ring", "second-email", "thank-you", "withdrawn-note"),
    }
    assert min(counts.values()) >= 5, "the story has something of everything"
    for (name, rule), at in sent.items():
        member_id = int(next(w.member_id for w in story.writers if w.name == name))
        if rule in ("ask-and-ring", "second-email"):
            signed = [seen(when) for when, _ in story.names.get(member_id, ())]
            assert all(at < when for when in signed if at), "never after a signature"
    waiting = {row.state for row in scene.follow_ups()}
    assert waiting <= {*FollowUpState}
    assert all(row.reason for row in scene.follow_ups() if row.ended_at)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_random_what_went_and_what_is_in_doubt_are_the_same_list(
    tmp_path: Path, sqlite_template: Path
) -> None:
    """By hand: `python -m tests.killing` kills 200 times among 2,000 supporters."""
    outcome = killed_fortnight(
        tmp_path, sqlite_template, kills=20, seed=7, people=40, mps=8
    )
    assert outcome.kills == 20
    assert not outcome.parked
    assert outcome.sent | outcome.uncertain == outcome.expected
    assert outcome.is_right
