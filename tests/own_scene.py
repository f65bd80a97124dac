"""A person of the action page whose email has reached their MP: it counts. Invented."""

from datetime import datetime

from tests.action_scene import JANE, ActionScene
from tracker import store
from tracker.rules.handover import Fate, Outcome
from tracker.store.tables import Message, MessageKind


def counted(scene: ActionScene, *, reminders: bool = True) -> None:
    """Have the canary write to Jane Carver, confirm, and the email leave at once."""
    scene.post(reminders="yes" if reminders else None)
    scene.client.post(scene.confirm_path())
    hand_over(scene)


def hand_over(scene: ActionScene, at: datetime | None = None) -> None:
    """Have the newest email to Jane Carver be taken by the office's server."""
    now = at or scene.clock()
    with store.write(scene.engine) as session:
        store.lock_emails(session)
        message = store.message_by_id(
            session,
            max(
                one.id or 0
                for one in scene.messages(MessageKind.TO_MEMBER)
                if one.member_id == JANE
            ),
        )
        assert isinstance(message, Message)
        store.record_claim(session, message, "test", now)
        store.record_handover(session, message, now)
        store.record_outcome(session, message, Outcome(Fate.GONE), now)
