"""Pictures that were drawn, kept while there is room, and told apart by a tag.

Owns how many are kept and how often one address may have one drawn: each takes a tenth
of a second of a processor, and is drawn in a thread of its own.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from dashboard.one_thread import OneThread
from dashboard.picture import picture_png
from dashboard.picture_views import Picture

MOST_KEPT = 200
"""Some 4 MB."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture's bytes, and the tag by which a client knows that it has them."""

    body: bytes
    tag: str


class Pictures:
    """The pictures of one process, the least lately asked for forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Picture, Drawn] = OrderedDict()
        self._thread = OneThread(
            "pictures", "Too many pictures are being drawn: try again in a few seconds."
        )

    def known(self, picture: Picture) -> Drawn | None:
        """Return a picture that was drawn before."""
        drawn = self._kept.get(picture)
        if drawn is not None:
            self._kept.move_to_end(picture)
        return drawn

    async def drawn(self, picture: Picture) -> Drawn:
        """Return the picture, drawn now if need be; ProblemError 503 if many wait."""
        known = self.known(picture)
        if known is not None:
            return known
        # Who asked meanwhile may have it drawn a second time: the same bytes.
        body = await self._thread.do(lambda: picture_png(picture))
        drawn = Drawn(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        self._kept[picture] = drawn
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return drawn

    def stop(self) -> None:
        """End the thread."""
        self._thread.stop()
