"""The story of the action page's form: a person asks for one email to their MP.

1. Look again, in the transaction that writes: is there still somebody to write to?
2. Find the person by their address, or add them. Nothing that is known of a person is
   changed: whoever typed the address has not shown yet that it is theirs.
3. Write the SupporterEmail (outgoing), the boxes that were ticked, the Message to the
   MP (not to be sent) and the Message that asks to confirm: all or nothing.

The answer is the same whoever is asked about (checks.md W16). Confirming is in
confirming.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from tracker import store
from tracker.board.motion import PARLIAMENTS_PAGE
from tracker.clock import london_date
from tracker.config import MotionSettings, Settings
from tracker.keys import email_key, keyed_hash, new_refs, secret_key
from tracker.outbox import notices
from tracker.outbox.compose import AboutMotion, Draft, member_email
from tracker.outbox.look import why_over
from tracker.outbox.notices import About
from tracker.outbox.wording import TextError
from tracker.rules.asks import Ask, request_words
from tracker.rules.matching import MatchMethod
from tracker.rules.sending import ASKED_NOT_TO, NO_ADDRESS, VACANT, chosen_address
from tracker.store import Engine, NewMessage, Session
from tracker.store.tables import (
    EmailState,
    Member,
    MessageKind,
    Motion,
    Supporter,
    SupporterEmail,
    Way,
)
from tracker.supporters.addressee import NOT_READ
from tracker.supporters.boxes import ticked
from tracker.supporters.letter_form import Filled

DAILY_CAP = 5
"""How many emails one address may ask for within 24 hours (checks.md M12)."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A form that is right, to whom, and the key that was made with its page.

    `constituency` and `ons_code` are the MP's seat.
    """

    watched: MotionSettings
    member_id: int
    constituency: str
    ons_code: str | None
    ask: Ask
    filled: Filled
    form_key: str


class NothingToSendError(Exception):
    """There is nobody to write to any more; the text is a clause."""


def take_form(
    engine: Engine, settings: Settings, entry: Entry, *, now: datetime
) -> None:
    """Write down what the form asks for, once: it is on disk when this returns.

    The same form again, the same letter within a day, or more than DAILY_CAP letters
    write nothing, and nobody can tell. Raises NothingToSendError, TextError (the
    subject is too long) and DatabaseError (nothing was written).
    """
    [refused] = take_forms(engine, settings, [(entry, now)])
    if refused is not None:
        raise refused


def take_forms(
    engine: Engine, settings: Settings, entries: Iterable[tuple[Entry, datetime]]
) -> list[NothingToSendError | TextError | None]:
    """Write down several forms, each as of its moment, with one commit for all.

    Return in their order why a form was refused, None if it is on disk. One that is
    refused leaves no trace, and the others as they are. Raises DatabaseError: nothing
    of any of them was written.
    """
    key = secret_key(settings)
    refusals: list[NothingToSendError | TextError | None] = []
    with store.write(engine) as session:
        store.lock_emails(session)  # the same form twice at once is one
        for entry, now in entries:
            try:
                with session.begin_nested():
                    _take(session, settings, key, entry, now)
            except (NothingToSendError, TextError) as error:
                refusals.append(error)
            else:
                refusals.append(None)
    return refusals


def _take(
    session: Session, settings: Settings, key: bytes, entry: Entry, now: datetime
) -> None:
    motion, member, to_address = _still_there(session, settings, entry, now)
    draft = letter_of(session, settings, entry, motion)
    person = _person(session, key, entry, now)
    new = _to_member(key, entry, motion, person, to_address, draft)
    if _is_known(session, new, now):
        return
    email = _outgoing(session, entry, new, now)
    _write(session, settings, entry, member, new, email, now)


def letter_of(
    session: Session, settings: Settings, entry: Entry, motion: Motion
) -> Draft:
    """Return the email as it would go out."""
    member = session.get_one(Member, entry.member_id)
    return member_email(
        entry.filled.letter,
        AboutMotion(
            session=motion.session,
            number=motion.number,
            title=motion.title or f"EDM {motion.number}",
            url=PARLIAMENTS_PAGE.format(parliament_id=motion.parliament_id),
            member_name=member.name,
            constituency=entry.constituency,
            campaign=settings.campaign.name,
            privacy_url=f"{settings.web.base_url}/privacy",
        ),
        subject=settings.campaign.message_subject,
        request=request_words(entry.ask, motion.number),
    )


def message_domain(settings: Settings) -> str:
    """Return the domain of Message-IDs: the sender's, else that of the pages."""
    sender = settings.mail.sender.rpartition("@")[2]
    return sender or urlsplit(settings.web.base_url).hostname or "localhost"


