"""Links that only one supporter has: the page that confirms, and their own page.

A token is the thing's name and a keyed hash of it, so that none is stored and a copy of
the database opens no page. Whether the thing still exists is looked up by who is asked.
"""

import hmac
from dataclasses import dataclass

from tracker.config import Settings
from tracker.keys import keyed_hash, secret_key


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and reads links under `base_url`, with the installation's secret key."""

    base_url: str
    key: bytes

    def own_page(self, ref: str) -> str:
        """Return the address of a supporter's own page, by `Supporter.ref`."""
        return f"{self.base_url}/me/{self._token('me', ref)}"

    def unsubscribe(self, ref: str) -> str:
        """Return where a mail program POSTs to stop all emails (RFC 8058)."""
        return f"{self.own_page(ref)}/unsubscribe"

    def confirmation(self, supporter_email_id: int) -> str:
        """Return the page with the button that confirms one email."""
        token = self._token("confirm", str(supporter_email_id))
        return f"{self.base_url}/confirm/{token}"

    def alert(self, alert_id: int) -> str:
        """Return the page where an alert is confirmed and stopped."""
        return f"{self.base_url}/alerts/{self._token('alert', str(alert_id))}"

    def stop_alert(self, alert_id: int) -> str:
        """Return where a mail program POSTs to stop one alert (RFC 8058)."""
        return f"{self.alert(alert_id)}/unsubscribe"

    @property
    def privacy(self) -> str:
        """Return the page that tells what becomes of people's data."""
        return f"{self.base_url}/privacy"

    def supporter_ref(self, token: str) -> str | None:
        """Return the `Supporter.ref` that a token of /me/… names, None if it is forged."""
        return self._named("me", token)

    def confirmed_id(self, token: str) -> int | None:
        """Return the SupporterEmail id that a token of /confirm/… names, or None."""
        name = self._named("confirm", token)
        return int(name) if name else None

    def alert_id(self, token: str) -> int | None:
        """Return the alert that a token of /alerts/… names, None if it is forged."""
        name = self._named("alert", token)
        return int(name) if name else None

    def _token(self, purpose: str, name: str) -> str:
        return f"{name}-{keyed_hash(self.key, purpose, name)}"

    def _named(self, purpose: str, token: str) -> str | None:
        name = token.rpartition("-")[0]
        expected = self._token(purpose, name)
        # Bytes: compare_digest takes no text beyond ASCII.
        if name and hmac.compare_digest(expected.encode(), token.encode()):
            return name
        return None


def links_of(settings: Settings) -> Links:
    """Return the links of this installation; its secret key is made if there is none."""
    return Links(settings.web.base_url, secret_key(settings))
