"""What an AAA process counts, and how Prometheus reads it.

The hot path adds to plain numbers; names, labels and sums are made when somebody asks. Everything is of this process
since its start, but for gauges.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from time import monotonic
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from prometheus_client import Metric

    from hotgate.aaa.server import Server

SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
NAS_LABELS_MAX: Final = 1000  # the busiest; all others are one

Labels = Mapping[str, str]


class Histogram:
    """Counts of what was at most each bound."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        names = [*(str(float(bound)) for bound in self.bounds), "+Inf"]
        return list(zip(names, accumulate(self.counts), strict=True))


class Timing:
    """The batches of one lane."""

    def __init__(self) -> None:
        self.sizes = Histogram(SIZES)
        self.seconds = Histogram(SECONDS)
        self.ended_at: float | None = None

    def add(self, size: int, begun_at: float) -> None:
        """A batch was settled just now."""
        self.ended_at = monotonic()
        self.sizes.add(size)
        self.seconds.add(self.ended_at - begun_at)


class Reading(Collector):
    """Reads one server's numbers at the moment of asking."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from self._requests()
        yield from self._lanes()
        yield from self._state()

    def _requests(self) -> Iterator[Metric]:
        server = self._server
        answers = (({"outcome": o, "reason": r}, n) for (o, r), n in server.answers.items())
        yield _counter("hotgate_logins", "Access-Requests answered.", ("outcome", "reason"), answers)
        dropped = (({"rule": rule, "port": port}, n) for (rule, port), n in server.attempts.totals.items())
        yield _counter("hotgate_dropped", "Packets not answered, by rule (D-number).", ("rule", "port"), dropped)
        resent = (({"port": str(door.role)}, door.resent) for door in server.doors)
        yield _counter("hotgate_resent", "Duplicates answered from memory.", ("port",), resent)
        yield _counter("hotgate_nas_requests", "Valid requests by NAS id.", ("nas", "port"), self._by_nas())
        orders = (({"outcome": outcome}, n) for outcome, n in server.order_outcomes.items())
        yield _counter("hotgate_orders", "Orders to NASes, by how they ended.", ("outcome",), orders)
        yield _counter(
            "hotgate_sessions_lost", "Sessions closed because their NAS fell silent.", (), [({}, server.lost)]
        )

    def _by_nas(self) -> Iterator[tuple[Labels, float]]:
        for port, shares in self._server.shares.items():
            ranked = shares.by_nas.most_common()
            for nas_id, n in ranked[:NAS_LABELS_MAX]:
                yield {"nas": str(nas_id), "port": port}, n
            if len(ranked) > NAS_LABELS_MAX:
                yield {"nas": "others", "port": port}, sum(n for _, n in ranked[NAS_LABELS_MAX:])

    def _lanes(self) -> Iterator[Metric]:
        queue = GaugeMetricFamily("hotgate_queue_length", "Requests that wait for a batch.", labels=("lane",))
        sizes = HistogramMetricFamily("hotgate_batch_size", "Requests in one batch.", labels=("lane",))
        seconds = HistogramMetricFamily(
            "hotgate_batch_seconds", "From a batch's begin to its commit.", labels=("lane",)
        )
        for name, lane in self._server.lanes_by_name():
            queue.add_metric((name,), len(lane))
            sizes.add_metric((name,), lane.timing.sizes.buckets(), lane.timing.sizes.total)
            seconds.add_metric((name,), lane.timing.seconds.buckets(), lane.timing.seconds.total)
        yield from (queue, sizes, seconds)

    def _state(self) -> Iterator[Metric]:
        server = self._server
        yield GaugeMetricFamily("hotgate_database_up", "Whether the database answers.", float(server.health.is_up))
        yield GaugeMetricFamily("hotgate_nas_known", "NASes that may speak to this process.", len(server.clients))
        unreadable = len(server.clients.unreadable)
        yield GaugeMetricFamily("hotgate_nas_unreadable", "NASes whose secret does not open.", unreadable)
        yield GaugeMetricFamily("hotgate_backlog", "Accounting acknowledged and not booked yet.", len(server.backlog))
        yield _counter(
            "hotgate_deferred", "Accounting acknowledged before it was booked.", (), [({}, server.backlog.deferred)]
        )
        yield GaugeMetricFamily("hotgate_rejects_waiting", "Access-Rejects held back.", len(server.rejects))
        connections = len(server.radsec.connections)
        yield GaugeMetricFamily("hotgate_radsec_connections", "NASes' connections over TLS.", connections)
        ends = [lane.timing.ended_at for _, lane in server.lanes_by_name() if lane.timing.ended_at is not None]
        if ends:
            age = monotonic() - max(ends)
            yield GaugeMetricFamily("hotgate_last_commit_age_seconds", "Since a batch was last settled.", age)


def _counter(
    name: str, help: str, labels: Sequence[str], values: Iterable[tuple[Labels, float]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, help, labels=labels)
    for told, value in values:
        family.add_metric([told[label] for label in labels], value)
    return family


def page(server: Server) -> bytes:
    """All of it, as Prometheus reads it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Reading(server))
    return generate_latest(registry)
