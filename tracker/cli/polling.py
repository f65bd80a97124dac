"""`tracker poll`: read every configured motion once, now, whatever the schedule says.

Obeys only a Retry-After of Parliament's that is not over (product.md 3.7). What a poll
does is told in tracker/poll.py.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

import click

from tracker.cli.failures import CommandError
from tracker.cli.output import counted, say, say_json
from tracker.cli.shell import Shell
from tracker.clock import Clock
from tracker.config import Settings
from tracker.desk import open_desk
from tracker.members import fetch_after_poll
from tracker.parliament.errors import ParliamentError
from tracker.poll import poll_motion
from tracker.recording import PollReport
from tracker.store import Engine

log = logging.getLogger(__name__)

AFTERWARDS_SECONDS = 10
"""How long, at Parliament's pace, the command goes on for Members that it named anew."""


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Write one JSON document.")
@click.option(
    "--accept",
    "is_accepted",
    is_flag=True,
    help="You vouch for the answer: believe at once that names are gone.",
)
@click.pass_obj
def poll(shell: Shell, is_json: bool, is_accepted: bool) -> None:
    """Poll every configured motion once, now."""
    settings = shell.settings()

    def tell(reports: Sequence[PollReport]) -> None:
        if is_json:
            say_json({"motions": [report_object(report) for report in reports]})
            return
        for report in reports:
            say(report_line(report))

    with shell.database(settings, is_upgraded=True) as engine:
        reports = asyncio.run(
            poll_all(settings, engine, shell.clock, tell, is_accepted=is_accepted)
        )
    if failed := [report for report in reports if not report.outcome.is_ok]:
        raise CommandError(failure_sentence(failed))


async def poll_all(
    settings: Settings,
    engine: Engine,
    clock: Clock,
    tell: Callable[[Sequence[PollReport]], None],
    *,
    is_accepted: bool,
) -> list[PollReport]:
    """Return what one poll of each motion brought, in the order of the configuration.

    `tell` is given it before the Members that the polls named anew are fetched: a poll
    never waits for them (product.md 3.6). There can be two hundred, at a request each:
    those for whom there is no time are left for the next poll, a worker or
    `members sync`. A failure is logged, for the signatures count without it.
    """
    async with open_desk(settings, engine, clock) as desk:
        reports = [
            await poll_motion(desk.poll, watched, is_accepted=is_accepted)
            for watched in settings.motions
        ]
        tell(reports)
        if not any(report.outcome.is_ok for report in reports):
            return reports
        doubted = [
            member_id
            for report in reports
            for member_id in (*report.withdrawn, *report.removed)
        ]
        pace = settings.parliament.requests_per_second
        at_most = max(1, int(AFTERWARDS_SECONDS * pace))
        try:
            await fetch_after_poll(desk.members, doubted, at_most=at_most)
        except ParliamentError as error:
            log.warning("Members could not be fetched after the poll: %s", error)
        return reports


def report_object(report: PollReport) -> dict[str, object]:
    """Return the object of `poll --json` (product.md 8), backfilled changes included."""
    return {
        "session": report.session,
        "number": report.number,
        "ok": report.outcome.is_ok,
        "outcome": report.outcome.value,
        "error": report.error,
        "signature_count": report.signature_count,
        "signed": list(report.signed),
        "withdrawn": list(report.withdrawn),
        "removed": list(report.removed),
    }


def report_line(report: PollReport) -> str:
    """Return what a poll brought, in one line for people."""
    changes = [
        f"{len(ids)} {word}"
        for word, ids in (
            ("signed", report.signed),
            ("withdrawn", report.withdrawn),
            ("removed", report.removed),
        )
        if ids
    ]
    count = counted(report.signature_count, "signature")
    found = ", ".join([count if report.is_counted else "no number yet", *changes])
    note = f" ({report.note})" if report.note else ""
    return f"{_named(report)}: {report.outcome}; {found}{note}"


def failure_sentence(failed: Sequence[PollReport]) -> str:
    """Return why each of these motions was not read, in one sentence."""
    return "; ".join(
        f"{_named(report)} was not read: {report.error}" for report in failed
    )


def _named(report: PollReport) -> str:
    return f"EDM {report.number} of {report.session}"
