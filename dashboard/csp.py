"""What the pages may load, as one Content-Security-Policy. Pure (checks.md W5).

Owns the directives that our own pages and the widget need; `security.py` sends them.
"""

from collections.abc import Mapping
from typing import Final

EMPTY_STYLE_HASH: Final = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
"""Of the empty style element into which plotly.js inserts its rules."""

PLOTLY_STYLE_HASH: Final = "sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o="
"""Of the style element that plotly.js of plotly 7.1.0 writes when it loads.

Chromium names it on its console where it is missing; a browser test fails when a new
plotly has another.
"""


def policy(directives: Mapping[str, str]) -> str:
    """Return directives as the header's value."""
    return "; ".join(f"{name} {value}" for name, value in directives.items())


PAGE_DIRECTIVES: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": f"'self' '{EMPTY_STYLE_HASH}' '{PLOTLY_STYLE_HASH}'",
    # A chart is saved as a picture by way of a blob and a data URL.
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

PAGE_POLICY: Final = policy(PAGE_DIRECTIVES)
"""The header's value for every page but the widget."""

WIDGET_POLICY: Final = policy(
    {**PAGE_DIRECTIVES, "style-src": "'self'", "img-src": "'self'"}
    | {"frame-ancestors": "*"}
)
"""The widget's: any site may show it in a frame, and it draws no chart."""
