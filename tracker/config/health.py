"""Whom the program tells that its work goes on: the keys, their types and defaults.

Each `description` completes "KEY must be …". An address often holds the key of the watch
that it belongs to, so none is shown.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from tracker.config import fields as kind
from tracker.config.errors import Hidden
from tracker.config.fields import Section

Work = Literal["poll", "send", "backup"]
"""What is watched from outside: work whose silence is the alarm."""

_AN_ADDRESS = 'an http:// or https:// address, or "" for none'


def _ping_url(secret: SecretStr) -> SecretStr:
    if url := secret.get_secret_value():
        kind.split_url(url, ("http", "https"))
    return secret


PingUrl = Annotated[SecretStr, Hidden(), AfterValidator(_ping_url)]


class HealthSettings(Section):
    """Addresses of a dead man's switch, each asked after work that went well."""

    poll_ping_url: PingUrl = Field(SecretStr(""), description=_AN_ADDRESS)
    send_ping_url: PingUrl = Field(SecretStr(""), description=_AN_ADDRESS)
    backup_ping_url: PingUrl = Field(SecretStr(""), description=_AN_ADDRESS)

    def ping_url(self, work: Work) -> str:
        """Return where to tell of that work; "" for nowhere."""
        urls = {
            "poll": self.poll_ping_url,
            "send": self.send_ping_url,
            "backup": self.backup_ping_url,
        }
        return urls[work].get_secret_value()
