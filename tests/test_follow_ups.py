"""Follow-ups from the first email on: planned, looked at, told, ended (product.md 7)."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import FakeClock
from tests.follow_up_scene import FollowUpScene, follow_up_settings
from tracker.store import Engine
from tracker.store.tables import FollowUpState, MessageState

PLANNED, OUT = FollowUpState.PLANNED, FollowUpState.OUT
SKIPPED, CANCELLED = FollowUpState.SKIPPED, FollowUpState.CANCELLED
SECOND = timedelta(seconds=1)


@pytest.fixture
def scene(
    engine: Engine, clock: FakeClock, tmp_path: Path, database_url: str
) -> FollowUpScene:
    made = FollowUpScene(engine, follow_up_settings(tmp_path, database_url), clock)
    made.add_members(10, 11)
    return made


def test_four_days_after_their_own_email_a_supporter_is_asked_once(scene):
    scene.add_supporter(10)
    scene.run()
    assert [(row.rule, row.state) for row in scene.follow_ups()] == [
        ("ask-and-ring", PLANNED),
        ("second-email", PLANNED),
    ]
    scene.set(19, 7, 59)
    assert scene.run().gone_count == 0
    scene.set(19, 8)
    assert scene.run().gone_count == 1
    [message] = scene.messages()
    assert (message.to_address, message.state) == (
        "writer1@example.org",
        MessageState.QUEUED,
    )
    assert message.subject == "Has Member 10 replied to you about EDM 718?"
    assert "01407 000000" in (message.body or "")
    scene.set(30)
    assert scene.run().gone_count == 0
    assert scene.states("ask-and-ring") == [OUT]
