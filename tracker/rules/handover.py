"""What a mail server's answer, or its silence, means for a Message. Pure.

Owns which answers are final, which are tried again, which stop the whole queue; and the
addresses that only simulate an answer. The conversation itself is outbox/smtp.py.
"""

from dataclasses import dataclass
from enum import StrEnum

LARGEST_BATCH = 100
"""How many emails go over one connection."""


class Step(StrEnum):
    """Where in the conversation with a mail server something happened."""

    CONNECT = "connecting"
    GREETING = "greeting"
    TLS = "encrypting"
    LOGIN = "logging in"
    SENDER = "naming the sender"
    RECIPIENT = "naming the recipient"
    DATA = "announcing the text"
    TEXT = "handing over the text"


class Fate(StrEnum):
    """What one try means for the Message.

    `gone` was taken by the server; `refused` is permanent; `later` is tried again;
    `uncertain` may have arrived; `untried` says nothing about the Message itself.
    """

    GONE = "gone"
    REFUSED = "refused"
    LATER = "later"
    UNCERTAIN = "uncertain"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try brought: its fate, the reason in words, and what it means beyond it.

    `stops_queue`: only a person can mend it (password, sender, encryption).
    `pauses_queue`: the server as a whole is away. `shrinks_batch`: it had too much.
    """

    fate: Fate
    reason: str | None = None
    stops_queue: bool = False
    pauses_queue: bool = False
    shrinks_batch: bool = False


def outcome_of_answer(step: Step, code: int, text: str) -> Outcome:
    """Return what a server's answer at this step means (checks.md M3, M4).

    A refused login or sender, or a demand to log in, stops the queue: it would meet
    every Message alike. A server that is away (421, or refusing at the greeting) pauses
    it.
    """
    reason = f"the mail server answered {code} {text}".strip()[:500]
    if step is Step.TEXT and not 400 <= code < 600:
        # What is no answer by the rules may be a yes.
        is_yes = 200 <= code < 300
        return Outcome(Fate.GONE) if is_yes else outcome_of_loss(step, reason)
    if step is Step.LOGIN and code != 421 and (code >= 500 or code == 432):
        return Outcome(Fate.UNTRIED, reason, stops_queue=True)
    if code in (530, 534, 535, 538) or (step is Step.SENDER and _is_ours(code)):
        return Outcome(Fate.UNTRIED, reason, stops_queue=True)
    if step in _BEFORE_THE_MESSAGE or code == 421:
        return Outcome(Fate.LATER, reason, pauses_queue=True)
    if code >= 500:
        return Outcome(Fate.REFUSED, reason)
    return Outcome(Fate.LATER, reason, shrinks_batch=code == 452)


def outcome_of_loss(step: Step, reason: str) -> Outcome:
    """Return what a lost or silent connection at this step means.

    Once the text began to be handed over nobody knows whether it arrived, and only staff
    decide (checks.md M2). Without encryption nothing is ever sent (M6).
    """
    if step is Step.TEXT:
        return Outcome(Fate.UNCERTAIN, reason, pauses_queue=True)
    if step is Step.TLS:
        return Outcome(Fate.UNTRIED, reason, stops_queue=True)
    return Outcome(Fate.LATER, reason, pauses_queue=True)


_BEFORE_THE_MESSAGE = (Step.CONNECT, Step.GREETING, Step.TLS, Step.LOGIN)


def _is_ours(code: int) -> bool:
    """Return whether a refusal of MAIL FROM is about the sender, not about this text.

    552 is its size, 555 and 553 with SMTPUTF8 its form.
    """
    return code >= 500 and code not in (552, 555)


def next_batch_size(size: int, outcome: Outcome) -> int:
    """Return how many emails the next connection may carry: half after "too many"."""
    return max(size // 2, 1) if outcome.shrinks_batch else size


SIMULATOR = "simulator.example"
"""Addresses here never leave the program (as GOV.UK Notify's simulate-… addresses)."""

_SIMULATED = {
    "delivered": Outcome(Fate.GONE),
    "bounced": Outcome(Fate.GONE),
    "refused": Outcome(Fate.REFUSED, "the mail server answered 550 simulated refusal"),
    "later": Outcome(Fate.LATER, "the mail server answered 451 simulated delay"),
    "uncertain": Outcome(Fate.UNCERTAIN, "simulated loss of the connection"),
}


def simulated_outcome(address: str) -> Outcome | None:
    """Return what an address of the simulator stands for, None for a real one.

    delivered@, bounced@ (taken, then given back), refused@, later@ and uncertain@
    simulator.example, with any +tag; another name there is taken as delivered.
    """
    local, _, domain = address.casefold().rpartition("@")
    if domain != SIMULATOR:
        return None
    return _SIMULATED.get(local.partition("+")[0], _SIMULATED["delivered"])


def is_simulated_bounce(address: str) -> bool:
    """Return whether a simulated email is given back after it was taken."""
    local, _, domain = address.casefold().rpartition("@")
    return domain == SIMULATOR and local.partition("+")[0] == "bounced"
