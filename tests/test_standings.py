"""What a change of standing is worth telling: values only, both sides of each line."""

import pytest

from tracker.rules.standings import StandingChange, Stood, changed_standings
from tracker.rules.status import NudgeStatus

WAITING, NEEDS, DECLINED = (
    NudgeStatus.WAITING,
    NudgeStatus.NEEDS_NUDGE,
    NudgeStatus.DECLINED,
)


def stood(
    status: NudgeStatus, public: NudgeStatus | None = None, *, is_sitting: bool = True
) -> Stood:
    return Stood(status, public or status, is_sitting=is_sitting)


AWAY = stood(NEEDS, is_sitting=False)


@pytest.mark.parametrize(
    ("before", "now", "left", "moved", "in_need"),
    [
        (stood(WAITING), stood(NEEDS), False, True, True),
        (stood(NEEDS), stood(WAITING), False, True, False),
        # The office declined, and that may not be shown: in public nothing changed.
        (stood(NEEDS), stood(DECLINED, NEEDS), False, False, False),
        (stood(DECLINED, NEEDS), stood(NEEDS), False, False, True),
        (stood(NEEDS, WAITING), stood(NEEDS), False, True, False),
        (stood(NEEDS), AWAY, True, False, False),
        (AWAY, stood(NEEDS), False, False, True),
        (None, stood(WAITING), False, False, False),
        (None, stood(NEEDS), False, False, True),
    ],
)
def test_each_change_is_told_as_what_it_is(before, now, left, moved, in_need):
    change = StandingChange(1, before, now)
    found = (change.has_left, change.has_new_status, change.is_newly_in_need)
    assert found == (left, moved, in_need)


def test_only_who_stands_elsewhere_is_given_and_who_is_gone_has_left():
    before = {1: stood(WAITING), 2: stood(WAITING), 3: stood(WAITING), 4: AWAY}
    now = {1: stood(WAITING), 2: stood(NEEDS), 5: stood(WAITING)}
    found = {change.member_id: change for change in changed_standings(before, now)}
    assert list(found) == [2, 3, 5]
    assert found[3].has_left
    assert found[3].now.status is WAITING
    assert found[5].before is None
