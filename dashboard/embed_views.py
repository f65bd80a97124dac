"""What the widget for other sites shows, and the snippets that put it there. Pure.

Owns the widget's size, and the HTML that other sites paste: a link that works by itself,
and one script that puts the widget in its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from dashboard import words
from dashboard.share_views import Social, edm_words
from dashboard.tallies import PartyShare, party_shares
from dashboard.views import motion_path
from tracker.board import MembersView, MotionView
from tracker.config import MotionSettings, Settings
from tracker.rules.calendar import MotionState

WIDGET_SIZE = (480, 560)
"""Width and height in pixels, before the widget has told its own height."""
PARTIES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PartyBar:
    """One party: `percent` of those who can sign have, in hundredths for the bar."""

    party: str
    said: str
    percent: float


@dataclass(frozen=True, slots=True)
class Widget:
    """The parties with most signatures, by their number, and what is left out."""

    bars: tuple[PartyBar, ...]
    rest: str | None


@dataclass(frozen=True, slots=True)
class Snippets:
    """HTML for other sites: the widget, the widget without any script, and the badge."""

    script: str
    frame: str
    badge: str


def widget(members: MembersView) -> Widget:
    """Return the bars: the parties with most names, not those with the largest share."""
    signed = [share for share in party_shares(members.members) if share.signed_count]
    signed.sort(key=lambda share: (-share.signed_count, -share.share, share.party))
    shown, rest = signed[:PARTIES_SHOWN], signed[PARTIES_SHOWN:]
    return Widget(tuple(_bar(share) for share in shown), _rest_words(rest))


def snippets(motion: MotionView, social: Social, settings: Settings) -> Snippets:
    """Return what other sites paste; everything in it is escaped."""
    path = motion_path(motion.session, motion.number)
    base = settings.web.base_url
    # No count in it: where there is no script, what was pasted stays as it was.
    is_open = motion.state is MotionState.OPEN
    asks = f"{edm_words(motion)}: {'has your MP signed?' if is_open else 'who signed'}"
    link = f'<a href="{_quoted(social.url)}">{escape(asks)}</a>'
    badge = f"{base}/api/v1{path}/badge.svg"
    said = f"EDM {motion.number}: signatures"
    return Snippets(
        script=f"<p>{link}</p>\n"
        f'<script async src="{_quoted(base + path)}/embed.js"></script>',
        frame=frame_html(base + path, said, WIDGET_SIZE),
        badge=f'<a href="{_quoted(social.url)}"><img src="{_quoted(badge)}"'
        f' height="20" alt="{_quoted(said)}"></a>',
    )


def frame_html(motion_url: str, title: str, size: tuple[int, int]) -> str:
    """Return the iframe of the widget, in so many pixels."""
    return (
        f'<iframe src="{_quoted(motion_url)}/embed" width="{size[0]}"'
        f' height="{size[1]}" title="{_quoted(title)}" frameborder="0" loading="lazy"'
        "></iframe>"
    )


def motion_of_address(url: str, settings: Settings) -> MotionSettings | None:
    """Return the motion whose page, or page of an MP, an address of ours is; else None.

    Only what begins with `web.base_url` is ours; a query and a fragment are no matter.
    """
    base = urlsplit(settings.web.base_url)
    try:
        asked = urlsplit(url)
    except ValueError:
        return None
    is_ours = (asked.scheme, asked.netloc) == (base.scheme, base.netloc)
    if not is_ours or not asked.path.startswith(base.path):
        return None
    path = asked.path[len(base.path) :].rstrip("/")
    if not path:
        return settings.motions[0]
    for motion in settings.motions:
        own = motion_path(motion.session, motion.number)
        tail = path.removeprefix(own)
        if path.startswith(own) and _is_page(tail):
            return motion
    return None


def fitted(
    size: tuple[int, int], most: tuple[int | None, int | None]
) -> tuple[int, int]:
    """Return a size no larger than the most that is asked for, in either direction."""
    width, height = (
        own if limit is None else min(own, limit)
        for own, limit in zip(size, most, strict=True)
    )
    return width, height


def _is_page(tail: str) -> bool:
    if tail in ("", "/act", "/share", "/embed"):
        return True
    digits = tail.removeprefix("/mps/")
    return digits != tail and digits.isascii() and digits.isdigit()


def _bar(share: PartyShare) -> PartyBar:
    said = f"{share.signed_count} of {words.number(share.eligible_count)}"
    return PartyBar(share.party, said, round(100 * share.share, 2))


def _rest_words(rest: Sequence[PartyShare]) -> str | None:
    if not rest:
        return None
    names = sum(share.signed_count for share in rest)
    parties = words.counted(len(rest), "other party", "other parties")
    return f"{words.counted(names, 'MP')} of {parties}."


def _quoted(text: str) -> str:
    return escape(text, quote=True)
