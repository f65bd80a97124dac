"""Pausing and resuming follow-ups: all of them, one rule's, or those about one MP.

The one way in for the command and the page. Each is audited; what waits goes on where
it stopped, if it still has a point then.
"""

from datetime import datetime

from tracker import store
from tracker.config import Settings
from tracker.following.in_force import rules_in_force
from tracker.following.looking import ALL
from tracker.store import Session, follow_up_pauses


class ScopeError(ValueError):
    """Nothing of that name can be paused; the text says what can."""


def pause(
    session: Session, settings: Settings, scope: str, *, by: str, now: datetime
) -> None:
    """Let nothing of a scope go from now on; ScopeError if there is none such."""
    check_scope(session, settings, scope)
    follow_up_pauses.record_follow_up_pause(session, scope, by=by, now=now)
    store.record_audit(session, by, "follow-ups paused", scope, at=now)


def resume(session: Session, scope: str, *, by: str, now: datetime) -> None:
    """Let a scope go on; ScopeError if it was not paused."""
    if not follow_up_pauses.end_follow_up_pause(session, scope):
        raise ScopeError(f"{scope} is not paused")
    store.record_audit(session, by, "follow-ups resumed", scope, at=now)


def check_scope(session: Session, settings: Settings, scope: str) -> None:
    """Raise ScopeError unless `scope` is all, rule:NAME in force, or mp:ID of an MP."""
    kind, _, name = scope.partition(":")
    if scope == ALL:
        return
    if kind == "rule":
        names = [rule.name for rule in rules_in_force(settings)]
        if name in names:
            return
        listed = ", ".join(names) or "none"
        raise ScopeError(f"there is no rule {name!r} in force: {listed}")
    is_id = kind == "mp" and name.isascii() and name.isdecimal() and len(name) < 10
    if is_id and store.members_by_id(session, [int(name)]):
        return
    raise ScopeError(f"{scope!r} is none of all, rule:NAME and mp:MEMBER_ID")
