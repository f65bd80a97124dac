"""Whoever adds a member to an enum is told of the words that pages have for each."""

from collections.abc import Mapping
from enum import Enum

import pytest

from dashboard import follow_up_views, review_views
from tracker.rules.event_types import MEMBER_EVENT_TYPES
from tracker.rules.follow_ups import Target
from tracker.rules.status import NudgeStatus
from tracker.store.tables import FollowUpState, Way


@pytest.mark.parametrize(
    ("words", "members"),
    [
        (review_views._WAYS, set(Way)),
        (follow_up_views._STANDS, set(NudgeStatus)),
        (follow_up_views._STATES, set(FollowUpState)),
        (follow_up_views._TARGETS, set(Target)),
        (follow_up_views._EVENTS, set(MEMBER_EVENT_TYPES)),
    ],
)
def test_each_has_its_words(words: Mapping[Enum, str], members: set[Enum]) -> None:
    assert set(words) == members
