"""Talking to an OpenID Connect provider: where to send somebody, and whose code it is.

Owns the requests (discovery, token, keys); what an ID token must say is id_tokens.py's,
who may sign in pages/oidc.py's. The only module of the dashboard that asks another server, and only
the one that oidc.issuer names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx  # noqa: TID251 - asks the provider that oidc.issuer names, nobody else
from authlib.common.urls import (  # type: ignore[import-untyped]
    add_params_to_uri,
)
from authlib.oauth2.rfc7636 import (  # type: ignore[import-untyped]
    create_s256_code_challenge,
)

from tracker.config.signing_in import OidcSettings

CALLBACK = "/login/oidc/callback"
_SCOPE = "openid email"
_ALGORITHMS = ("RS256", "PS256", "ES256")
"""Never one with a shared secret, and never none."""
_TIMEOUT_SECONDS = 10


class OidcError(Exception):
    """The provider did not answer as it should; the text is for the log, about nobody."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try to sign in is known by: the browser's, ours, and the code's."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Provider:
    """What discovery said: the three addresses, and how tokens may be signed."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    algorithms: tuple[str, ...]


class OidcClient:
    """One provider, asked anew each time: signing in is rare, and keys change."""

    def __init__(self, settings: OidcSettings, base_url: str) -> None:
        self._settings = settings
        self._redirect_uri = base_url.rstrip("/") + CALLBACK

    async def authorization_url(self, attempt: Attempt) -> str:
        """Return where to send the browser; OidcError if the provider does not say."""
        async with self._session() as session:
            provider = await self._discover(session)
        told = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": _SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return str(add_params_to_uri(provider.authorization_endpoint, told.items()))

    async def verified_email(
        self, code: str, attempt: Attempt, *, now: datetime
    ) -> str | None:
        """Return the address that the provider has verified, None if it has none.

        OidcError for a code or a token that is not right.
        """
        async with self._session() as session:
            provider = await self._discover(session)
            token = await self._token(session, provider, code, attempt)
            keys = await self._read(session, provider.jwks_uri)
        claims = self._claims(token, keys, provider, attempt.nonce, now)
        email, is_verified = claims.get("email"), claims.get("email_verified")
        return email if isinstance(email, str) and is_verified is True else None

    def _session(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            timeout=_TIMEOUT_SECONDS, trust_env=False, follow_redirects=False
        )

    async def _discover(self, session: httpx.AsyncClient) -> Provider:
        issuer = self._settings.issuer
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        told = await self._read(session, url)
        if told.get("issuer") != issuer:
            raise OidcError("discovery names another issuer than oidc.issuer")
        offered = told.get("id_token_signing_alg_values_supported", ["RS256"])
        try:
            return Provider(
                str(told["authorization_endpoint"]),
                str(told["token_endpoint"]),
                str(told["jwks_uri"]),
                tuple(name for name in _ALGORITHMS if name in offered),
            )
        except KeyError as error:
            raise OidcError(f"discovery lacks {error}") from error

    async def _token(
        self,
        session: httpx.AsyncClient,
        provider: Provider,
        code: str,
        attempt: Attempt,
    ) -> str:
        client_id, secret = self._settings.client_id, self._settings.client_secret
        form = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": attempt.verifier,
        }
        auth = httpx.BasicAuth(client_id, secret.get_secret_value()) if secret else None
        asked = session.build_request("POST", provider.token_endpoint, data=form)
        token = await self._json(session, asked, auth=auth)
        found = token.get("id_token")
        if not isinstance(found, str):
            raise OidcError("the token endpoint gave no ID token")
        return found

    async def _read(self, session: httpx.AsyncClient, url: str) -> Mapping[str, Any]:
        return await self._json(session, session.build_request("GET", url))

    async def _json(
        self,
        session: httpx.AsyncClient,
        asked: httpx.Request,
        *,
        auth: httpx.Auth | None = None,
    ) -> Mapping[str, Any]:
        try:
            answer = await session.send(asked, auth=auth)
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            told = f"{asked.url} is not read: {type(error).__name__}"
            raise OidcError(told) from error
        if not isinstance(found, dict):
            raise OidcError(f"{asked.url} gave no JSON object")
        return found

    def _claims(
        self,
        token: str,
        keys: Mapping[str, Any],
        provider: Provider,
        nonce: str,
        now: datetime,
    ) -> dict[str, Any]:
        """Return what an ID token says once all that must hold of it does."""
        # Only who signs in this way loads what reads a token: id_tokens.py says why.
        from dashboard.id_tokens import Expected, IdTokenError, claims_of

        settings = self._settings
        expected = Expected(
            settings.issuer, settings.client_id, nonce, provider.algorithms
        )
        try:
            return claims_of(token, keys, expected, now=now)
        except IdTokenError as error:
            raise OidcError(str(error)) from error
