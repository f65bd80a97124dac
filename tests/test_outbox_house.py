"""A seat that falls vacant at Parliament cancels, in the sync that brings it."""

from datetime import timedelta

from tests.upstream import FIRST_MEMBER, watching
from tracker import store
from tracker.members import sync_members
from tracker.rules.sending import VACANT
from tracker.store import NewMessage
from tracker.store.tables import MessageKind, MessageState


def test_an_mp_who_leaves_gets_no_email_that_still_waits(
    sqlite_engine, settings, clock
):
    gone, stays = FIRST_MEMBER + 600, FIRST_MEMBER + 601
    with watching(sqlite_engine, settings, clock) as watch:
        watch.poll()
        watch.run(lambda desk: sync_members(desk.members))
        ids = {}
        with store.write(watch.engine) as session:
            [motion] = store.all_motions(session)
            for member_id in (gone, stays):
                message = store.queue_message(
                    session,
                    NewMessage(
                        kind=MessageKind.TO_MEMBER,
                        dedupe_key=f"letter to {member_id}",
                        to_address="mp@parliament.uk",
                        subject="EDM 718",
                        body="Please sign.\n",
                        motion_id=motion.id,
                        member_id=member_id,
                        confirmed_at=clock(),
                    ),
                    is_held=False,
                    domain="example.org",
                    now=clock(),
                )
                ids[member_id] = message.id
        clock.advance(86_400)
        left_on = watch.world.today() - timedelta(days=1)
        watch.world.leave(gone, left_on, "Resigned")
        watch.run(lambda desk: sync_members(desk.members))
    with store.read(sqlite_engine) as session:
        left = store.message_by_id(session, ids[gone] or 0)
        waits = store.message_by_id(session, ids[stays] or 0)
    assert left is not None
    assert waits is not None
    assert (left.state, left.error) == (MessageState.CANCELLED, VACANT)
    assert waits.state is MessageState.QUEUED
