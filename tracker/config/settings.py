"""All sections together, and what must hold between them.

Owns the checks that no section can make alone; not where values come from.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, model_validator

from tracker.config.errors import problem
from tracker.config.fields import Section
from tracker.config.health import HealthSettings
from tracker.config.outgoing import (
    DEFAULT_FOLLOW_UPS,
    CampaignSettings,
    FollowUpRule,
    MailSettings,
    NotifySettings,
    PrivacySettings,
    WebhookSettings,
)
from tracker.config.sections import (
    DatabaseSettings,
    MotionSettings,
    NetworkSettings,
    ParliamentSettings,
    RecessSettings,
    WebSettings,
)
from tracker.config.signing_in import OidcSettings

NEEDED_TO_SEND = (
    ("mail", "smtp_url"),
    ("mail", "sender"),
    ("privacy", "controller"),
    ("privacy", "controller_address"),
    ("privacy", "contact"),
    ("privacy", "complaints_contact"),
)


FIRST_CAMPAIGN_NUMBER = 718
"""The motion whose campaign's name is the default: no other campaign may bear it."""


class Settings(Section):
    """The whole configuration, checked and frozen."""

    motions: tuple[MotionSettings, ...] = Field(
        min_length=1, description="one or more tables [[motions]]"
    )
    parliament: ParliamentSettings = Field(description="a table [parliament]")
    recess: tuple[RecessSettings, ...] = Field((), description="tables [[recess]]")
    database: DatabaseSettings = Field(description="a table [database]")
    campaign: CampaignSettings = Field(description="a table [campaign]")
    mail: MailSettings = Field(description="a table [mail]")
    web: WebSettings = Field(description="a table [web]")
    follow_ups: tuple[FollowUpRule, ...] = Field(
        DEFAULT_FOLLOW_UPS, description="tables [[follow_ups]]"
    )
    webhooks: tuple[WebhookSettings, ...] = Field((), description="tables [[webhooks]]")
    notify: NotifySettings = Field(description="a table [notify]")
    privacy: PrivacySettings = Field(description="a table [privacy]")
    network: NetworkSettings = Field(description="a table [network]")
    oidc: OidcSettings = Field(description="a table [oidc]")
    health: HealthSettings = Field(description="a table [health]")

    _source_folder: Path = PrivateAttr(default_factory=Path.cwd)

    def model_post_init(self, context: Any, /) -> None:
        """Keep the folder that the loader gives."""
        if context:
            self._source_folder = context["folder"]

    @property
    def source_folder(self) -> Path:
        """Return where relative paths start: the folder of config.toml, absolute."""
        return self._source_folder

    @property
    def sqlite_path(self) -> Path | None:
        """Return the database's file, absolute; None on PostgreSQL."""
        return self.database.sqlite_path

    def motion(self, session: str, number: int) -> MotionSettings | None:
        """Return the watched motion of that session and printed number, if any."""
        for motion in self.motions:
            if (motion.session, motion.number) == (session, number):
                return motion
        return None

    def missing_webhook_secrets(self) -> tuple[str, ...]:
        """Return the environment variables that webhooks need and nobody gave."""
        return tuple(w.secret_variable for w in self.webhooks if w.secret is None)

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_motion(cls, given: Any) -> Any:
        """Name a campaign for another motion after that one, until it has a name.

        The name is the sender of emails and stands in the words of consent.
        """
        number = _first_number(given)
        if number in (None, FIRST_CAMPAIGN_NUMBER):
            return given
        campaign = given.get("campaign")
        if not isinstance(campaign, Mapping) or "name" in campaign:
            return given
        named = {"name": f"The campaign for EDM {number}", **campaign}
        return {**given, "campaign": named}

    @model_validator(mode="after")
    def _no_name_twice(self) -> "Settings":
        lists = {
            "motions": [f"EDM {m.number} of {m.session}" for m in self.motions],
            "follow_ups": [rule.name for rule in self.follow_ups],
            "webhooks": [w.secret_variable for w in self.webhooks],
        }
        for key, names in lists.items():
            for index, name in enumerate(names):
                if name in names[:index]:
                    raise problem(f"is there twice: {name}", f"{key}[{index}]")
        return self

    @model_validator(mode="after")
    def _webhooks_go_to_https(self) -> "Settings":
        if self.network.allow_private_webhooks:
            return self
        for index in self._odd_webhooks():
            raise problem(
                "must be https on the usual port, unless"
                " network.allow_private_webhooks is true",
                f"webhooks[{index}].url",
            )
        return self

    def _odd_webhooks(self) -> Iterator[int]:
        for index, webhook in enumerate(self.webhooks):
            parts = urlsplit(webhook.url)
            if parts.scheme != "https" or parts.port not in (None, 443):
                yield index

    @model_validator(mode="after")
    def _can_sign_in_elsewhere(self) -> "Settings":
        missing = [
            name
            for name, value in (
                ("oidc.client_id", self.oidc.client_id.strip()),
                ("oidc.users", self.oidc.users),
            )
            if not value
        ]
        if self.oidc.is_on and missing:
            raise problem(f"can be given only with {', '.join(missing)}", "oidc.issuer")
        return self

    @model_validator(mode="after")
    def _can_send(self) -> "Settings":
        if self.mail.mode == "hold":
            return self
        missing = [
            f"{section}.{key}"
            for section, key in NEEDED_TO_SEND
            if not getattr(getattr(self, section), key).strip()
        ]
        if missing:
            raise problem(f'can be "send" only with {", ".join(missing)}', "mail.mode")
        return self


def _first_number(given: Any) -> int | None:
    """Return the first motion's number out of unchecked values, None if there is none."""
    motions = given.get("motions") if isinstance(given, Mapping) else None
    first = motions[0] if isinstance(motions, list | tuple) and motions else None
    number = first.get("number") if isinstance(first, Mapping) else None
    return number if type(number) is int else None
