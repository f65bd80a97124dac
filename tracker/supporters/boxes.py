"""The three boxes of the action page's form, word for word (product.md 10). Pure.

Owns their wording and its version: both are kept with every box that is ticked. None is
ever ticked beforehand.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tracker.config import Settings
from tracker.store.tables import ConsentKind

WORDING_VERSION = "1"
"""Goes up with any change of the words below."""

_SEND = (
    "I ask {controller} to send this email with my name, address and postcode to {mp}."
    " It shows a political opinion of mine, and I agree to its use for this."
)
_REMINDERS = "Email me about this motion: when to follow up and when {mp} signs."
_CAMPAIGNS = "Tell me about other campaigns."


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its field in the form, what stands beside it, whether it is needed."""

    kind: ConsentKind
    wording: str
    is_needed: bool = False


def boxes(settings: Settings, mp: str) -> tuple[Box, Box, Box]:
    """Return the boxes of a form that writes to the MP of that name."""
    controller = controller_name(settings)
    return (
        Box(ConsentKind.SEND, _SEND.format(controller=controller, mp=mp), True),
        Box(ConsentKind.REMINDERS, _REMINDERS.format(mp=mp)),
        Box(ConsentKind.CAMPAIGNS, _CAMPAIGNS),
    )


def controller_name(settings: Settings) -> str:
    """Return who asks: the controller, or the campaign while none is configured."""
    return settings.privacy.controller.strip() or settings.campaign.name


def receivers_note(settings: Settings) -> str | None:
    """Return who else receives supporters' data, named where consent is asked, or None."""
    others = settings.privacy.joint_with
    if not others:
        return None
    return f"{controller_name(settings)} shares your data with: {', '.join(others)}."


def ticked(
    settings: Settings, mp: str, kinds: Collection[ConsentKind]
) -> Iterator[tuple[ConsentKind, str]]:
    """Give the boxes that were ticked, each with all that was read beside it."""
    note = receivers_note(settings)
    for box in boxes(settings, mp):
        if box.kind in kinds:
            yield box.kind, f"{box.wording} ({note})" if note else box.wording
