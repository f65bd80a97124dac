"""Metrics of what goes out and of what is done every so often: numbers, nobody's name.

Owns the names and help texts of these; metrics.py owns when they are read.
"""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric

from tracker import store
from tracker.store import Session
from tracker.store.tables import MessageState

JOBS = ("members", "calendar", "mailbox", "tallies", "retention", "backup")
"""What is remembered as done; one that was never done has no age."""


def outgoing_metrics(session: Session, now: datetime) -> list[Metric]:
    """Return the metrics, read at once: the session is closed before they are sent."""
    return [*_messages(session), _pause(session, now), _jobs(session, now)]


def _messages(session: Session) -> Iterator[Metric]:
    counts = store.message_counts(session)
    messages = GaugeMetricFamily(
        "tracker_messages", "Messages in the outbox by state", labels=["state"]
    )
    for state in MessageState:
        messages.add_metric([state.value], counts.get(state, 0))
    yield messages


def _pause(session: Session, now: datetime) -> Metric:
    pause = store.sender_pause(session)
    paused = GaugeMetricFamily(
        "tracker_sender_paused",
        "1 while no email is sent because the mail server refuses or fails",
    )
    paused.add_metric([], pause is not None and pause.until_at > now)
    return paused


def _jobs(session: Session, now: datetime) -> Metric:
    age = GaugeMetricFamily(
        "tracker_job_age_seconds", "Since the job last ended well", labels=["job"]
    )
    for job in JOBS:
        done_at = store.job_done_at(session, job)
        if done_at is not None:
            age.add_metric([job], (now - done_at).total_seconds())
    return age
