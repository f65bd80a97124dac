"""Whether the secret key in use is the one that the database was written with.

A database without its key still looks whole: but nobody is found by their address, so an
erasure finds nobody, people are counted twice, and links in emails that were sent are
dead. Owns finding that out before anything happens, and going on with another key.
"""

from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.config import Settings
from tracker.keys import email_key, key_path, secret_key
from tracker.store import DatabaseError, Engine
from tracker.store.locks import try_lock

IF_LOST = "if it is lost for good, `tracker db rekey` goes on with a new one"


class WrongKeyError(DatabaseError):
    """The key is not the database's; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many people are found by their address again, and how many hashes are lost."""

    found_count: int
    lost_count: int


def key_problem(engine: Engine, settings: Settings) -> str | None:
    """Return what is wrong with the key in use, None if it fits or nobody is known yet.

    A key is not made where one is missing.
    """
    with store.read(engine) as session:
        known = store.somebody_known(session)
    if known is None:
        return None
    address, hashed = known
    path = key_path(settings)
    is_given = settings.web.secret_key is not None
    if not is_given and not path.exists():
        return (
            f"the secret key's file {path} is not there, and people in the database are"
            " found with it: put it back, or give the key as TRACKER__WEB__SECRET_KEY;"
            f" {IF_LOST}"
        )
    if email_key(secret_key(settings), address) == hashed:
        return None
    place = "given as TRACKER__WEB__SECRET_KEY" if is_given else f"in {path}"
    return (
        f"the secret key {place} is not the one that the database was written with: put"
        f" that one back; {IF_LOST}"
    )


def require_key(engine: Engine, settings: Settings) -> None:
    """Raise WrongKeyError if the key in use is not the database's."""
    if problem := key_problem(engine, settings):
        raise WrongKeyError(problem)


def rekey(
    engine: Engine, settings: Settings, *, now: datetime, actor: str
) -> Rekeyed | None:
    """Let everybody be found with the key in use; None if they are already.

    For a key that is lost. Links in emails that were sent stay dead, and whom files must
    not bring back is forgotten: of those only the lost key's hashes are there. Raises
    WrongKeyError while a worker is at work.
    """
    with try_lock(engine, "scheduler") as is_ours:
        if not is_ours:
            raise WrongKeyError(
                "a worker is at work on the database: stop `tracker run` or `tracker"
                " worker` first"
            )
        if key_problem(engine, settings) is None:
            return None
        key = secret_key(settings)
        with store.write(engine) as session:
            store.lock_emails(session)
            found = store.change_email_keys(session, lambda text: email_key(key, text))
            lost = store.suppressed_count(session)
            detail = f"{found} people, {lost} lost hashes"
            store.record_audit(session, actor, "rekey", detail, at=now)
    return Rekeyed(found, lost)
