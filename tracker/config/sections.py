"""What is watched and where it is kept and shown: the keys, their types and defaults.

Each `description` completes "KEY must be …". What goes out is in outgoing.py.
"""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from tracker.config import fields as kind
from tracker.config.errors import problem
from tracker.config.fields import Section

EXAMPLE_CONTACT = "campaign@example.org"
"""What config.toml comes with; it reaches nobody."""
_PORT = 8000
_A_URL = "an http:// or https:// address"
_AN_ID = f"a whole number from 1 to {kind.MAX_ID}"


def _patient(seconds: int, info: ValidationInfo) -> int:
    if seconds < 60 and not kind.is_rehearsal(info):
        raise ValueError
    return seconds


def _reachable(text: str) -> str:
    # Goes into a header: one line of ASCII. A name alone reaches nobody.
    if not (text.isascii() and text.isprintable() and re.search(r"\w[@.]\w", text)):
        raise ValueError
    return text.strip()


def _own_address(given: dict[str, Any]) -> str:
    """Return the address on this machine; port 0, any free one, is known only later."""
    return f"http://127.0.0.1:{given['port'] or _PORT}"


PollSeconds = Annotated[int, Field(ge=1, le=86_400), AfterValidator(_patient)]
Rate = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
Timeout = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]


class MotionSettings(Section):
    """One motion to watch, under its printed number."""

    number: kind.Id = Field(description=f"the motion's printed number, {_AN_ID}")
    session: kind.Session = Field(description='a session such as "2014-15"')
    id: kind.Id | None = Field(None, description=f"Parliament's own id, {_AN_ID}")
    closes_on: date | None = Field(
        None, description="a date without quotes, such as 2015-03-26"
    )
    continues: kind.MotionReference | None = Field(
        None, description='SESSION/NUMBER of an earlier motion, such as "2013-14/501"'
    )
    related: tuple[kind.Id, ...] = Field(
        (), description="a list of Parliament's ids of motions, such as [51092, 51298]"
    )


class ParliamentSettings(Section):
    """How Parliament is asked."""

    motions_url: kind.WebUrl = Field(
        "https://oralquestionsandmotions-api.parliament.uk", description=_A_URL
    )
    members_url: kind.WebUrl = Field(
        "https://members-api.parliament.uk", description=_A_URL
    )
    calendar_url: kind.WebUrlOrNone = Field(
        "https://whatson-api.parliament.uk",
        description=f'{_A_URL}, or "" for none',
    )
    poll_seconds: PollSeconds = Field(
        60,
        description="a whole number from 60 to 86400"
        " (Parliament's answers are cached for 60 seconds)",
    )
    quiet_poll_seconds: PollSeconds = Field(
        600,
        description="a whole number from 60 to 86400"
        " (Parliament's answers are cached for 60 seconds)",
    )
    requests_per_second: Rate = Field(
        2.0, description="a number above 0 and at most 1000"
    )
    timeout_seconds: Timeout = Field(
        20.0, description="a number above 0 and at most 600"
    )
    missing_polls: int = Field(
        3, ge=1, le=1000, description="a whole number from 1 to 1000"
    )
    missing_seconds: float = Field(
        100, ge=0, le=2_678_400, description="a number from 0 to 2678400"
    )
    contact: Annotated[str, AfterValidator(_reachable)] = Field(
        description="an email address or web address (in plain ASCII) under which"
        " Parliament can reach whoever runs this"
    )

    @property
    def contact_problem(self) -> str | None:
        """Return why nobody is reached under the contact, None if somebody may be."""
        if self.contact != EXAMPLE_CONTACT:
            return None
        return "parliament.contact is still the example's, give an address of yours"


class RecessSettings(Section):
    """A known recess in London dates, both days included."""

    from_on: date = Field(alias="from", description="a date, such as 2026-12-17")
    to_on: date = Field(alias="to", description="a date, such as 2027-01-04")

    @model_validator(mode="after")
    def _in_order(self) -> "RecessSettings":
        if self.to_on < self.from_on:
            raise problem("must not have `to` before `from`")
        return self


class DatabaseSettings(Section):
    """Where everything is kept. `url` may hold a password: show `shown_url` instead."""

    url: kind.DatabaseUrl = Field(
        "sqlite:///data/tracker.db",
        validate_default=True,
        repr=False,
        description="sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
    )

    @property
    def sqlite_path(self) -> Path | None:
        """Return the database's file, absolute; None on PostgreSQL."""
        if not self.url.startswith("sqlite:///"):
            return None
        return Path(unquote(self.url.removeprefix("sqlite:///")))

    @property
    def shown_url(self) -> str:
        """Return the URL with everything masked that could be a secret."""
        if self.sqlite_path:
            return self.url
        without_query = self.url.partition("?")[0]
        return re.sub(r"(://[^:/]*:).+@", r"\1***@", without_query)


class WebSettings(Section):
    """The dashboard's address. `secret_key` comes from the environment only."""

    host: kind.Filled = Field(
        "127.0.0.1", description="an address of this machine, such as 127.0.0.1"
    )
    port: int = Field(
        _PORT, ge=0, le=65_535, description="a whole number from 0 to 65535"
    )
    base_url: kind.WebUrl = Field(default_factory=_own_address, description=_A_URL)
    trusted_proxies: tuple[kind.Network, ...] = Field(
        (), description='a list of IP addresses or networks, such as ["10.0.0.0/8"]'
    )
    secret_key: kind.Secret = Field(None, description="text")


class NetworkSettings(Section):
    """Where webhooks may go."""

    allow_private_webhooks: bool = Field(False, description="true or false")
