"""Taking a form of the action page: what is written down, and each reason why it is not.

Owns what a refused form is answered with; what is written is in
tracker/supporters/action.py. Whatever is the reason, what was typed is shown again.
"""

import logging
from dataclasses import dataclass

from dashboard.desk import Desk
from tracker.board import MemberView
from tracker.config import MotionSettings
from tracker.keys import KeyFileError
from tracker.outbox.wording import TextError
from tracker.rules.asks import ask_of
from tracker.store import DatabaseError
from tracker.supporters.action import Entry
from tracker.supporters.last_look import NothingToSendError
from tracker.supporters.letter_form import FormError, Typed, filled_from

_NO_DATABASE = (
    "Nothing was sent or kept: the database does not answer just now. Try again in a few"
    " seconds; what you typed is still here."
)
_NO_DISK = (
    "Nothing was sent or kept: this site cannot write to its disk just now. Try again in"
    " a few seconds; what you typed is still here."
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a form was not taken: by field, and the status of the answer."""

    status: int
    wrong: dict[str, str]


async def written(
    desk: Desk,
    watched: MotionSettings,
    member: MemberView,
    typed: Typed,
    key: str,
    wrong: dict[str, str],
) -> Refused | None:
    """Write down what a form asks for; return why not, if it can't be taken."""
    try:
        filled = filled_from(typed)
        if wrong:
            return Refused(429 if "form" in wrong else 422, wrong)
        entry = Entry(
            watched=watched,
            member_id=member.member_id,
            constituency=member.constituency or "",
            ons_code=member.ons_code,
            ask=ask_of(member.status),
            filled=filled,
            form_key=key,
        )
        await desk.forms.take(entry, now=desk.clock())
    except FormError as error:
        return Refused(422, error.sentences | wrong)
    except TextError as error:
        return Refused(422, {"form": str(error)})
    except NothingToSendError as error:
        return Refused(409, {"form": f"Nothing was sent: {error}."})
    except DatabaseError:
        return Refused(503, {"form": _NO_DATABASE})
    except KeyFileError as error:
        log.error("a form was not taken: %s", error)
        return Refused(503, {"form": _NO_DISK})
    return None
