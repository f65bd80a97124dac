"""Telling of where Members stand: who needs a nudge now, whose status changed, who left.

Compared with what was told last, after each poll that changed something and every
minute: time alone makes a Member need a nudge. The first look at a motion tells nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker import store
from tracker.board.house import House, house_of
from tracker.board.members import MemberView, members_of
from tracker.config import MotionSettings, Settings
from tracker.rules.audience import Audience
from tracker.rules.calendar import MotionState
from tracker.rules.event_types import EventType
from tracker.rules.nudge import nudge_status
from tracker.rules.standings import StandingChange, Stood, changed_standings
from tracker.store import Engine, NewOutgoing, Session
from tracker.store.tables import Motion

AT_ONCE = 25
"""Of how many Members is told in one transaction: others want to write, too."""
DOUBT_LASTS = timedelta(hours=6)
"""How long a Member whose name was taken off waits for their posts to be read."""


def tell_standings(
    engine: Engine, settings: Settings, audience: Audience, *, now: datetime
) -> int:
    """Tell what changed since it was last told, for every open motion; return how much.

    Looked for without a lock, and again under it: another process may tell the same.
    """
    count = 0
    for watched in settings.motions:
        with store.read(engine) as session:
            if not _look(session, settings, watched, now).changes:
                continue
        while True:
            told_count, is_all = _tell_some(engine, settings, watched, audience, now)
            count += told_count
            if is_all:
                break
            store.breathe()
    return count


def _tell_some(
    engine: Engine,
    settings: Settings,
    watched: MotionSettings,
    audience: Audience,
    now: datetime,
) -> tuple[int, bool]:
    """Tell of some Members in one transaction; return of how many, and whether of all.

    Whoever was told of has not changed any more. The first look is written as one.
    """
    with store.write(engine) as session:
        store.lock_outgoing(session)
        look = _look(session, settings, watched, now)
        changes = look.changes if look.is_first else look.changes[:AT_ONCE]
        for change in changes:
            _tell(session, look, change, audience, now)
        told_count = 0 if look.is_first else len(changes)
        return told_count, len(changes) == len(look.changes)


@dataclass(frozen=True, slots=True)
class _Look:
    """A motion as it stands; `is_first` when nothing was ever told of it."""

    motion: Motion
    is_first: bool
    changes: Sequence[StandingChange] = ()
    views: Mapping[int, MemberView] | None = None
    house: House | None = None


def _look(
    session: Session, settings: Settings, watched: MotionSettings, now: datetime
) -> _Look:
    house = house_of(session, settings, watched, now=now)
    motion = house.motion
    is_open = house.stands.state is MotionState.OPEN
    # Until the ledger and the House are there, nobody stands anywhere.
    if motion.id is None or motion.baseline_poll_id is None or not house.seats:
        return _Look(motion, is_first=True)
    if not is_open:
        return _Look(motion, is_first=False)
    views = {view.member_id: view for view in members_of(house).members}
    before = store.told_standings(session, motion.id)
    waiting = store.doubted_members(session, motion.id, since_at=now - DOUBT_LASTS)
    changes = [
        change
        for change in changed_standings(before, _stand(house, views))
        if change.member_id not in waiting
    ]
    return _Look(motion, not before, changes, views, house)


def _stand(house: House, views: Mapping[int, MemberView]) -> dict[int, Stood]:
    def true_status(member_id: int) -> Stood:
        view = views[member_id]
        status = nudge_status(
            house.facts[member_id],
            now=house.stands.board_at,
            patience=house.patience,
            spells=house.spells,
        )
        return Stood(status, view.status, is_sitting=view.is_sitting)

    return {member_id: true_status(member_id) for member_id in views}


def _tell(
    session: Session,
    look: _Look,
    change: StandingChange,
    audience: Audience,
    now: datetime,
) -> None:
    assert look.motion.id is not None, "a motion that was looked at is stored"
    store.record_told(session, look.motion.id, change.member_id, change.now, now)
    if look.is_first:
        return
    for type_, data in _news(look, change):
        new = NewOutgoing(
            type=type_,
            dedupe_key=_key(look.motion, change, now),
            motion=look.motion,
            member_id=change.member_id,
            ons_code=_view(look, change.member_id)[2],
            data=data,
        )
        event = store.record_outgoing(session, new, audience, now)
        line = _staff_line(look, change, type_)
        if line is not None:
            store.tell_staff(
                session, line, cause=f"event:{event.id}", audience=audience, now=now
            )


def _key(motion: Motion, change: StandingChange, now: datetime) -> str:
    before = change.before.status if change.before else "new"
    moved = f"{before}>{change.now.status}"
    return f"{motion.id}:{change.member_id}:{moved}:{now.isoformat()}"


def _news(
    look: _Look, change: StandingChange
) -> list[tuple[EventType, dict[str, object]]]:
    """Return the types that follow from a change, with what each adds."""
    view = look.views.get(change.member_id) if look.views else None
    party, constituency, _ = _view(look, change.member_id)
    who: dict[str, object] = {
        "name": _name(look, change.member_id),
        "party": party,
        "constituency": constituency,
    }
    news: list[tuple[EventType, dict[str, object]]] = []
    if change.has_left:
        news.append((EventType.MEMBER_LEFT, who))
    if change.has_new_status and change.before is not None:
        told = {
            "from": change.before.public_status.value,
            "to": change.now.public_status.value,
            "why": view.why if view else None,
        }
        news.append((EventType.MEMBER_STATUS_CHANGED, {**who, **told}))
    if change.is_newly_in_need:
        need: dict[str, object] = {
            "why": view.why if view else None,
            "supporters": view.supporters if view else None,
        }
        news.append((EventType.MEMBER_NEEDS_NUDGE, {**who, **need}))
    return news


def _staff_line(look: _Look, change: StandingChange, type_: EventType) -> str | None:
    party, constituency, _ = _view(look, change.member_id)
    where = ", ".join(part for part in (party, constituency) if part)
    who = _name(look, change.member_id) + (f" ({where})" if where else "")
    if type_ is EventType.MEMBER_NEEDS_NUDGE:
        return f"{who} now needs a nudge about EDM {look.motion.number}."
    if type_ is EventType.MEMBER_LEFT:
        return f"{who} is no longer an MP."
    return None


def _name(look: _Look, member_id: int) -> str:
    return look.house.name_of(member_id) if look.house else f"Member {member_id}"


def _view(look: _Look, member_id: int) -> tuple[str | None, str | None, str | None]:
    """Return a Member's party, constituency and its ONS code, as far as they are known."""
    view = look.views.get(member_id) if look.views else None
    if view is not None:
        return view.party, view.constituency, view.ons_code
    return (look.house.party_of(member_id) if look.house else None), None, None
