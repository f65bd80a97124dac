"""The configuration: what may be chosen, and where it comes from.

`load_settings` reads config.toml and the environment into one frozen `Settings`;
whatever is wrong is a `ConfigError` of one line. Modules get the section they need as an
argument; nothing here is global, and nothing else reads the environment.
"""

from tracker.config.errors import ConfigError
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
from tracker.config.settings import Settings
from tracker.config.sources import load_settings, settings_from

__all__ = [
    "DEFAULT_FOLLOW_UPS",
    "CampaignSettings",
    "ConfigError",
    "DatabaseSettings",
    "FollowUpRule",
    "HealthSettings",
    "MailSettings",
    "MotionSettings",
    "NetworkSettings",
    "NotifySettings",
    "ParliamentSettings",
    "PrivacySettings",
    "RecessSettings",
    "Settings",
    "WebSettings",
    "WebhookSettings",
    "load_settings",
    "settings_from",
]
