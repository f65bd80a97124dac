"""What goes out and under whose name: the keys, their types and defaults.

Each `description` completes "KEY must be …".
"""

from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from tracker.config import fields as kind
from tracker.config.errors import Hidden, problem
from tracker.config.fields import Section
from tracker.rules.event_types import MEMBER_EVENT_TYPES, EventType
from tracker.rules.status import NudgeStatus

SUBJECT_WORDS = (
    *("number", "session", "title"),
    *("name", "postcode", "constituency", "mp"),
)
_DAYS = "a whole number of days from {} to 36500".format
_SLUG = r"^[a-z0-9_-]+$"
_A_SLUG = "a name of a-z, 0-9, - and _"


def _subject(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError
    for _, word, spec, conversion in Formatter().parse(text):
        if word is not None and (word not in SUBJECT_WORDS or spec or conversion):
            raise ValueError
    return text


def _webhook_url(url: str) -> str:
    parts = kind.split_url(url, ("http", "https"))
    if parts.fragment or "@" in parts.netloc:
        raise ValueError
    return url


def _notify_url(secret: SecretStr) -> SecretStr:
    scheme, separator, rest = secret.get_secret_value().partition("://")
    if not (scheme and separator and rest):
        raise ValueError
    return secret


def _about_a_member(event: EventType) -> EventType:
    if event not in MEMBER_EVENT_TYPES:
        raise ValueError
    return event


# Strings in config.toml, enums in the program.
Status = Annotated[NudgeStatus, Field(strict=False)]
Event = Annotated[EventType, Field(strict=False)]
MemberEvent = Annotated[Event, AfterValidator(_about_a_member)]
NotifyUrl = Annotated[SecretStr, AfterValidator(_notify_url)]


class CampaignSettings(Section):
    """What the campaign aims at and says. `message_template` is absolute, or ""."""

    name: kind.Filled = Field(
        "Free Azerbaijan's political prisoners", description="the campaign's name"
    )
    goal: int = Field(
        100, ge=1, le=100_000, description="a whole number from 1 to 100000"
    )
    nudge_after_days: kind.Days = Field(4, description=_DAYS(0))
    chase_days: kind.Days = Field(7, description=_DAYS(0))
    message_subject: Annotated[str, AfterValidator(_subject)] = Field(
        "EDM {number}: from your constituent {name}, {postcode}",
        description="one line with no other placeholders than "
        + " ".join(f"{{{word}}}" for word in SUBJECT_WORDS),
    )
    message_template: kind.ExistingFile = Field(
        "", description='the name of a file, or "" for the default text'
    )

    @property
    def template_path(self) -> Path | None:
        """Return the file of the message's text; None means the default text."""
        return Path(self.message_template) if self.message_template else None


class MailSettings(Section):
    """How mail leaves and comes back. Passwords come from the environment only."""

    mode: Literal["hold", "send"] = Field("hold", description='"hold" or "send"')
    smtp_url: kind.SmtpUrl = Field(
        "",
        description="smtp://, smtps:// or smtp+starttls:// with a host, such as"
        ' "smtp+starttls://user@mail.example.org:587", or ""',
    )
    sender: kind.EmailOrNone = Field("", description='an email address, or ""')
    per_member_per_hour: int = Field(
        30, ge=1, le=100_000, description="a whole number from 1 to 100000"
    )
    drop_address: kind.EmailOrNone = Field("", description='an email address, or ""')
    imap_url: kind.ImapUrl = Field(
        "",
        description="imap://, imaps:// or imap+starttls:// with a host, such as"
        ' "imaps://user@mail.example.org:993", or ""',
    )
    drop_retention_days: kind.DaysFromOne = Field(28, description=_DAYS(1))
    smtp_password: kind.Secret = Field(None, description="text")
    imap_password: kind.Secret = Field(None, description="text")


class FollowUpRule(Section):
    """When a follow-up is due: after days, or after an event; one of the two.

    An empty `while_status` means any status. `settle_hours` only counts after an event.
    """

    name: str = Field(pattern=_SLUG, description=_A_SLUG)
    after_days: kind.Days | None = Field(None, description=_DAYS(0))
    on_event: MemberEvent | None = Field(
        None, description="one of " + ", ".join(MEMBER_EVENT_TYPES)
    )
    while_status: tuple[Status, ...] = Field(
        (), description="a list of statuses: " + ", ".join(NudgeStatus)
    )
    settle_hours: int = Field(
        0, ge=0, le=876_000, description="a whole number from 0 to 876000"
    )
    send: Literal["supporter", "staff", "webhook"] = Field(
        "supporter", description='"supporter", "staff" or "webhook"'
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        """Give each kind of rule the defaults that product.md shows for its kind."""
        if not isinstance(data, dict):
            return data
        if "on_event" in data:
            return {"settle_hours": 24} | data
        return {"while_status": ("needs_nudge", "chased")} | data

    @model_validator(mode="after")
    def _one_trigger(self) -> "FollowUpRule":
        if (self.after_days is None) == (self.on_event is None):
            raise problem("must have exactly one of after_days and on_event")
        if self.on_event is None and "settle_hours" in self.model_fields_set:
            raise problem("can have settle_hours only with on_event")
        return self


DEFAULT_FOLLOW_UPS = (
    FollowUpRule(name="ask-and-ring", after_days=4),
    FollowUpRule(name="second-email", after_days=10),
    FollowUpRule(name="thank-you", on_event=EventType.SIGNATURE_SIGNED),
)
"""The rules in force with no [[follow_ups]] at all (`follow_ups = []` means none)."""


class WebhookSettings(Section):
    """Another program that is told. `secret` comes from the environment only."""

    name: str = Field(pattern=_SLUG, description=_A_SLUG)
    url: Annotated[str, Hidden(), AfterValidator(_webhook_url)] = Field(
        repr=False, description="an https:// address without user name or password"
    )
    events: tuple[Event, ...] = Field(
        (
            EventType.SIGNATURE_SIGNED,
            EventType.SIGNATURE_WITHDRAWN,
            EventType.MEMBER_NEEDS_NUDGE,
            EventType.FOLLOW_UP_DUE,
        ),
        min_length=1,
        description="a list of one or more of " + ", ".join(EventType),
    )
    secret: kind.Secret = Field(None, description="text")

    @property
    def secret_variable(self) -> str:
        """Return the environment variable that holds the secret."""
        return secret_variable(self.name)


def secret_variable(name: str) -> str:
    """Return the environment variable for the secret of the webhook `name`."""
    letters = (c if c.isascii() and c.isalnum() else "_" for c in name.upper())
    return f"TRACKER_WEBHOOK_{''.join(letters)}_SECRET"


class NotifySettings(Section):
    """Where staff are told."""

    urls: Annotated[tuple[NotifyUrl, ...], Hidden()] = Field(
        (), description="a list of Apprise addresses, such as slack://… or mailto://…"
    )


class PrivacySettings(Section):
    """Who answers for people's data, and how long they are kept."""

    controller: str = Field("", description="text: who runs the campaign, by name")
    controller_address: str = Field("", description="text")
    contact: str = Field("", description="text")
    complaints_contact: str = Field("", description="text")
    joint_with: tuple[kind.Filled, ...] = Field(
        (), description="a list of names of organisations"
    )
    message_days: kind.DaysFromOne = Field(28, description=_DAYS(1))
    retention_days: kind.DaysFromOne = Field(90, description=_DAYS(1))
    max_retention_days: kind.DaysFromOne = Field(400, description=_DAYS(1))
