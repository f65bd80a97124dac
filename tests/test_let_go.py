"""Whose data went when their time was over: the same file does not bring them back."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tests.person_scene import NOW, add_campaign
from tests.supporters_house import KEY, WATCHED
from tracker import store
from tracker.config import Settings, settings_from
from tracker.keys import email_key
from tracker.store import Engine
from tracker.store.tables import Supporter
from tracker.supporters.access import person_data
from tracker.supporters.csv_file import csv_records
from tracker.supporters.erasure import erase_person
from tracker.supporters.importing import ImportDesk, import_emails
from tracker.supporters.retention import apply_retention

ANN = "ann@example.org"
LET_GO_AT = NOW + timedelta(days=400, minutes=1)
"""A minute after the longest that anybody is kept, of who wrote at NOW."""
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def configured(tmp_path: Path) -> Settings:
    return settings_from(
        {
            "motions": [
                {"number": 240, "session": "2026-27", "closes_on": date(2029, 1, 1)}
            ],
            "parliament": {"contact": "test@example.org"},
        },
        folder=tmp_path,
    )


def imported(
    engine: Engine, folder: Path, *sent_at: datetime, is_dry: bool = False
) -> tuple[int, int, int]:
    """Import one email of Ann's for each time; return counted, duplicates, review."""
    file = folder / "emails.csv"
    lines = [f"{ANN},Ann,Jane Carver,{at.isoformat()}" for at in sent_at]
    file.write_text(
        "\n".join(["supporter_email,supporter_name,mp_name,sent_at", *lines])
    )
    now = max(sent_at)
    desk = ImportDesk(engine, KEY, lambda: now)
    with csv_records(file, now) as records:
        result = import_emails(desk, WATCHED, records, source="test", is_dry=is_dry)
    return result.counted, result.duplicates, result.review


@pytest.fixture
def gone(engine: Engine, configured: Settings, tmp_path: Path) -> Engine:
    """Ann wrote at NOW, was counted, and was let go."""
    add_campaign(engine)
    assert imported(engine, tmp_path, NOW) == (1, 0, 0)
    assert apply_retention(engine, configured, now=LET_GO_AT).people == 1
    return engine


def is_known(engine: Engine) -> bool:
    with store.read(engine) as session:
        return store.supporter_by_key(session, email_key(KEY, ANN)) is not None


def counts(engine: Engine) -> list[int]:
    with store.read(engine) as session:
        assert not store.tally_differences(session)
        motion = store.all_motions(session)[0]
        return list(store.supporter_counts(session, motion.id or 0).values())


@pytest.mark.parametrize("is_dry", [True, False])
def test_the_same_file_brings_nobody_back_and_counts_nothing_twice(
    gone, tmp_path, is_dry
):
    assert imported(gone, tmp_path, NOW, is_dry=is_dry) == (0, 1, 0)
    assert not is_known(gone)
    assert counts(gone) == [1]


@pytest.mark.parametrize("is_dry", [True, False])
def test_what_they_send_later_is_new(gone, tmp_path, is_dry):
    until, later = LET_GO_AT, LET_GO_AT + MICROSECOND
    assert imported(gone, tmp_path, until, is_dry=is_dry) == (0, 1, 0)
    assert imported(gone, tmp_path, until, later, is_dry=is_dry) == (1, 1, 0)
    assert is_known(gone) is not is_dry


def test_who_came_back_and_is_let_go_again_stays_out_until_then(
    gone, configured, tmp_path
):
    later = LET_GO_AT + timedelta(days=1)
    assert imported(gone, tmp_path, later) == (1, 0, 0)
    again = later + timedelta(days=400)
    assert apply_retention(gone, configured, now=again).people == 1
    assert imported(gone, tmp_path, NOW, later, again) == (0, 3, 0)


def test_who_asks_to_be_erased_afterwards_is_kept_out_for_ever(
    gone, configured, tmp_path
):
    erase_person(gone, configured, KEY, ANN, now=LET_GO_AT, actor="staff")
    assert imported(gone, tmp_path, LET_GO_AT + timedelta(days=9)) == (0, 1, 0)


def test_an_erased_person_is_not_let_in_by_a_retention_that_comes_after(
    gone, configured, tmp_path
):
    erase_person(gone, configured, KEY, ANN, now=LET_GO_AT, actor="staff")
    with store.write(gone) as session:
        # By the form: an erased person may come back by their own act, and go again.
        person = Supporter(
            ref="back",
            email_key=email_key(KEY, ANN),
            email=ANN,
            created_at=LET_GO_AT,
            last_act_at=LET_GO_AT,
        )
        session.add(person)
    again = LET_GO_AT + timedelta(days=400)
    assert apply_retention(gone, configured, now=again).people == 1
    assert imported(gone, tmp_path, again + timedelta(days=9)) == (0, 1, 0)


def test_only_erasures_are_done_again_after_a_restore(gone):
    with store.read(gone) as session:
        assert store.suppressed_keys(session) == []
        assert not store.is_suppressed(session, email_key(KEY, ANN))


def test_who_asks_for_their_data_is_told_that_a_hash_is_kept(gone):
    with store.read(gone) as session:
        told = person_data(session, KEY, ANN)
    assert told["is_known"]
    assert told["erased_at"] is None
    assert told["let_go_at"] == LET_GO_AT.isoformat()
    assert told["supporter"] is None