def _still_there(
    session: Session, settings: Settings, entry: Entry, now: datetime
) -> tuple[Motion, Member, str]:
    motion = store.motion_by_number(
        session, entry.watched.session, entry.watched.number
    )
    member = session.get(Member, entry.member_id)
    if motion is None or motion.id is None or motion.parliament_id is None:
        raise NothingToSendError(NOT_READ)
    over = why_over(session, settings, motion, now)
    if over is not None:
        raise NothingToSendError(over)
    if member is None or not store.holds_seat(
        session, member.member_id, london_date(now)
    ):
        raise NothingToSendError(VACANT)
    if store.has_signed(session, motion.id, member.member_id):
        raise NothingToSendError("the MP has signed in the meantime")
    address = chosen_address(store.email_addresses(session, member.member_id))
    if member.no_email_reason is not None or address is None:
        raise NothingToSendError(NO_ADDRESS if address is None else ASKED_NOT_TO)
    return motion, member, address


def _person(session: Session, key: bytes, entry: Entry, now: datetime) -> Supporter:
    """Return whoever has this address, as they are, or a new person.

    The postal address and the full postcode are kept in the letter alone.
    """
    address = entry.filled.email
    known = store.supporter_by_key(session, email_key(key, address))
    if known is not None:
        return known
    person = Supporter(
        ref=new_refs(now, 1)[0],
        email_key=email_key(key, address),
        email=address,
        name=entry.filled.letter.name,
        ons_code=entry.ons_code,
        created_at=now,
        last_act_at=now,
    )
    session.add(person)
    session.flush()
    return person


def _to_member(
    key: bytes,
    entry: Entry,
    motion: Motion,
    person: Supporter,
    to_address: str,
    draft: Draft,
) -> NewMessage:
    # Who corrects a mistyped address in the same form is somebody else.
    cause = f"{entry.form_key}:{person.ref}:{motion.id}:{entry.member_id}"
    return NewMessage(
        kind=MessageKind.TO_MEMBER,
        dedupe_key=f"form:{keyed_hash(key, 'form', cause)}",
        to_address=to_address,
        subject=draft.subject,
        body=draft.body,
        motion_id=motion.id,
        member_id=entry.member_id,
        supporter_id=person.id,
        reply_to=entry.filled.email,
    )


def _is_known(session: Session, new: NewMessage, now: datetime) -> bool:
    """Return whether this was asked for before, or is more than anybody may ask for.

    The same words to the same MP within a day are the same form, also from a page that
    was loaded anew.
    """
    assert new.supporter_id is not None, "a form has a person"
    return (
        store.message_by_key(session, new.dedupe_key) is not None
        or store.same_letter(session, new, since=now - _DAY) is not None
        or store.written_count(session, new.supporter_id, since=now - _DAY) >= DAILY_CAP
    )


def _outgoing(
    session: Session, entry: Entry, new: NewMessage, now: datetime
) -> SupporterEmail:
    """Return the new SupporterEmail. It counts for nobody, and its time is for the while.

    What the form said of the person is kept with it until the address is confirmed.
    """
    assert new.motion_id is not None, "a letter is about a motion"
    assert new.supporter_id is not None, "a letter is a person's"
    minute = store.free_minute(
        session,
        motion_id=new.motion_id,
        member_id=entry.member_id,
        supporter_id=new.supporter_id,
        minute=int(now.timestamp()) // 60,
    )
    email = SupporterEmail(
        motion_id=new.motion_id,
        member_id=entry.member_id,
        supporter_id=new.supporter_id,
        way=Way.FORM,
        state=EmailState.OUTGOING,
        method=MatchMethod.FORM,
        sent_at=now,
        sent_minute=minute,
        subject=new.subject,
        told_name=entry.filled.letter.name,
        told_ons_code=entry.ons_code,
    )
    session.add(email)
    session.flush()
    return email


def _write(
    session: Session,
    settings: Settings,
    entry: Entry,
    member: Member,
    new: NewMessage,
    email: SupporterEmail,
    now: datetime,
) -> None:
    assert email.id is not None, "a stored email has an id"
    consents = ticked(
        settings,
        member.name,
        entry.filled.kinds,
        supporter_id=email.supporter_id,
        now=now,
    )
    store.record_ticked(session, consents, email_id=email.id)
    for message in (
        replace(new, supporter_email_id=email.id),
        _confirmation(entry, member, email),
    ):
        store.queue_message(
            session,
            message,
            is_held=settings.mail.mode == "hold",
            domain=message_domain(settings),
            now=now,
        )


def _confirmation(entry: Entry, member: Member, email: SupporterEmail) -> NewMessage:
    watched = entry.watched
    # Without a name: else anybody could have words of theirs sent to any address.
    about = About(None, member.name, watched.session, watched.number)
    draft = notices.confirmation(about)
    return NewMessage(
        kind=MessageKind.CONFIRMATION,
        dedupe_key=f"confirmation:{email.id}",
        to_address=entry.filled.email,
        subject=draft.subject,
        body=draft.body,
        motion_id=email.motion_id,
        member_id=entry.member_id,
        supporter_id=email.supporter_id,
        supporter_email_id=email.id,
    )
