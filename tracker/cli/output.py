"""How commands write what they found: one JSON document, or text for people."""

import json
from datetime import date, datetime

import click

from tracker.clock import LONDON
from tracker.logs import visible


def say(line: str) -> None:
    """Write a line for people; what came from outside can't drive the terminal."""
    click.echo(visible(line))


def say_json(document: dict[str, object]) -> None:
    """Write the one JSON document of `--json`."""
    click.echo(json.dumps(document, indent=2))


def day_text(day: date) -> str:
    """Return a day as people write it: 26 March 2015."""
    return f"{day.day} {day:%B %Y}"


def moment_text(moment: datetime) -> str:
    """Return an aware moment in London's time, to the minute."""
    local = moment.astimezone(LONDON)
    return f"{day_text(local.date())}, {local:%H:%M}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return `1 signature`, `2 signatures`."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"
