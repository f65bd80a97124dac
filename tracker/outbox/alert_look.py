"""The last look at an email about an alert, in the transaction that lets it leave."""

from tracker import store
from tracker.rules.sending import NO_CONSENT, SEND, Action, Verdict
from tracker.store import Session
from tracker.store.tables import Message, MessageKind

NOT_LISTED = "the MP's name is no longer on Parliament's list"
CONFIRMED = "it was confirmed already"


def look_at_alert(session: Session, message: Message) -> Verdict:
    """Return what is to become of it: only who asked and confirmed is told, of what is so."""
    alert = store.alert_of_message(session, message)
    if alert is None or alert.stopped_at is not None:
        return Verdict(Action.CANCEL, NO_CONSENT)
    if message.kind is MessageKind.ALERT_CONFIRMATION:
        is_waiting = alert.confirmed_at is None
        return SEND if is_waiting else Verdict(Action.CANCEL, CONFIRMED)
    if alert.confirmed_at is None:
        return Verdict(Action.CANCEL, NO_CONSENT)
    is_so = message.kind is MessageKind.ALERT_OVER or store.has_signed(
        session, alert.motion_id, alert.member_id
    )
    return SEND if is_so else Verdict(Action.CANCEL, NOT_LISTED)
