"""What Prometheus is told: how old the data are, how polls end, who listens.

Owns names and help texts of the metrics. Everything is read when it is asked for, from
the database: so it holds for all processes, and survives a restart.
"""

from collections.abc import Iterator
from importlib.metadata import version

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from dashboard.desk import Desk
from dashboard.hub import Hub
from dashboard.metrics_outgoing import outgoing_metrics
from tracker import board, store
from tracker.board import MotionView
from tracker.rules.calendar import MotionState
from tracker.rules.health import Health
from tracker.rules.outcomes import Outcome
from tracker.store import Session

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_MOTION = ["session", "number"]


class DeskCollector(Collector):
    """Reads the metrics of one dashboard."""

    def __init__(self, desk: Desk, hub: Hub) -> None:
        self._desk = desk
        self._hub = hub

    def describe(self) -> list[Metric]:
        """Return nothing: else registering would already read the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Return every metric as it is now. Raises DatabaseError."""
        yield InfoMetricFamily(
            "tracker_build",
            "The program's version",
            value={"version": version("edm-signature-tracker")},
        )
        streams = GaugeMetricFamily(
            "tracker_open_streams", "Open streams in this process"
        )
        streams.add_metric([], self._hub.listener_count)
        yield streams
        now = self._desk.clock()
        with store.read(self._desk.engine) as session:
            views = [
                board.motion_view(session, self._desk.settings, watched, now=now)
                for watched in self._desk.settings.motions
            ]
            polls = [_poll_counts(session, view) for view in views]
            outgoing = outgoing_metrics(session, now)
        yield _signatures(views)
        yield _open(views)
        yield from _ages(views, now.timestamp())
        yield _health(views)
        yield _polls(views, polls)
        yield from outgoing


def metrics_registry(desk: Desk, hub: Hub) -> CollectorRegistry:
    """Return a registry of one app's own."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DeskCollector(desk, hub))
    return registry


def metrics_text(registry: CollectorRegistry) -> bytes:
    """Return the metrics in Prometheus' text format. Raises DatabaseError."""
    return generate_latest(registry)


def _poll_counts(session: Session, view: MotionView) -> dict[Outcome, int]:
    motion = store.motion_by_number(session, view.session, view.number)
    if motion is None or motion.id is None:
        return {}
    return store.poll_counts(session, motion.id)


def _labels(view: MotionView) -> list[str]:
    return [view.session, str(view.number)]


def _signatures(views: list[MotionView]) -> Metric:
    count = GaugeMetricFamily(
        "tracker_signature_count", "Members whose signature stands", labels=_MOTION
    )
    for view in views:
        count.add_metric(_labels(view), view.signature_count)
    return count


def _open(views: list[MotionView]) -> Metric:
    is_open = GaugeMetricFamily(
        "tracker_motion_open", "1 while the motion can be signed", labels=_MOTION
    )
    for view in views:
        is_open.add_metric(_labels(view), view.state is MotionState.OPEN)
    return is_open


def _ages(views: list[MotionView], now: float) -> Iterator[Metric]:
    """Return ages in seconds; a motion that was never polled has none."""
    ages = (
        ("tracker_last_poll_age_seconds", "Since the last poll", "last_poll_at"),
        (
            "tracker_last_good_poll_age_seconds",
            "Since the last poll with a good answer",
            "last_good_poll_at",
        ),
    )
    for name, words, field in ages:
        age = GaugeMetricFamily(name, words, labels=_MOTION)
        for view in views:
            moment = getattr(view, field)
            if moment is not None:
                age.add_metric(_labels(view), now - moment.timestamp())
        yield age


def _health(views: list[MotionView]) -> Metric:
    health = GaugeMetricFamily(
        "tracker_health", "1 for the state that holds", labels=[*_MOTION, "health"]
    )
    for view in views:
        for state in Health:
            health.add_metric([*_labels(view), state.value], view.health is state)
    return health


def _polls(views: list[MotionView], polls: list[dict[Outcome, int]]) -> Metric:
    counter = CounterMetricFamily(
        "tracker_polls", "Polls by outcome", labels=[*_MOTION, "outcome"]
    )
    for view, counts in zip(views, polls, strict=True):
        for outcome in Outcome:
            counter.add_metric([*_labels(view), outcome.value], counts.get(outcome, 0))
    return counter
