"""Signing in by way of an OpenID Connect provider: the keys, their types and defaults.

Each `description` completes "KEY must be …". The secret comes from the environment only.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from tracker.config import fields as kind
from tracker.config.fields import Section

_OWN_MACHINE = ("127.0.0.1", "localhost", "::1")


def _issuer(url: str) -> str:
    """Return the issuer as it is written: it is compared with what tokens say."""
    if not url:
        return url
    parts = kind.split_url(url, ("https", "http"))
    is_safe = parts.scheme == "https" or parts.hostname in _OWN_MACHINE
    if not is_safe or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError
    return url


class OidcSettings(Section):
    """The provider, and which users may sign in by it; off without an issuer.

    `users` are names of users of ours that are email addresses: the provider says that
    an address is somebody's, and the user of that name has the role. Without a secret
    this program is a public client: PKCE binds its codes all the same.
    """

    issuer: Annotated[str, AfterValidator(_issuer)] = Field(
        "", description='an https:// address, or "" for none'
    )
    client_id: str = Field("", description="text: the provider's name for this program")
    name: kind.Filled = Field(
        "OpenID Connect", description="text: what the button says after Sign in with"
    )
    users: tuple[kind.EmailOrNone, ...] = Field(
        (), description="a list of email addresses that are names of users"
    )
    client_secret: kind.Secret = Field(None, description="text")

    @property
    def is_on(self) -> bool:
        """Whether anybody can sign in this way."""
        return bool(self.issuer)
