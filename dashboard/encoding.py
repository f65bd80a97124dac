"""Bytes as a client can take them: brotli, gzip or plain. Pure.

Owns which coding is chosen; that only public answers are compressed (a secret beside
reflected text could be guessed from their length) is the caller's care.
"""

import gzip
from collections.abc import Mapping

import brotli

_PAGE_QUALITY = 5
_ORDER = ("br", "gzip")


def accepted(header: str | None, available: Mapping[str, object]) -> str | None:
    """Return the best available coding that `Accept-Encoding` allows, None for plain."""
    weights: dict[str, bool] = {}
    for part in (header or "").split(","):
        name, _, weight = part.partition(";")
        is_refused = weight.replace(" ", "").rstrip("0").rstrip(".") in ("q=0", "q=")
        weights[name.strip().lower()] = not is_refused
    for coding in _ORDER:
        if coding in available and weights.get(coding, weights.get("*", False)):
            return coding
    return None


def compressed(body: bytes, accept_encoding: str | None) -> tuple[bytes, str | None]:
    """Return a small body as this client takes it, and the coding's name if any."""
    coding = accepted(accept_encoding, dict.fromkeys(_ORDER))
    if coding == "br":
        return bytes(brotli.compress(body, quality=_PAGE_QUALITY)), coding
    if coding == "gzip":
        return gzip.compress(body, compresslevel=6, mtime=0), coding
    return body, None
