"""What a worker does with the outbox when it starts, for a process that may be killed."""

from datetime import UTC, datetime
from pathlib import Path

from tests.outbox_scene import KEY, scene_settings
from tracker.outbox.links import Links
from tracker.outbox.loop import _record_deaths
from tracker.outbox.mail_server import Patience, server_of
from tracker.outbox.sender import OutboxSender
from tracker.outbox.smtp import Mailer
from tracker.store.engine import open_engine


def clock() -> datetime:
    return datetime(2026, 6, 15, 12, 30, tzinfo=UTC)


def send_all(folder: Path, url: str, database: str = "tracker.db") -> None:
    """Take up what a sender that died has left, and send all that is due."""
    settings = scene_settings(folder, smtp_url=url)
    engine = open_engine(f"sqlite:///{folder / database}")
    _record_deaths(engine, clock, "sender-0")
    sender = OutboxSender(
        settings,
        engine,
        clock,
        slot="sender-0",
        mailer=Mailer(server_of(settings.mail), Patience(5, 10, 10)),
        links=Links(settings.web.base_url, KEY),
    )
    while sender.send_batch():
        pass
    engine.dispose()
