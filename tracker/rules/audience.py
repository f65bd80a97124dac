"""Who is told of what happens, as a value that stories can carry. Pure.

Owns which webhook is told of which type. Made from the configuration by
outbox/audience.py; what is told, and when it leaves, is for the store and the senders.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tracker.rules.event_types import EventType


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook by its name, and the types that it is told of."""

    name: str
    types: frozenset[EventType]


@dataclass(frozen=True, slots=True)
class Audience:
    """The webhooks, whether staff gave an address, and whether all of it is held.

    `is_held` is mail.mode "hold": then nothing leaves, whatever else is configured.
    """

    hooks: tuple[Hook, ...] = ()
    has_staff: bool = False
    is_held: bool = True

    def hooks_for(self, type_: EventType) -> Iterator[str]:
        """Give the names of the webhooks that are told of this type."""
        return (hook.name for hook in self.hooks if type_ in hook.types)


NOBODY = Audience()
"""No webhook and no staff: what happens is written down all the same."""
