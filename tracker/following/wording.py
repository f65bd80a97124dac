"""The Message of one follow-up: what it says, with real names, days and numbers."""

from collections.abc import Sequence
from datetime import date, datetime

from tracker import store
from tracker.clock import london_date
from tracker.config import Settings
from tracker.following.looking import Sight
from tracker.outbox.compose import Draft
from tracker.outbox.follow_up_texts import Occasion, Phone, follow_up_text
from tracker.rules.follow_ups import Rule, Text
from tracker.store import NewMessage, Session, follow_ups
from tracker.store.tables import (
    FollowUp,
    MemberContact,
    Message,
    MessageKind,
    Supporter,
)


def message_for(
    session: Session, settings: Settings, sight: Sight, rule: Rule, row: FollowUp
) -> Message:
    """Return the Message of a supporter's follow-up, written now; held in `hold`."""
    supporter = session.get_one(Supporter, row.supporter_id)
    draft = draft_for(session, settings, sight, rule, row)
    return store.queue_message(
        session,
        NewMessage(
            kind=MessageKind.FOLLOW_UP,
            dedupe_key=f"follow-up:{row.id}",
            to_address=supporter.email or "",
            subject=draft.subject,
            body=draft.body,
            motion_id=row.motion_id,
            member_id=row.member_id,
            supporter_id=row.supporter_id,
        ),
        is_held=settings.mail.mode == "hold",
        domain=settings.mail.sender.rpartition("@")[2] or "localhost",
        now=sight.now,
    )


def draft_for(
    session: Session, settings: Settings, sight: Sight, rule: Rule, row: FollowUp
) -> Draft:
    """Return what the supporter would be written now."""
    supporter = session.get_one(Supporter, row.supporter_id)
    motion, house = sight.house.motion, sight.house
    seat = house.seats.get(row.member_id)
    ids = [row.supporter_id]
    wrote = follow_ups.first_emails(session, sight.motion_id, row.member_id, ids)
    path = f"{settings.web.base_url}/motions/{motion.session}/{motion.number}/act"
    about = Occasion(
        supporter_name=supporter.name,
        member_name=house.name_of(row.member_id),
        constituency=seat.constituency if seat else None,
        session=motion.session,
        number=motion.number,
        title=motion.title,
        wrote_on=london_date(wrote.get(row.supporter_id, sight.now)),
        news_on=_news_on(sight, rule, row.member_id),
        phone=office_phone(store.contacts_of(session, row.member_id)),
        act_url=path,
    )
    return follow_up_text(rule.text, about)


def office_phone(contacts: Sequence[MemberContact]) -> Phone | None:
    """Return the number to ring: the constituency office's, else the first known."""
    phones = [contact for contact in contacts if contact.kind == "phone"]
    phones.sort(key=lambda contact: "onstituen" not in contact.label)
    return Phone(phones[0].label, phones[0].value) if phones else None


def _news_on(sight: Sight, rule: Rule, member_id: int) -> date | None:
    known = sight.house.facts.get(member_id)
    if known is None:
        return None
    moment: datetime | None = known.newest_at
    if rule.text is Text.THANK:
        moment = known.signed_at
    return london_date(moment) if moment else None
