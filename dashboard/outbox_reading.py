"""What the outbox's pages read: messages, their MPs, what was done, as rows of a page."""

from collections.abc import Mapping, Sequence

from dashboard import outbox_views as views
from dashboard.desk import Desk
from dashboard.outbox_words import DONE
from dashboard.problems import ProblemError
from dashboard.review_views import member_words
from dashboard.staff_forms import whole_number
from tracker import store
from tracker.rules.likeness import likeness
from tracker.rules.sending import HELD_SIGNED
from tracker.store import Session, outbox_desk
from tracker.store.tables import Message, MessageKind, MessageState
from tracker.supporters.queue import suggested_members


def messages_listed(
    session: Session, state: MessageState, told: Mapping[str, str]
) -> Sequence[Message]:
    """Return a page of the messages in a state; `told` says after or before which."""
    if state in DONE:
        before_id = whole_number(told.get("before", ""))
        return outbox_desk.newest_messages(
            session, state, limit=views.PAGE_ROWS, before_id=before_id
        )
    after_id = whole_number(told.get("after", "")) or 0
    return store.messages_in(
        session, (state,), limit=views.PAGE_ROWS, after_id=after_id
    )


def rows_of(
    session: Session, desk: Desk, messages: Sequence[Message]
) -> list[views.Row]:
    """Return these messages as rows of the list."""
    names, now = names_of(session, messages), desk.clock()
    return [
        views.row_of(
            message,
            names.get(message.member_id or 0),
            views.acts_of(message, has_signed=has_signed_since(session, message)),
            now=now,
        )
        for message in messages
    ]


def has_signed_since(session: Session, message: Message) -> bool:
    """Return whether the MP's name is on the list; asked only where it matters."""
    if message.error != HELD_SIGNED or message.state is not MessageState.HELD:
        return False
    return store.has_signed(session, message.motion_id or 0, message.member_id or 0)


def names_of(session: Session, messages: Sequence[Message]) -> dict[int, str]:
    """Return the MPs of these messages by id, with their seats."""
    ids = {message.member_id for message in messages if message.member_id}
    return {
        key: member_words(member)
        for key, member in suggested_members(session, ids).items()
    }


def likeness_of(
    session: Session, message: Message, mp: str | None
) -> views.LikenessRow | None:
    """Return how alike the emails to the message's MP are, if it is one to an MP."""
    if message.kind is not MessageKind.TO_MEMBER or mp is None:
        return None
    motion_id, member_id = message.motion_id or 0, message.member_id or 0
    alike = likeness(store.latest_texts(session, motion_id, member_id))
    return views.likeness_row(mp, alike, count=alike.email_count)


def done_of(session: Session, desk: Desk, number: int | None) -> str | None:
    """Return in words what became of the message that somebody just decided about."""
    message = store.message_by_id(session, number) if number else None
    if message is None:
        return None
    return views.done_words(message, is_holding=desk.settings.mail.mode == "hold")


def message_of(session: Session, number: int) -> Message:
    """Return a message; a problem 404 if there is none."""
    message = store.message_by_id(session, number)
    if message is None:
        raise ProblemError(404, f"There is no message {number} in the outbox.")
    return message


def number_of(text: str) -> int:
    """Return the number in an address; a problem 404 if it is none."""
    number = whole_number(text)
    if number is None:
        raise ProblemError(404, "There is no such message in the outbox.")
    return number
