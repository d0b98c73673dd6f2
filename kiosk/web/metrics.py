"""Counts what the web app does and writes everything out for Prometheus.

The counting is plain Python; prometheus_client (12 MB) is imported by the first scrape.
"""

import bisect
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kiosk.devices.jobs import JobState
from kiosk.devices.state import DeviceState
from kiosk.events import Event

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

    from kiosk.web.context import Services

# Seconds; from a look-up on a fast machine to a write behind a slow card.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


@dataclass(slots=True)
class _Durations:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total_s: float = 0.0


class Metrics:
    """What happened since the start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, str, int], _Durations] = {}
        self._scans: Counter[str] = Counter()
        self._events: Counter[str] = Counter()
        self._registry: CollectorRegistry | None = None

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request of *route* (the pattern, not the address: addresses hold ids)."""
        with self._lock:
            durations = self._requests.setdefault((method, route, status), _Durations())
            durations.counts[bisect.bisect_left(BUCKETS, seconds)] += 1
            durations.total_s += seconds

    def hear(self, event: Event) -> None:
        """Count an event of the bus, and scans by their kind."""
        with self._lock:
            self._events[event.name] += 1
            if event.name == "scan":
                self._scans[str(event.data.get("kind"))] += 1

    def expose(self, services: "Services") -> bytes:
        """Everything in Prometheus' text format."""
        from prometheus_client import CollectorRegistry, generate_latest

        with self._lock:
            if self._registry is None:
                self._registry = CollectorRegistry()
                self._registry.register(_Collector(self, services))
            registry = self._registry
        return bytes(generate_latest(registry))

    def requests(self) -> list[tuple[tuple[str, str, int], list[int], float]]:
        """Method, route, status; requests by bucket; seconds in total."""
        with self._lock:
            return [(labels, list(durations.counts), durations.total_s) for labels, durations in self._requests.items()]

    def scans(self) -> dict[str, int]:
        """Scans that reached a screen, by kind."""
        with self._lock:
            return dict(self._scans)

    def events(self) -> dict[str, int]:
        """Events by name."""
        with self._lock:
            return dict(self._events)


class _Collector:
    """Reads the station's state at the moment of a scrape."""

    def __init__(self, metrics: Metrics, services: "Services") -> None:
        self._metrics, self._services = metrics, services

    def describe(self) -> Iterable["Metric"]:
        return ()  # registering must not read the database

    def collect(self) -> Iterator["Metric"]:
        yield self._request_durations()
        yield from self._counts()
        yield self._jobs()
        yield self._alerts()
        yield from self._devices()

    def _request_durations(self) -> "Metric":
        from prometheus_client.core import HistogramMetricFamily

        family = HistogramMetricFamily("kiosk_http_request_seconds", "Time to answer a request", labels=("method", "route", "status"))
        for (method, route, status), counts, total_s in self._metrics.requests():
            running, buckets = 0, []
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
                running += count
                buckets.append((bound, running))
            family.add_metric((method, route, str(status)), buckets, total_s)
        return family

    def _counts(self) -> Iterator["Metric"]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        scans = CounterMetricFamily("kiosk_scans", "Codes that reached a screen", labels=("kind",))
        for kind, count in self._metrics.scans().items():
            scans.add_metric((kind,), count)
        yield scans
        events = CounterMetricFamily("kiosk_events", "Events told", labels=("name",))
        for name, count in self._metrics.events().items():
            events.add_metric((name,), count)
        yield events
        streams = self._services.streams
        yield GaugeMetricFamily("kiosk_event_streams", "Browsers that follow events", value=streams.count)
        yield CounterMetricFamily("kiosk_event_streams_dropped", "Streams ended because they read too slowly", value=streams.dropped)
        stats = self._services.db.stats
        yield CounterMetricFamily("kiosk_db_write_units", "Write units committed", value=stats.units)
        yield CounterMetricFamily("kiosk_db_commits", "Transactions that held them", value=stats.commits)
        yield GaugeMetricFamily("kiosk_db_largest_batch", "Most units in one transaction", value=stats.largest_batch)

    def _jobs(self) -> "Metric":
        from prometheus_client.core import GaugeMetricFamily

        family = GaugeMetricFamily("kiosk_jobs", "Jobs that are not finished", labels=("device", "state"))
        with self._services.db.read() as session:
            for (device, state), count in self._services.jobs.open_counts(session).items():
                family.add_metric((device, JobState(state).value), count)
        return family

    def _alerts(self) -> "Metric":
        from prometheus_client.core import GaugeMetricFamily

        family = GaugeMetricFamily("kiosk_alerts", "Messages to people that are not delivered", labels=("channel", "state"))
        with self._services.db.read() as session:
            for (channel, state), count in self._services.alerts.counts(session).items():
                family.add_metric((channel, state.value), count)
        return family

    def _devices(self) -> Iterator["Metric"]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        devices = self._services.devices
        family = GaugeMetricFamily("kiosk_device_state", "1 for the state that a device is in", labels=("device", "kind", "state"))
        for status in devices.statuses():
            for state in DeviceState:
                family.add_metric((status.name, status.kind, state.value), float(status.state is state))
        yield family
        finished = CounterMetricFamily("kiosk_job_transitions", "Jobs that entered a state", labels=("device", "state"))
        for labels, count in devices.job_totals().items():
            finished.add_metric(labels, count)
        yield finished
        read = CounterMetricFamily("kiosk_scanner_reads", "What scanners read, by what became of it", labels=("device", "outcome"))
        for name in devices.scanners:
            if stats := devices.scanner_stats(name):
                for outcome, count in (("read", stats.read), ("repeated", stats.repeated), ("dropped", stats.dropped)):
                    read.add_metric((name, outcome), count)
        yield read
        pressed = CounterMetricFamily(
            "kiosk_button_presses", "Presses of face buttons, by what became of them", labels=("device", "outcome")
        )
        for status in devices.statuses():
            if buttons := devices.button_stats(status.name):
                for outcome, count in (("recorded", buttons.recorded), ("refused", buttons.refused), ("spike", buttons.spikes)):
                    pressed.add_metric((status.name, outcome), count)
        yield pressed
