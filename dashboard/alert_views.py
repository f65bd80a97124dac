"""What the pages of an alert say, by where it stands. Pure."""

from dataclasses import dataclass

from tracker.board import MemberView, MotionView
from tracker.config import Settings
from tracker.rules.alerts import AlertState
from tracker.rules.calendar import MotionState
from tracker.rules.status import NudgeStatus
from tracker.supporters.alerting import Alert, wording_of


@dataclass(frozen=True, slots=True)
class AlertOffer:
    """The form for one MP: where it goes, what is agreed to, whether mail is held."""

    url: str
    mp: str
    wording: str
    is_held: bool


@dataclass(frozen=True, slots=True)
class AlertPage:
    """An alert's own page. `button` posts to `action`; `stop_url` is None if stopped."""

    heading: str
    sentences: tuple[str, ...]
    wording: str
    button: str | None
    action: str
    stop_url: str | None
    own_page: str | None


_HEADINGS = {
    AlertState.WAITING: "Tell you when {mp} signs EDM {number}?",
    AlertState.EXPIRED: "This link has expired",
    AlertState.IN_FORCE: "You will be told when {mp} signs EDM {number}",
    AlertState.TOLD: "You have been told about {mp} and EDM {number}",
    AlertState.STOPPED: "Stopped",
}
_SENTENCES = {
    AlertState.WAITING: ("With the button you agree to this:",),
    AlertState.EXPIRED: (
        "It was not confirmed within a week, so nothing is sent. You can ask anew on the"
        " page of the MP.",
    ),
    AlertState.IN_FORCE: (
        "One email comes when Parliament shows the name, or when the motion can no longer"
        " be signed. You have agreed to this:",
    ),
    AlertState.TOLD: ("Nothing more comes about it. You had agreed to this:",),
    AlertState.STOPPED: (
        "You get no email about this MP and this motion. You can ask anew on the page of"
        " the MP.",
    ),
}


def is_awaited(motion: MotionView, member: MemberView) -> bool:
    """Return whether there is a signature of this Member to wait for."""
    return (
        motion.state is MotionState.OPEN
        and member.is_sitting
        and member.status is not NudgeStatus.SIGNED
    )


def alert_offer(
    motion: MotionView, member: MemberView, settings: Settings, *, path: str
) -> AlertOffer | None:
    """Return the form for an MP, None if there is nothing to wait for; `path` is theirs."""
    if not is_awaited(motion, member):
        return None
    return AlertOffer(
        url=f"{path}/alert",
        mp=member.name,
        wording=wording_of(settings, member.name, motion.number),
        is_held=settings.mail.mode == "hold",
    )


def alert_page(alert: Alert, *, path: str) -> AlertPage:
    """Return the page of an alert; `path` is its own."""
    state = alert.state
    is_live = state in (AlertState.IN_FORCE, AlertState.TOLD)
    return AlertPage(
        heading=_HEADINGS[state].format(mp=alert.member_name, number=alert.number),
        sentences=_SENTENCES[state],
        wording=""
        if state in (AlertState.EXPIRED, AlertState.STOPPED)
        else alert.wording,
        button="Yes, tell me" if state is AlertState.WAITING else None,
        action=path,
        stop_url=f"{path}/unsubscribe" if state is AlertState.IN_FORCE else None,
        own_page=alert.own_page if is_live else None,
    )


def asked_sentences(mp: str, address: str, *, is_held: bool) -> tuple[str, ...]:
    """Return the answer to a request: the same for every address (checks.md W16)."""
    if is_held:
        return (
            "Nothing is being sent from this site at the moment. The request for"
            f" {address} is kept, and nothing is in force before it is confirmed.",
        )
    return (
        f"If {address} can be told when {mp} signs, it gets an email with a link. Nothing"
        " is in force before the button on that page is pressed.",
        "If nothing comes, look into the spam folder; an address that was asked within a"
        " day, or has confirmed already, gets no second one.",
    )
