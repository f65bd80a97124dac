"""Files that pages load: our styles and scripts, and plotly.js out of its own package.

Owns their addresses, which change with their content (so that they may be cached for
ever), and their compressed forms. The whole of `static/` has one version, so that one
script can import another by a relative name.
"""

import gzip
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import brotli

from dashboard.encoding import accepted

PLOTLY_NAME = "plotly.min.js"
_PLOTLY_QUALITY = 9  # half a second; the last 8% would take ten
_OWN_QUALITY = 11
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(slots=True)
class Asset:
    """One file: its content type and its bytes, compressed when first asked for."""

    content_type: str
    body: bytes
    quality: int
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _forms: dict[str, bytes] = field(default_factory=dict)

    def form_for(self, accept_encoding: str | None) -> tuple[bytes, str | None]:
        """Return the bytes for this client, and the coding's name if any."""
        coding = accepted(accept_encoding, {"br": 1, "gzip": 1})
        return (self._form(coding), coding) if coding else (self.body, None)

    def _form(self, coding: str) -> bytes:
        with self._lock:  # two browsers at once must not compress twice
            if coding not in self._forms:
                self._forms[coding] = (
                    brotli.compress(self.body, quality=self.quality)
                    if coding == "br"
                    else gzip.compress(self.body, compresslevel=9, mtime=0)
                )
            return self._forms[coding]


@dataclass(frozen=True, slots=True)
class Assets:
    """All files by name, and the version under which each is linked."""

    by_name: Mapping[str, Asset]
    versions: Mapping[str, str]

    def url(self, name: str) -> str:
        """Return the path of a file under its current version; KeyError if unknown."""
        return f"/static/{self.versions[name]}/{name}"


@cache
def assets() -> Assets:
    """Return every file there is, read once a process."""
    own = {
        entry.name: _asset(entry, _OWN_QUALITY)
        for entry in sorted(files("dashboard").joinpath("static").iterdir(), key=str)
        if _suffix(entry.name) in _TYPES
    }
    plotly = _asset(
        files("plotly").joinpath("package_data", PLOTLY_NAME), _PLOTLY_QUALITY
    )
    version = _version(*(asset.body for asset in own.values()))
    versions = dict.fromkeys(own, version) | {PLOTLY_NAME: _version(plotly.body)}
    return Assets(own | {PLOTLY_NAME: plotly}, versions)


def _asset(entry: Traversable, quality: int) -> Asset:
    return Asset(_TYPES[_suffix(entry.name)], entry.read_bytes(), quality)


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]


def _version(*bodies: bytes) -> str:
    digest = hashlib.sha256()
    for body in bodies:
        digest.update(hashlib.sha256(body).digest())
    return digest.hexdigest()[:16]
