"""The story of the action page's form: a person asks for one email to their MP.

1. Look again, in the transaction that writes: is there still somebody to write to?
2. Find the person by their address, or add them. Nothing that is known of a person is
   changed: whoever typed the address has not shown yet that it is theirs.
3. Write the SupporterEmail (outgoing), the boxes that were ticked, the Message to the
   MP (not to be sent) and the Message that asks to confirm: all or nothing.

Forms that wait at the same moment go through these steps together, so that each step
costs a statement or two for all of them. The answer is the same whoever is asked about
(checks.md W16). Confirming is in confirming.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from tracker import store
from tracker.board.motion import PARLIAMENTS_PAGE
from tracker.config import MotionSettings, Settings
from tracker.keys import email_key, keyed_hash, new_refs, secret_key
from tracker.outbox import notices
from tracker.outbox.compose import AboutMotion, Draft, member_email
from tracker.outbox.notices import About
from tracker.outbox.wording import TextError
from tracker.rules.asks import Ask, request_words
from tracker.rules.matching import MatchMethod
from tracker.store import Engine, NewMessage, Session
from tracker.store.tables import (
    Consent,
    EmailState,
    Member,
    Message,
    MessageKind,
    Motion,
    Supporter,
    SupporterEmail,
    Way,
)
from tracker.supporters.boxes import WORDING_VERSION, ticked
from tracker.supporters.last_look import LastLook, NothingToSendError, Open
from tracker.supporters.letter_form import Filled

DAILY_CAP = 5
"""How many emails one address may ask for within 24 hours (checks.md M12)."""

_DAY = timedelta(days=1)
_Row = dict[str, Any]


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


@dataclass(frozen=True, slots=True)
class _Asked:
    """A form that there is somebody to write to for: who asks, and the email as it is."""

    entry: Entry
    at: datetime
    email_key: str
    to: Open
    draft: Draft


@dataclass(frozen=True, slots=True)
class _Letter:
    """A form's email to the MP that is to be written, and whether the person is new."""

    asked: _Asked
    new: NewMessage
    supporter_id: int
    is_new_person: bool


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
    forms = list(entries)
    refusals: list[NothingToSendError | TextError | None] = [None] * len(forms)
    asked: list[_Asked] = []
    with store.write(engine) as session:
        store.lock_emails(session)  # the same form twice at once is one
        look = LastLook(
            session, settings, ((e.watched, e.member_id, at) for e, at in forms)
        )
        for place, (entry, now) in enumerate(forms):
            try:
                asked.append(_asked(settings, look, key, entry, now))
            except (NothingToSendError, TextError) as error:
                refusals[place] = error
        for turn in _turns(asked):
            _write(session, settings, key, turn)
    return refusals


def letter_of(
    settings: Settings, entry: Entry, motion: Motion, member: Member
) -> Draft:
    """Return the email as it would go out."""
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


def _asked(
    settings: Settings, look: LastLook, key: bytes, entry: Entry, now: datetime
) -> _Asked:
    to = look.at(entry.watched, entry.member_id, now)
    draft = letter_of(settings, entry, to.motion, to.member)
    return _Asked(entry, now, email_key(key, entry.filled.email), to, draft)


def _turns(asked: Sequence[_Asked]) -> list[list[_Asked]]:
    """Return the forms in their order, in turns that each have everybody at most once.

    So what a person asked for before is there when their next form is looked at.
    """
    turns: list[list[_Asked]] = []
    count: dict[str, int] = {}
    for one in asked:
        turn = count.get(one.email_key, 0)
        count[one.email_key] = turn + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(one)
    return turns


def _write(
    session: Session, settings: Settings, key: bytes, turn: Sequence[_Asked]
) -> None:
    """Write down forms of different people."""
    letters = [
        letter
        for letter in _letters(session, key, turn)
        if not _is_known(session, letter)
    ]
    email_ids = store.reserve_ids(session, SupporterEmail, len(letters))
    emails, consents, messages = list[_Row](), list[_Row](), list[_Row]()
    for letter, email_id in zip(letters, email_ids, strict=True):
        emails.append(_outgoing(session, letter, email_id))
        consents += _ticked(settings, letter, email_id)
        messages += _messages(settings, letter, email_id)
    store.add_rows(session, SupporterEmail, emails)
    store.add_rows(session, Consent, consents)
    store.add_rows(session, Message, messages)


def _letters(session: Session, key: bytes, turn: Sequence[_Asked]) -> list[_Letter]:
    """Return the emails of people, who are added if their address is new."""
    people = store.known_people(session, [one.email_key for one in turn])
    new = [one for one in turn if one.email_key not in people]
    ids = store.reserve_ids(session, Supporter, len(new))
    rows = [_new_person(one, new_id) for one, new_id in zip(new, ids, strict=True)]
    store.add_rows(session, Supporter, rows)
    added = {row["email_key"]: (row["id"], row["ref"]) for row in rows}
    return [
        _letter(key, one, *added[one.email_key], is_new_person=True)
        if one.email_key in added
        else _letter(key, one, *people[one.email_key], is_new_person=False)
        for one in turn
    ]


