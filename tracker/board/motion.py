"""One motion as it stands: its numbers, its state, and how far they can be trusted."""

from dataclasses import dataclass
from datetime import date, datetime

from tracker import store
from tracker.board.house import House, house_of
from tracker.clock import london_date
from tracker.config import MotionSettings, Settings
from tracker.rules.calendar import MotionState, Spell, next_spell, spell_on
from tracker.rules.health import Health, PollFacts, health, health_note
from tracker.rules.outcomes import FailureKind, Outcome
from tracker.rules.schedule import PollTimes, stretched
from tracker.store import Session
from tracker.store.tables import Motion

PARLIAMENTS_PAGE = "https://edm.parliament.uk/early-day-motion/{parliament_id}"


@dataclass(frozen=True, slots=True)
class MotionView:
    """A motion as pages and programs see it (product.md 9); moments are aware UTC.

    `url` is Parliament's page, None until the id is known. `closes_on` is the last day
    on which it can be signed, None while that is unknown. `no_name_until_on` is set in a
    recess: the last day of it; `next_spell` is the recess to come. `failure` is staff's
    wording of why the newest poll failed; for anyone there is `failure_kind`.
    """

    session: str
    number: int
    parliament_id: int | None
    title: str | None
    text: str | None
    url: str | None
    tabled_on: date | None
    state: MotionState
    signature_count: int
    withdrawn_count: int
    member_count: int
    eligible_count: int
    first_poll_at: datetime | None
    last_poll_at: datetime | None
    last_good_poll_at: datetime | None
    last_changed_at: datetime | None
    health: Health
    health_note: str
    closes_on: date | None
    failing_since_at: datetime | None
    failure: str | None
    no_name_until_on: date | None
    spell_name: str | None
    next_spell: Spell | None
    failure_kind: FailureKind | None = None


def motion_view(
    session: Session, settings: Settings, watched: MotionSettings, *, now: datetime
) -> MotionView:
    """Return the motion as it stands at `now`, also before it was ever polled."""
    house = house_of(session, settings, watched, now=now)
    return motion_of(session, settings, watched, house, now=now)


def motion_of(
    session: Session,
    settings: Settings,
    watched: MotionSettings,
    house: House,
    *,
    now: datetime,
) -> MotionView:
    """Return the motion as it stands, made from its House, which was read at `now`."""
    motion, stands, spells = house.motion, house.stands, house.spells
    facts = _poll_facts(session, motion)
    is_open = stands.state is MotionState.OPEN
    times = _poll_interval(settings)
    verdict = health(
        facts,
        interval=times.interval_at(now, is_open=is_open),
        is_open=is_open,
        now=now,
    )
    spell = spell_on(spells, london_date(now)) if is_open else None
    polls = _poll_times(session, motion)
    return MotionView(
        session=motion.session,
        number=motion.number,
        parliament_id=motion.parliament_id or watched.id,
        title=motion.title,
        text=motion.text,
        url=_parliaments_page(motion),
        tabled_on=motion.tabled_on,
        state=stands.state,
        signature_count=len(house.signed_ids),
        withdrawn_count=len(house.withdrew_ids),
        member_count=len(house.seats),
        eligible_count=house.eligible_count,
        first_poll_at=polls[0],
        last_poll_at=polls[1],
        last_good_poll_at=facts.last_good_at,
        last_changed_at=polls[2],
        health=verdict,
        health_note=health_note(facts, verdict),
        closes_on=stands.last_on,
        failing_since_at=facts.failing_since_at,
        failure=facts.error,
        no_name_until_on=spell.to_on if spell else None,
        spell_name=spell.name if spell else None,
        next_spell=next_spell(spells, london_date(now)) if is_open else None,
        failure_kind=facts.failure_kind,
    )


def _poll_interval(settings: Settings) -> PollTimes:
    """Return the intervals that so many motions leave: a thousand are not read each minute.

    Those that are over are counted as well: whoever looks at one motion knows only that.
    """
    asked = settings.parliament
    return stretched(
        PollTimes(asked.poll_seconds, asked.quiet_poll_seconds),
        open_count=len(settings.motions),
        requests_per_second=asked.requests_per_second,
    )


def _parliaments_page(motion: Motion) -> str | None:
    if motion.parliament_id is None:
        return None
    return PARLIAMENTS_PAGE.format(parliament_id=motion.parliament_id)


def _poll_times(
    session: Session, motion: Motion
) -> tuple[datetime | None, datetime | None, datetime | None]:
    """Return when the motion was first polled, last polled, and last seen to change."""
    if motion.id is None:
        return None, None, None
    first = store.first_poll(session, motion.id)
    latest = store.recent_polls(session, motion.id, limit=1)
    return (
        first.started_at if first else None,
        latest[0].finished_at if latest else None,
        store.last_changed_at(session, motion.id),
    )


def _poll_facts(session: Session, motion: Motion) -> PollFacts:
    if motion.id is None:
        return PollFacts(None, None)
    good = store.last_good_poll(session, motion.id)
    failing = store.failing_since(session, motion.id, after_poll=good)
    failed = store.last_failed_poll(session, motion.id) if failing else None
    return PollFacts(
        last_good_at=good.finished_at if good else None,
        last_good_outcome=good.outcome if good else None,
        suspicion=good.note if good and good.outcome is Outcome.SUSPECT else None,
        doubted_count=store.doubted_count(session, motion.id),
        failing_since_at=failing.finished_at if failing else None,
        not_found_since_at=motion.not_found_since_at,
        error=failed.error if failed else None,
        failure_kind=failed.failure_kind if failed else None,
    )
