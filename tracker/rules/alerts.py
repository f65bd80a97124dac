"""Where an alert stands: "tell me when my MP signs", asked for by anyone. Pure.

It is in force only when the address confirmed it; asking again, stopping and being told
each leave one state. How long a link lasts is told by the caller.
"""

from datetime import datetime, timedelta
from enum import StrEnum

ASKED_AGAIN_AFTER = timedelta(days=1)
"""A request that waits is not repeated sooner, whoever types the address."""

DAILY_CAP = 5
"""How many requests to confirm one address gets in a day, over all MPs."""


class AlertState(StrEnum):
    """What an alert waits for, or why it is over."""

    WAITING = "waiting"
    EXPIRED = "expired"
    IN_FORCE = "in_force"
    TOLD = "told"
    STOPPED = "stopped"


def alert_state(
    *,
    asked_at: datetime,
    confirmed_at: datetime | None,
    stopped_at: datetime | None,
    told_at: datetime | None,
    lasts: timedelta,
    now: datetime,
) -> AlertState:
    """Return where an alert stands at `now`; a request of exactly `lasts` has expired."""
    if stopped_at is not None:
        return AlertState.STOPPED
    if confirmed_at is None:
        is_over = now >= asked_at + lasts
        return AlertState.EXPIRED if is_over else AlertState.WAITING
    return AlertState.IN_FORCE if told_at is None else AlertState.TOLD


def may_ask(
    state: AlertState | None,
    *,
    asked_at: datetime | None,
    asked_lately: int,
    now: datetime,
) -> bool:
    """Return whether a request to confirm is sent; None: there is no such alert yet.

    `asked_lately` is how many requests the address got within a day. One in force needs
    none.
    """
    if asked_lately >= DAILY_CAP or state is AlertState.IN_FORCE:
        return False
    return asked_at is None or now >= asked_at + ASKED_AGAIN_AFTER
