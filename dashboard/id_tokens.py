"""What an ID token of an OpenID Connect provider must say before anybody is believed.

Read only when a token comes: the library takes 10 MB of memory, which most campaigns
would keep for nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

_LEEWAY_SECONDS = 60


class IdTokenError(Exception):
    """The token is not right; the text is for the log, about nobody."""


@dataclass(frozen=True, slots=True)
class Expected:
    """By whom a token must be made, for whom, for which try, and how it may be signed."""

    issuer: str
    client_id: str
    nonce: str
    algorithms: Sequence[str]


def claims_of(
    token: str, keys: Mapping[str, Any], expected: Expected, *, now: datetime
) -> dict[str, Any]:
    """Return what an ID token says once all that must hold of it does.

    IdTokenError if its signature, maker, audience, nonce or times are not as expected;
    a minute of difference between the clocks is allowed.
    """
    rules = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": expected.nonce},
    )
    try:
        key_set = KeySet.import_key_set(dict(keys))  # type: ignore[arg-type]
        claims = jwt.decode(token, key_set, algorithms=list(expected.algorithms)).claims
        rules.validate(claims)
    except (JoseError, ValueError) as error:
        raise IdTokenError(f"the ID token is not right: {error}") from error
    is_shared = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    party = claims.get("azp", None if is_shared else expected.client_id)
    if party != expected.client_id:
        raise IdTokenError("the ID token is for another program")
    return dict(claims)
