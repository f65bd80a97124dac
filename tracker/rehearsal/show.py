"""`tracker demo`: the whole program against a stand-in Parliament, in quick time, offline.

Owns how the two are put together and the folder they use. Every page says REHEARSAL;
nothing here reads the user's configuration, and nothing leaves the machine.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from tracker.clock import utc_now
from tracker.config import Settings, settings_from
from tracker.rehearsal.crowd import Crowd
from tracker.rehearsal.demo import DEMO_NUMBER, demo_steps, demo_world
from tracker.rehearsal.hearing import strangers_ask, supporters_hear_back
from tracker.rehearsal.hook_sink import SECRET, hook_sink
from tracker.rehearsal.mail_sink import mail_sink
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.staff import add_rehearsal_staff, staff_rang
from tracker.rehearsal.supporters import supporters_write
from tracker.rehearsal.timeline import Timeline
from tracker.rehearsal.world import World
from tracker.rules.event_types import EventType
from tracker.store import Engine
from tracker.store.schema import open_database
from tracker.worker import run_worker

Serve = Callable[[Settings, Engine, asyncio.Event], Awaitable[None]]
"""Starts the dashboard and returns when the event is set; given by the command."""

_FOLLOW_UPS = (
    {"name": "ask-and-ring", "after_days": 4},
    {"name": "ring-the-office", "after_days": 4, "send": "staff"},
    {"name": "second-email", "after_days": 10},
    {"name": "thank-you", "on_event": "signature.signed", "settle_hours": 0},
)
"""The program's own, thanks given at once, and a rule for staff: their list is shown too."""

HOST = "127.0.0.1"
PORT = 8000
"""The dashboard's, unless another is asked for or it is in use."""


async def run_demo(
    folder: Path, *, port: int, serve: Serve, stop: asyncio.Event
) -> None:
    """Run the rehearsal until `stop`: a House of 650, signatures arriving as one looks.

    Supporters write, confirm and are counted; their emails are kept in `folder`/mail,
    what other programs and staff are told in `folder`/hooks.
    One user is there, so that the staff's pages can be looked at (staff.py).
    `folder` gets a new database every time. `port` is where `serve` shows it.
    """
    world = demo_world(utc_now)
    with (
        StandIn(world, fresh_seconds=1) as parliament,
        Timeline(world, demo_steps()),
    ):
        for leftover in folder.glob("rehearsal.db*"):
            leftover.unlink()
        async with mail_sink(folder) as mail_port, hook_sink(folder) as hook_port:
            settings = demo_settings(
                world,
                parliament.url,
                folder,
                port,
                mail_port,
                hook_port,
            )
            engine = open_database(settings.database.url, is_upgraded=True)
            add_rehearsal_staff(engine, clock=utc_now)
            await asyncio.gather(
                run_worker(settings, engine, clock=utc_now, stop=stop),
                _people_act(settings, engine, world, stop),
                serve(settings, engine, stop),
            )
            engine.dispose()


async def _people_act(
    settings: Settings, engine: Engine, world: World, stop: asyncio.Event
) -> None:
    """Have supporters, strangers and staff do what they do, until `stop`."""
    crowd, told = Crowd(world), (settings, engine)
    await asyncio.gather(
        supporters_write(*told, world, clock=utc_now, stop=stop, crowd=crowd),
        supporters_hear_back(*told, crowd, clock=utc_now, stop=stop),
        strangers_ask(*told, world, crowd, clock=utc_now, stop=stop),
        staff_rang(*told, clock=utc_now, stop=stop),
    )


def demo_settings(
    world: World,
    url: str,
    folder: Path,
    port: int,
    mail_port: int,
    hook_port: int = 9,
) -> Settings:
    """Return the rehearsal's configuration: it alone may poll every second.

    Emails go to the sink at `mail_port` of this machine, what programs and staff are
    told to the one at `hook_port`.
    """
    return settings_from(
        {
            "motions": [{"number": DEMO_NUMBER, "session": world.sessions[0].name}],
            "parliament": {
                "motions_url": url,
                "members_url": url,
                "calendar_url": url,
                "contact": "rehearsal@campaign.example",
                "poll_seconds": 1,
                "quiet_poll_seconds": 1,
                "requests_per_second": 200,
                "missing_seconds": 5,
            },
            "database": {"url": "sqlite:///rehearsal.db"},
            "campaign": {"goal": 100},
            "follow_ups": _FOLLOW_UPS,
            "mail": {
                "mode": "send",
                "smtp_url": f"smtp://{HOST}:{mail_port}",
                "sender": "rehearsal@campaign.example",
            },
            "privacy": {
                "controller": "The Rehearsal (nobody)",
                "controller_address": "1 Rehearsal Street",
                "contact": "privacy@campaign.example",
                "complaints_contact": "complaints@campaign.example",
            },
            "web": {"host": HOST, "port": port, "base_url": f"http://{HOST}:{port}"},
            "webhooks": [
                {
                    "name": "rehearsal",
                    "url": f"http://{HOST}:{hook_port}/hook",
                    "events": [type_.value for type_ in EventType],
                }
            ],
            "notify": {"urls": [f"json://{HOST}:{hook_port}/staff"]},
            "network": {"allow_private_webhooks": True},
        },
        folder=folder,
        environ={"TRACKER_WEBHOOK_REHEARSAL_SECRET": SECRET},
        rehearsal=True,
    )
