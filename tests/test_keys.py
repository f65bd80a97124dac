"""The secret key and the keyed hashes: kept once, private, and told apart by purpose."""

import base64
import hmac
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from tracker.keys import (
    KeyFileError,
    email_key,
    key_path,
    keyed_hash,
    new_refs,
    secret_key,
    short_hash,
)

NOW = datetime(2026, 6, 15, tzinfo=UTC)


def test_the_key_is_made_once_beside_the_database_for_its_owner_only(settings):
    told = settings()
    key = secret_key(told)
    path = key_path(told)
    assert path == told.sqlite_path.with_name("tracker.db.secret")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(key) >= 32
    assert secret_key(told) == key
    assert [p.name for p in path.parent.iterdir()] == ["tracker.db.secret"]


def test_a_key_that_is_given_goes_first(settings):
    told = settings()
    web = told.web.model_copy(update={"secret_key": SecretStr("from outside")})
    told = told.model_copy(update={"web": web})
    assert secret_key(told) == b"from outside"
    assert not key_path(told).exists()


def test_on_postgres_it_is_in_the_data_folder(settings):
    told = settings(database={"url": "postgresql+psycopg://localhost/x"})
    assert key_path(told) == told.source_folder / "data" / "tracker.secret"


def test_a_place_that_cannot_be_written_is_one_sentence(settings):
    told = settings()
    path = key_path(told)
    path.parent.parent.mkdir(exist_ok=True)
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(KeyFileError, match="TRACKER__WEB__SECRET_KEY"):
        secret_key(told)


def test_an_empty_file_is_not_taken_for_a_key(settings):
    told = settings()
    path: Path = key_path(told)
    path.parent.mkdir()
    path.touch()
    with pytest.raises(KeyFileError, match="is empty"):
        secret_key(told)


def test_hashes_differ_by_key_purpose_and_text():
    hashes = {
        keyed_hash(key, purpose, text)
        for key in (b"a", b"b")
        for purpose in ("row", "email")
        for text in ("x", "y")
    }
    assert len(hashes) == 8
    assert {len(found) for found in hashes} == {32}


@pytest.mark.parametrize(
    "same", ["Zoe\u0301@Example.org", " zo\u00e9@example.ORG ", "ZO\u00c9@example.org"]
)
def test_one_address_has_one_key_however_it_is_written(same):
    assert email_key(b"k", same) == email_key(b"k", "zo\u00e9@example.org")


def test_references_are_ascending_in_time_and_never_the_same():
    refs = new_refs(NOW, 1000)
    assert len(set(refs)) == 1000
    assert refs == sorted(refs)
    assert {len(ref) for ref in refs} == {32}
    assert max(refs) < min(new_refs(NOW.replace(hour=1), 10))


@pytest.mark.parametrize("length", [1, 32, 63, 64, 65, 200])
@pytest.mark.parametrize("text", ["", "ann@example.org", "é" * 100, "\ud800"])
def test_a_short_hash_is_the_begin_of_an_hmac(length: int, text: str) -> None:
    key = bytes(range(length))
    said = f"purpose:{text}".encode("utf-8", "replace")
    digest = hmac.digest(key, said, "sha256")
    short = base64.urlsafe_b64encode(digest[:12]).decode()
    assert short_hash(key, "purpose", text) == short
