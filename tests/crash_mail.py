"""Works that send: one email to an MP, and follow-ups planned and sent (C3)."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from tests.conftest import FakeClock
from tests.crash_ledger import opened
from tests.crash_sink import Sink
from tests.crash_work import Work
from tests.follow_up_process import work_once
from tests.follow_up_scene import MONDAY, FollowUpScene, follow_up_settings
from tests.outbox_scene import Scene, scene_settings
from tests.sender_process import send_all
from tracker import store
from tracker.store.tables import (
    EmailState,
    FollowUp,
    Message,
    MessageKind,
    MessageState,
    SupporterEmail,
)


class Sending(Work):
    """Something that leaves by a mail server: nobody may get anything twice."""

    def __init__(self, template: Path, scratch: Path, sink: Sink) -> None:
        super().__init__(template, scratch)
        self.sink = sink

    def messages(self, folder: Path, kind: MessageKind) -> list[Message]:
        """Return what is in the outbox; what counts as sent was taken, and once."""
        engine = opened(folder)
        with store.read(engine) as session:
            found = session.exec(
                select(Message).where(Message.kind == kind).order_by(col(Message.id))
            ).all()
        engine.dispose()
        taken = self.sink.ids()
        assert max(taken.values(), default=0) <= 1, "nobody gets two"
        for message in found:
            self.seen[message.state.value] += 1
            if message.state is MessageState.SENT:
                assert taken[message.message_id] == 1, "what counts as sent was taken"
            else:
                assert message.state is MessageState.UNCERTAIN, "nothing is lost"
        self.sink.clear()
        return list(found)


class Send(Sending):
    """One email to an MP; then a second sender takes up what the first had left."""

    name = "send"
    every = 6

    def prepare(self, folder: Path) -> None:
        """Put one email into the outbox, ready to leave."""
        shutil.copy(self.template, folder / "tracker.db")
        settings = scene_settings(folder, smtp_url=self.sink.url)
        scene = Scene(opened(folder), settings, FakeClock(), is_simulated=True)
        scene.add_member()
        scene.add_letter()
        scene.engine.dispose()

    def act(self, folder: Path) -> None:
        """Send all that is due, as a worker that starts does."""
        send_all(folder, self.sink.url)

    def state(self, folder: Path) -> object:
        """Return that it is settled, one way or the other; the count goes with it."""
        [message] = self.messages(folder, MessageKind.TO_MEMBER)
        engine = opened(folder)
        with store.read(engine) as session:
            [email] = session.exec(select(SupporterEmail)).all()
        engine.dispose()
        is_sent = message.state is MessageState.SENT
        assert email.state is (EmailState.COUNTED if is_sent else EmailState.OUTGOING)
        return "settled"


class FollowUps(Sending):
    """Three who wrote four days ago are to be reminded, two of them at this moment.

    Of two who wrote to one MP, the second is told to ring a little later.
    """

    name = "follow-up"
    every = 13
    now = MONDAY + timedelta(days=4, minutes=1)

    def prepare(self, folder: Path) -> None:
        """Have three people write on a Monday, to an MP who does not sign."""
        shutil.copy(self.template, folder / "tracker.db")
        engine = opened(folder)
        settings = follow_up_settings(folder, f"sqlite:///{folder / 'tracker.db'}")
        scene = FollowUpScene(engine, settings, FakeClock())
        scene.add_members(10, 11)
        for member_id in (10, 10, 11):
            scene.add_supporter(member_id)
        scene.run()
        engine.dispose()

    def act(self, folder: Path) -> None:
        """Plan and send on the Friday, as a worker that starts does."""
        work_once(folder, self.sink.url, self.now)

    def state(self, folder: Path) -> Any:
        """Return the plan; each that was planned has left once, or is in doubt."""
        assert len(self.messages(folder, MessageKind.FOLLOW_UP)) == 2
        engine = opened(folder)
        with store.read(engine) as session:
            rows = session.exec(select(FollowUp)).all()
        engine.dispose()
        return sorted((row.supporter_id, row.rule, row.state.value) for row in rows)
