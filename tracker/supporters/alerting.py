"""The story of "tell me when my MP signs", for anyone, without joining the campaign.

1. ASKED on an MP's page: the address gets a request to confirm. Whoever is asked about,
   the answer is the same (checks.md W16).
2. CONFIRMED by a button: in force, with the wording that was agreed to.
3. TOLD once, when the name is on Parliament's list, or when the motion is over; STOPPED
   with one click at any time.

Whoever asks is a Supporter without a name, so that they are erased like everyone. The
telling is in alert_telling.py.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker import store
from tracker.config import MotionSettings, Settings
from tracker.keys import email_key, new_refs, secret_key
from tracker.outbox import alert_notices
from tracker.outbox.addresses import clean_address
from tracker.outbox.links import Links
from tracker.outbox.look import why_over
from tracker.rules.alerts import AlertState, alert_state, may_ask
from tracker.store import AlertFacts, Engine, Session
from tracker.store.tables import (
    Member,
    MessageKind,
    Motion,
    SignAlert,
    Supporter,
)
from tracker.supporters.alert_telling import queue_alert, tell_alert
from tracker.supporters.boxes import controller_name, receivers_note
from tracker.supporters.confirming import LINK_LASTS

WORDING_VERSION = "1"
"""Goes up with any change of the words below."""

_WORDING = (
    "I ask {controller} to keep my email address, and to email me once when {mp} signs"
    " EDM {number}, or when it can no longer be signed. It may show a political opinion"
    " of mine, and I agree to its use for this."
)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as its own page shows it: what was agreed to, and where it stands."""

    session: str
    number: int
    member_id: int
    member_name: str
    wording: str
    state: AlertState
    own_page: str


def wording_of(settings: Settings, mp: str, number: int) -> str:
    """Return what somebody agrees to who asks to be told; shown beside the button."""
    said = _WORDING.format(controller=controller_name(settings), mp=mp, number=number)
    note = receivers_note(settings)
    return f"{said} ({note})" if note else said


def ask_alert(
    engine: Engine,
    settings: Settings,
    watched: MotionSettings,
    member_id: int,
    typed: str,
    *,
    now: datetime,
) -> str:
    """Have the address that was typed confirm that it is to be told; return it, clean.

    Nothing is written, and nobody can tell, if the motion is over, the MP unknown or
    signed, the address was asked lately, or has confirmed. TextError with one sentence
    for whoever typed if it is no address.
    """
    address, key = clean_address(typed), secret_key(settings)
    with store.write(engine) as session:
        _ask(session, settings, watched, member_id, key, address, now)
    return address


def _ask(
    session: Session,
    settings: Settings,
    watched: MotionSettings,
    member_id: int,
    key: bytes,
    address: str,
    now: datetime,
) -> None:
    store.lock_emails(session)  # the same form twice at once is one
    motion = store.motion_by_number(session, watched.session, watched.number)
    member = session.get(Member, member_id)
    if motion is None or motion.id is None or member is None:
        return
    if why_over(session, settings, motion, now) is not None:
        return
    if store.has_signed(session, motion.id, member_id):
        return
    person = _person(session, key, address, now)
    alert = _asked(session, settings, person, motion, member, now)
    if alert is not None:
        draft = alert_notices.alert_confirmation
        facts = AlertFacts(alert, person, motion, member)
        queue_alert(
            session, settings, facts, MessageKind.ALERT_CONFIRMATION, draft, now
        )


def alert_of(
    session: Session, links: Links, token: str, *, now: datetime
) -> Alert | None:
    """Return what the page of a link shows; None for an unknown link."""
    facts = _facts(session, links, token)
    return _shown(facts, links, now) if facts else None


def confirm_alert(
    engine: Engine, settings: Settings, links: Links, token: str, *, now: datetime
) -> Alert | None:
    """Put an alert in force; again it changes nothing. None for an unknown link.

    One that has expired or was stopped stays so: it is asked for anew.
    """
    with store.write(engine) as session:
        facts = _facts(session, links, token)
        if facts is None:
            return None
        if _state(facts.alert, now) is AlertState.WAITING:
            facts.alert.confirmed_at = facts.supporter.last_act_at = now
            session.add(facts.supporter)
            store.record_alert(session, facts.alert)
            _tell_if_signed(session, settings, facts, now)
        return _shown(facts, links, now)


def stop_alert(
    engine: Engine, links: Links, token: str, *, now: datetime
) -> Alert | None:
    """Stop an alert, however often; None for an unknown link."""
    with store.write(engine) as session:
        facts = _facts(session, links, token)
        if facts is None:
            return None
        if facts.alert.stopped_at is None:
            facts.alert.stopped_at = now
            store.record_alert(session, facts.alert)
        return _shown(facts, links, now)


def _tell_if_signed(
    session: Session, settings: Settings, facts: AlertFacts, now: datetime
) -> None:
    """Tell at once who confirms after the MP has signed."""
    alert = facts.alert
    if store.has_signed(session, alert.motion_id, alert.member_id):
        over = why_over(session, settings, facts.motion, now)
        tell_alert(session, settings, facts, over, now)


def _asked(
    session: Session,
    settings: Settings,
    person: Supporter,
    motion: Motion,
    member: Member,
    now: datetime,
) -> SignAlert | None:
    """Return the alert that is to be confirmed, new or begun anew; None if none is."""
    assert person.id is not None, "a stored person has an id"
    assert motion.id is not None, "a stored motion has an id"
    known = store.alert_about(
        session,
        supporter_id=person.id,
        motion_id=motion.id,
        member_id=member.member_id,
    )
    if not may_ask(
        _state(known, now) if known else None,
        asked_at=known.asked_at if known else None,
        asked_lately=store.alert_requests_count(session, person.id, since=now - _DAY),
        now=now,
    ):
        return None
    wording = wording_of(settings, member.name, motion.number)
    alert = known or SignAlert(
        supporter_id=person.id,
        motion_id=motion.id,
        member_id=member.member_id,
        wording=wording,
        version=WORDING_VERSION,
        asked_at=now,
    )
    alert.wording, alert.version, alert.asked_at = wording, WORDING_VERSION, now
    alert.confirmed_at = alert.stopped_at = alert.told_at = None
    return store.record_alert(session, alert)


def _person(session: Session, key: bytes, address: str, now: datetime) -> Supporter:
    """Return whoever has this address, as they are, or somebody without a name."""
    hashed = email_key(key, address)
    known = store.supporter_by_key(session, hashed)
    if known is not None:
        return known
    person = Supporter(
        ref=new_refs(now, 1)[0],
        email_key=hashed,
        email=address,
        created_at=now,
        last_act_at=now,
    )
    session.add(person)
    session.flush()
    return person


def _facts(session: Session, links: Links, token: str) -> AlertFacts | None:
    alert_id = links.alert_id(token)
    facts = store.alert_facts(session, alert_id) if alert_id is not None else None
    is_there = facts is not None and facts.supporter.email is not None
    return facts if is_there else None


def _state(alert: SignAlert, now: datetime) -> AlertState:
    return alert_state(
        asked_at=alert.asked_at,
        confirmed_at=alert.confirmed_at,
        stopped_at=alert.stopped_at,
        told_at=alert.told_at,
        lasts=LINK_LASTS,
        now=now,
    )


def _shown(facts: AlertFacts, links: Links, now: datetime) -> Alert:
    return Alert(
        session=facts.motion.session,
        number=facts.motion.number,
        member_id=facts.member.member_id,
        member_name=facts.member.name,
        wording=facts.alert.wording,
        state=_state(facts.alert, now),
        own_page=links.own_page(facts.supporter.ref),
    )
