"""Staff's corrections of a Member: what is taken, what it changes, and putting it back."""

import pytest

from tests.conftest import FakeClock
from tests.house_data import record_mp
from tracker import store
from tracker.corrections import correct, put_back
from tracker.rules.corrections import (
    LONGEST_REASON,
    LONGEST_URL,
    CorrectionError,
    CorrectionKind,
    checked_correction,
)
from tracker.store import Engine
from tracker.store.corrected import correction_changes, correction_value

MEMBER = 1
CANNOT, URL, NO_EMAIL = CorrectionKind


@pytest.fixture
def known(engine: Engine) -> Engine:
    record_mp(engine, MEMBER)
    return engine


def put_down(
    engine: Engine, clock: FakeClock, kind: CorrectionKind, text: str, by: str = "Ann"
) -> bool:
    with store.write(engine) as session:
        return correct(session, MEMBER, kind, text, by=by, at=clock())


def undo(engine: Engine, clock: FakeClock, change_id: int) -> None:
    with store.write(engine) as session:
        put_back(session, MEMBER, change_id, by="Ben", at=clock())


def values(engine: Engine) -> list[str | None]:
    with store.read(engine) as session:
        return [correction_value(session, MEMBER, kind) for kind in CorrectionKind]


@pytest.mark.parametrize(
    "text",
    [
        "example.org",
        "javascript:alert(1)",
        "https://",
        "https://ann:secret@example.org",
        "ftp://example.org/a",
        "https://example.org/a b",
        "https://[broken",
        "https://example.org/" + "a" * LONGEST_URL,
    ],
)
def test_what_is_no_page_of_the_web_is_refused(text):
    with pytest.raises(CorrectionError, match="A page takes"):
        checked_correction(URL, text)


def test_a_page_of_the_web_is_taken_as_it_is():
    url = "https://example.org/motions?a=1#b"
    assert checked_correction(URL, f" {url} ") == url


def test_a_reason_is_one_line_of_a_length():
    assert checked_correction(CANNOT, " A PPS\n at the  Treasury ") == (
        "A PPS at the Treasury"
    )
    assert checked_correction(CANNOT, "a" * LONGEST_REASON) == "a" * LONGEST_REASON
    with pytest.raises(CorrectionError, match="at most 200"):
        checked_correction(CANNOT, "a" * (LONGEST_REASON + 1))


@pytest.mark.parametrize("kind", list(CorrectionKind))
def test_nothing_but_blanks_takes_the_correction_away(kind):
    assert checked_correction(kind, " \n ") is None


def test_each_kind_is_kept_changed_and_taken_away(known, clock):
    put_down(known, clock, CANNOT, "A PPS")
    put_down(known, clock, URL, "https://example.org")
    put_down(known, clock, NO_EMAIL, "Asked for it")
    assert values(known) == ["A PPS", "https://example.org", "Asked for it"]
    for kind in CorrectionKind:
        put_down(known, clock, kind, "")
    assert values(known) == [None, None, None]
    with store.read(known) as session:
        changes = correction_changes(session, MEMBER)
    assert [(one.before, one.after) for one in changes[:3]] == [
        ("Asked for it", None),
        ("https://example.org", None),
        ("A PPS", None),
    ]


def test_the_same_again_is_no_change(known, clock):
    assert put_down(known, clock, CANNOT, "A PPS")
    assert not put_down(known, clock, CANNOT, " A  PPS")
    with store.read(known) as session:
        assert len(correction_changes(session, MEMBER)) == 1


def test_a_change_is_put_back_even_by_somebody_else(known, clock):
    put_down(known, clock, CANNOT, "A PPS")
    put_down(known, clock, CANNOT, "A minister")
    undo(known, clock, 2)
    assert values(known)[0] == "A PPS"
    undo(known, clock, 3)
    assert values(known)[0] == "A minister"


def test_an_older_change_is_not_put_back_over_a_newer_one(known, clock):
    put_down(known, clock, CANNOT, "A PPS")
    put_down(known, clock, CANNOT, "A minister")
    with pytest.raises(CorrectionError, match="changed again since"):
        undo(known, clock, 1)
    assert values(known)[0] == "A minister"


def test_what_is_not_there_is_not_undone(known, clock):
    with pytest.raises(CorrectionError, match="no such change"):
        undo(known, clock, 99)
    with (
        store.write(known) as session,
        pytest.raises(CorrectionError, match="No Member"),
    ):
        correct(session, 999, CANNOT, "A PPS", by="Ann", at=clock())


def test_the_audit_log_has_who_when_and_which_but_not_the_words(known, clock):
    put_down(known, clock, NO_EMAIL, "Asked for it")
    with store.read(known) as session:
        [entry] = store.audit_entries(session)
    assert (entry.actor, entry.action) == ("Ann", "correction changed")
    assert entry.detail == "Member 1, no_email"
