"""A small OpenID Connect provider over a real socket: discovery, keys, codes and tokens.

It checks what a provider has to (client, secret, redirect, PKCE), signs with a key of its
own, and can be told to lie.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.conftest import FakeClock

CLIENT_ID, CLIENT_SECRET = "tracker", "a secret of the client"


@dataclass
class Provider:
    """The provider; `claims` are put over those of the next tokens, None leaves one out."""

    clock: FakeClock
    url: str = ""
    email: str = "ann@example.org"
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    token_status: int = 200
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}, auto_kid=True)
    )
    signing_key: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def approve(self, address: str) -> str:
        """Return where the browser is sent back to, as after somebody pressed yes."""
        told = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        assert told["client_id"] == CLIENT_ID
        assert told["response_type"] == "code"
        assert told["code_challenge_method"] == "S256"
        assert "openid" in told["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = told
        back = urlencode({"code": code, "state": told["state"]})
        return f"{told['redirect_uri']}?{back}"

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        } | self.metadata

    def keys(self) -> dict[str, Any]:
        return dict(KeySet([self.key]).as_dict(private=False))

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        """Return the answer to a code, which can be used once."""
        client = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        told = self.codes.pop(form.get("code", ""), None)
        if told is None or authorization != f"Basic {client}":
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != told["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form.get("redirect_uri") != told["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        answer = {
            "access_token": "x",
            "token_type": "Bearer",
            "id_token": self.id_token(told["nonce"]),
        }
        return self.token_status, answer

    def id_token(self, nonce: str) -> str:
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.url,
            "sub": "1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": self.email,
            "email_verified": True,
        } | self.claims
        told = {name: value for name, value in claims.items() if value is not None}
        key = self.signing_key or self.key
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, told, key)


@contextmanager
def provider(clock: FakeClock) -> Iterator[Provider]:
    """Give a provider that answers on a port of its own."""
    made = Provider(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            found = {
                "/.well-known/openid-configuration": made.discovery,
                "/keys": made.keys,
            }.get(self.path)
            self._answer(200 if found else 404, found() if found else {})

        def do_POST(self) -> None:
            made.asked.append(self.path)
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*made.token(form, self.headers.get("authorization", "")))

        def _answer(self, status: int, found: Any) -> None:
            body = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