def _new_person(asked: _Asked, person_id: int) -> _Row:
    """Return a person. The postal address and full postcode are in the letter alone."""
    entry, now = asked.entry, asked.at
    return {
        "id": person_id,
        "ref": new_refs(now, 1)[0],
        "email_key": asked.email_key,
        "email": entry.filled.email,
        "name": entry.filled.letter.name,
        "ons_code": entry.ons_code,
        "created_at": now,
        "last_act_at": now,
    }


def _letter(
    key: bytes, asked: _Asked, supporter_id: int, ref: str, *, is_new_person: bool
) -> _Letter:
    entry, to = asked.entry, asked.to
    # Who corrects a mistyped address in the same form is somebody else.
    cause = f"{entry.form_key}:{ref}:{to.motion_id}:{entry.member_id}"
    new = NewMessage(
        kind=MessageKind.TO_MEMBER,
        dedupe_key=f"form:{keyed_hash(key, 'form', cause)}",
        to_address=to.to_address,
        subject=asked.draft.subject,
        body=asked.draft.body,
        motion_id=to.motion_id,
        member_id=entry.member_id,
        supporter_id=supporter_id,
        reply_to=entry.filled.email,
    )
    return _Letter(asked, new, supporter_id, is_new_person)


def _is_known(session: Session, letter: _Letter) -> bool:
    """Return whether this was asked for before, or is more than anybody may ask for.

    The same words to the same MP within a day are the same form, also from a page that
    was loaded anew.
    """
    if letter.is_new_person:
        return False
    new, since = letter.new, letter.asked.at - _DAY
    return (
        store.message_by_key(session, new.dedupe_key) is not None
        or store.same_letter(session, new, since=since) is not None
        or store.written_count(session, letter.supporter_id, since=since) >= DAILY_CAP
    )


def _outgoing(session: Session, letter: _Letter, email_id: int) -> _Row:
    """Return the new SupporterEmail. It counts for nobody, and its time is for the while.

    What the form said of the person is kept with it until the address is confirmed.
    """
    entry, now = letter.asked.entry, letter.asked.at
    minute = int(now.timestamp()) // 60
    if not letter.is_new_person:
        minute = store.free_minute(
            session,
            motion_id=letter.asked.to.motion_id,
            member_id=entry.member_id,
            supporter_id=letter.supporter_id,
            minute=minute,
        )
    return {
        "id": email_id,
        "motion_id": letter.asked.to.motion_id,
        "member_id": entry.member_id,
        "supporter_id": letter.supporter_id,
        "way": Way.FORM,
        "state": EmailState.OUTGOING,
        "method": MatchMethod.FORM,
        "sent_at": now,
        "sent_minute": minute,
        "subject": letter.new.subject,
        "told_name": entry.filled.letter.name,
        "told_ons_code": entry.ons_code,
    }


def _ticked(settings: Settings, letter: _Letter, email_id: int) -> list[_Row]:
    """Return the boxes that were ticked; they await the confirmation of the email."""
    mp, kinds = letter.asked.to.member.name, letter.asked.entry.filled.kinds
    return [
        {
            "supporter_id": letter.supporter_id,
            "kind": kind,
            "wording": wording,
            "version": WORDING_VERSION,
            "way": Way.FORM,
            "given_at": letter.asked.at,
            "awaits_email_id": email_id,
        }
        for kind, wording in ticked(settings, mp, kinds)
    ]


def _messages(settings: Settings, letter: _Letter, email_id: int) -> list[_Row]:
    """Return the email to the MP and the question whether it may go."""
    return [
        store.message_row(
            replace(message, supporter_email_id=email_id),
            is_held=settings.mail.mode == "hold",
            domain=message_domain(settings),
            now=letter.asked.at,
        )
        for message in (letter.new, _confirmation(letter, email_id))
    ]


def _confirmation(letter: _Letter, email_id: int) -> NewMessage:
    entry = letter.asked.entry
    watched = entry.watched
    # Without a name: else anybody could have words of theirs sent to any address.
    mp = letter.asked.to.member.name
    draft = notices.confirmation(About(None, mp, watched.session, watched.number))
    return NewMessage(
        kind=MessageKind.CONFIRMATION,
        dedupe_key=f"confirmation:{email_id}",
        to_address=entry.filled.email,
        subject=draft.subject,
        body=draft.body,
        motion_id=letter.asked.to.motion_id,
        member_id=entry.member_id,
        supporter_id=letter.supporter_id,
    )
