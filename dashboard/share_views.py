"""How a page is handed on: what networks show of it, and links that share it. Pure.

Owns the titles, descriptions and texts. Every address here is absolute and made from
`web.base_url`, never from what a request calls us (checks.md W13).
"""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from dashboard import words
from dashboard.mp_views import MemberLine
from dashboard.views import motion_path
from tracker.board import MotionView
from tracker.config import Settings
from tracker.rules.calendar import MotionState
from tracker.rules.status import NudgeStatus

PICTURE_SIZE = (1200, 630)


@dataclass(frozen=True, slots=True)
class Social:
    """What stands in a page's head for networks and search engines."""

    site: str
    title: str
    description: str
    url: str
    picture_url: str
    picture_words: str
    oembed_url: str


@dataclass(frozen=True, slots=True)
class ShareLink:
    """One way to hand a page on: what it is called, and where it leads."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Share:
    """The links below a page, the text they carry, and the address to be copied."""

    text: str
    url: str
    links: tuple[ShareLink, ...]


def motion_social(motion: MotionView, settings: Settings) -> Social:
    """Return the head of a motion's page."""
    path = motion_path(motion.session, motion.number)
    count, goal = count_words(motion), settings.campaign.goal
    return _social(
        settings,
        path,
        title=f"{edm_words(motion)}: {count}",
        description=motion_text(motion),
        picture_words=f"{edm_words(motion)}. {count} of a goal of {words.number(goal)}.",
        version=f"{motion.signature_count}-{goal}-{motion.state.value}",
    )


def mp_social(motion: MotionView, line: MemberLine, settings: Settings) -> Social:
    """Return the head of a Member's page."""
    goal = settings.campaign.goal
    said = f"{line.name} and {edm_words(motion)}: {line.status_words.lower()}"
    tail = f"{line.status.value}-{motion.signature_count}-{goal}-{motion.state.value}"
    return _social(
        settings,
        line.url,
        title=said,
        description=mp_text(motion, line),
        picture_words=f"{said}. {count_words(motion)}.",
        version=tail,
    )


def share(social: Social) -> Share:
    """Return the links that hand a page on; none of them runs anything of another's."""
    text, url = social.description, social.url
    both = f"{text} {url}"
    links = (
        (
            "Email",
            "mailto:?" + _query(subject=social.title, body=f"{text}\r\n\r\n{url}"),
        ),
        ("WhatsApp", "https://wa.me/?" + _query(text=both)),
        ("Bluesky", "https://bsky.app/intent/compose?" + _query(text=both)),
        ("X", "https://x.com/intent/post?" + _query(text=text, url=url)),
        ("Facebook", "https://www.facebook.com/sharer/sharer.php?" + _query(u=url)),
    )
    return Share(text, url, tuple(ShareLink(name, href) for name, href in links))


def edm_words(motion: MotionView) -> str:
    """Return a motion as "EDM 718, “its title”"."""
    return f"EDM {motion.number}" + (f", “{motion.title}”" if motion.title else "")


def count_words(motion: MotionView) -> str:
    """Return how many MPs have signed, or signed, in words; none before the first look."""
    if motion.last_good_poll_at is None:
        return "no number yet"
    count = words.counted(motion.signature_count, "MP")
    if motion.state is not MotionState.OPEN:
        return f"{count} signed"
    return f"{count} {'has' if motion.signature_count == 1 else 'have'} signed"


def motion_text(motion: MotionView) -> str:
    """Return what somebody says who hands a motion on."""
    who = count_words(motion) if motion.last_good_poll_at else "MPs are asked to sign"
    told = f"{who} Early Day Motion {motion.number}"
    told += f", “{motion.title}”." if motion.title else "."
    return f"{told} Has yours?" if motion.state is MotionState.OPEN else told


def mp_text(motion: MotionView, line: MemberLine) -> str:
    """Return what somebody says who hands a Member's page on; never a motive."""
    edm = f"Early Day Motion {motion.number}"
    edm += f", “{motion.title}”" if motion.title else ""
    if line.status is NudgeStatus.SIGNED:
        return f"{line.name} has signed {edm}."
    if line.status is NudgeStatus.WITHDREW:
        return f"Parliament shows {line.name}'s signature of {edm} as withdrawn."
    if motion.state is not MotionState.OPEN:
        return f"{line.name} did not sign {edm}."
    if line.status in (NudgeStatus.CANNOT_SIGN, NudgeStatus.DECLINED):
        return f"{line.name} and {edm}: where they stand."
    return f"{line.name} has not signed {edm} yet. Is this your MP?"


def _social(
    settings: Settings,
    path: str,
    *,
    title: str,
    description: str,
    picture_words: str,
    version: str,
) -> Social:
    base_url = settings.web.base_url
    url = base_url + path
    return Social(
        site=settings.campaign.name,
        title=title,
        description=description,
        url=url,
        # Networks keep a picture by its address: a new count needs a new one.
        picture_url=f"{url}/card.png?{_query(v=version)}",
        picture_words=picture_words,
        oembed_url=f"{base_url}/api/oembed?{_query(url=url)}",
    )


def _query(**values: str) -> str:
    return urlencode(values, quote_via=quote)
