"""`…/feed.atom`: the newest changes for feed readers, and the words for them.

Owns titles and ids of entries, and which changes are a party's. Ids are made of what never changes, so that no reader
shows an entry twice, also when base_url changes.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Response
from feedgen.feed import FeedGenerator

from dashboard.api.models import problem_answers
from dashboard.api.motions import PREFIX
from dashboard.api.parameters import Party
from dashboard.desk import DeskDep, SessionDep, WatchedDep
from tracker import board, store
from tracker.config import MotionSettings
from tracker.rules.changes import ChangeKind
from tracker.rules.eligibility import charted_party
from tracker.store.tables import Motion, SignatureEvent

ATOM = "application/atom+xml"
ENTRIES = 100

# What XML cannot hold, whatever Parliament sends.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

router = APIRouter(
    prefix=PREFIX, tags=["files"], responses=problem_answers(404, 422, 503)
)


@router.get(
    "/feed.atom", response_class=Response, responses={200: {"content": {ATOM: {}}}}
)
def feed(
    desk: DeskDep, session: SessionDep, watched: WatchedDep, party: Party = None
) -> Response:
    """The newest hundred changes, newest first, of every party or of one."""
    motion = store.motion_by_number(session, watched.session, watched.number)
    asked = charted_party(" ".join(party.split())) if party and party.strip() else None
    events: Sequence[SignatureEvent] = ()
    if motion is not None and motion.id is not None and asked:
        events = of_party(store.all_events(session, motion.id), asked)[:ENTRIES]
    elif motion is not None and motion.id is not None:
        events = store.latest_events(session, motion.id, limit=ENTRIES)
    body = atom_feed(desk.settings.web.base_url, watched, motion, events, party=asked)
    return Response(body, media_type=ATOM)


def of_party(events: Iterable[SignatureEvent], party: str) -> list[SignatureEvent]:
    """Return a party's events, newest first: of who was of it when they signed.

    "Labour (Co-op)" is counted with Labour, and case is no matter.
    """
    wanted = party.casefold()
    fitting = (e for e in events if charted_party(e.party).casefold() == wanted)
    return sorted(fitting, key=lambda event: -(event.id or 0))


def atom_feed(
    base_url: str,
    watched: MotionSettings,
    motion: Motion | None,
    events: Sequence[SignatureEvent],
    *,
    party: str | None = None,
) -> bytes:
    """Return the events (newest first) as an Atom document; `party` names its feed."""
    page = f"{base_url}/motions/{watched.session}/{watched.number}"
    title = f": {motion.title}" if motion and motion.title else ""
    made = FeedGenerator()
    tag = f"tag:edm-signature-tracker,2015:{watched.session}/{watched.number}"
    made.id(f"{tag}/party/{quote(party.casefold())}" if party else tag)
    whose = f" ({party})" if party else ""
    made.title(_clean(f"EDM {watched.number} of {watched.session}{title}{whose}"))
    made.author(name="EDM signature tracker")
    made.link(href=page, rel="alternate")
    made.link(href=_address(base_url, watched, party), rel="self")
    made.updated(events[0].observed_at if events else "1970-01-01T00:00:00Z")
    for event in events:
        entry = made.add_entry(order="append")
        entry.id(f"{tag}/{event.signature_id}/{event.ordinal}")
        entry.title(_clean(event_title(event)))
        entry.content(_clean(event_sentence(event)), type="text")
        entry.link(
            href=board.member_url(
                base_url, watched.session, watched.number, event.member_id
            )
        )
        entry.published(event.happened_at)
        entry.updated(event.observed_at)
    body: bytes = made.atom_str(pretty=True)
    return body


def event_title(event: SignatureEvent) -> str:
    """Return who, and what Parliament shows; never a motive."""
    name = event.name or f"Member {event.member_id}"
    match event.kind:
        case ChangeKind.SIGNED:
            return f"{name} signed{' again' if event.again else ''}"
        case ChangeKind.WITHDRAWN:
            return f"{name}: Parliament shows the signature as withdrawn"
        case ChangeKind.REMOVED:
            return f"{name}: the signature is no longer on Parliament's list"


def event_sentence(event: SignatureEvent) -> str:
    """Return the title with the Member's party and seat on the day of signing."""
    place = ", ".join(part for part in (event.party, event.constituency) if part)
    return f"{event_title(event)}{f' ({place})' if place else ''}."


def _address(base_url: str, watched: MotionSettings, party: str | None) -> str:
    path = PREFIX.format(session=watched.session, number=watched.number)
    asked = f"?{urlencode({'party': party}, quote_via=quote)}" if party else ""
    return f"{base_url}{path}/feed.atom{asked}"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
