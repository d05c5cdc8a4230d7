"""What the storage says when `/metrics` is asked, by site, however many sites there are.

At most `MOST_SITES` are told of by name, those with the most comments; all others are one more,
`*`: sums, and of ages the greatest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .clock import now
from .store import Store
from .store.figures import SiteFigures

MOST_SITES = 100
"""By choice: some fifty series each, which any Prometheus carries."""
OTHERS = "*"
"""The label of all further sites; no site can have it as a slug."""

_Labels = tuple[str, ...]


class StorageGauges(Collector):
    """One look at the storage.

    No `Gauge`: those of every process would be kept in the folder of the workers' counters, and
    told again beside these.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """Ask the storage; raises `UnavailableError`."""
        yield from self._server()
        at = now()
        found = self._store.figures.of(self._store.figures.slugs(), now=at)
        yield _gauge("rejoinder_sites", "Sites", (), {(): len(found)})
        named = _named(found)
        for name, told, labels, values in _sums(found):
            yield _gauge(name, told, ("site", *labels), _grouped(values, named, together=sum))
        for name, told, labels, since in _ages(found):
            ages = [(labels, max(at - each, 0) / 1000) for labels, each in since]
            yield _gauge(name, told, ("site", *labels), _grouped(ages, named, together=max))
        for name, told, labels, values in _counts(found):
            counts = CounterMetricFamily(name, told, labels=("site", *labels))
            for label, value in _grouped(values, named, together=sum).items():
                counts.add_metric(label, value)
            yield counts

    def _server(self) -> Iterator[GaugeMetricFamily]:
        server = self._store.connection.server()
        about: list[tuple[str, str, float | None]] = [
            ("writable", "Whether the storage takes writes", float(server.writes_ok)),
            ("memory_bytes", "Memory that the storage uses", server.memory),
            ("max_memory_bytes", "Its limit, 0 for none", server.maxmemory),
            ("disk_free_bytes", "Room under the embedded storage", server.disk_free),
        ]
        for name, told, value in about:
            if value is not None:
                yield _gauge(f"rejoinder_storage_{name}", told, (), {(): value})


_Told = tuple[str, str, _Labels, list[tuple[_Labels, float]]]


def _sums(found: Sequence[SiteFigures]) -> Iterator[_Told]:
    """What waits and what there is."""
    yield (
        "rejoinder_queue_cases",
        "Cases that wait",
        ("lane",),
        [((f.slug, lane), count) for f in found for lane, count in f.cases.items()],
    )
    yield (
        "rejoinder_comments",
        "Comments",
        ("status",),
        [((f.slug, status), count) for f in found for status, count in f.comments.items()],
    )
    plain: list[tuple[str, str, list[int]]] = [
        ("outbox_tasks", "Tasks that the worker has still to do", [f.outbox for f in found]),
        ("dead_tasks", "Tasks that were given up, the latest thousand", [f.dead for f in found]),
        ("mails_waiting", "Mails that are due", [f.mail for f in found]),
        (
            "mail_addresses_off",
            "Addresses that nothing is sent to any more, since they were refused",
            [f.addresses_off for f in found],
        ),
        ("webhooks_off", "Webhooks that were switched off", [f.webhooks_off for f in found]),
        ("deliveries_waiting", "Deliveries that wait", [f.deliveries for f in found]),
        (
            "deliveries_undelivered",
            "Deliveries that were given up and can be replayed",
            [f.undelivered for f in found],
        ),
    ]
    for name, told, values in plain:
        yield (
            f"rejoinder_{name}",
            told,
            (),
            [((f.slug,), value) for f, value in zip(found, values, strict=True)],
        )


def _ages(found: Sequence[SiteFigures]) -> Iterator[_Told]:
    """Since when it waits that waits longest; nothing where nothing does."""
    yield (
        "rejoinder_queue_oldest_seconds",
        "How long the case waits that waits longest",
        ("lane",),
        [((f.slug, lane), since) for f in found for lane, since in f.oldest.items()],
    )
    yield (
        "rejoinder_outbox_oldest_seconds",
        "How long ago the oldest task was given that is not done",
        (),
        [((f.slug,), f.outbox_oldest) for f in found if f.outbox_oldest is not None],
    )
    yield (
        "rejoinder_mail_oldest_seconds",
        "How long a mail is overdue",
        (),
        [((f.slug,), f.mail_oldest) for f in found if f.mail_oldest is not None],
    )


def _counts(found: Sequence[SiteFigures]) -> Iterator[_Told]:
    """How often mail and webhooks went well and did not."""
    kinds: list[tuple[str, str, str]] = [
        ("mail", "rejoinder_mails", "Tries to send a mail, by how they ended"),
        ("webhooks", "rejoinder_deliveries", "Tries to deliver to a webhook, by how they ended"),
    ]
    for kind, name, told in kinds:
        outcomes = ("sent" if kind == "mail" else "delivered", "failed", "dead")
        yield (
            name,
            told,
            ("outcome",),
            [
                ((f.slug, outcome), f.tallies.get(f"{kind}/{outcome}", 0))
                for f in found
                for outcome in outcomes
            ],
        )


def _named(found: Sequence[SiteFigures]) -> frozenset[str]:
    """The sites that are told of by name."""
    largest = sorted(found, key=lambda f: (-sum(f.comments.values()), f.slug))
    return frozenset(f.slug for f in largest[:MOST_SITES])


def _grouped(
    values: Sequence[tuple[_Labels, float]],
    named: frozenset[str],
    *,
    together: Callable[[list[float]], float],
) -> Mapping[_Labels, float]:
    """Bring the sites together that are not told of by name."""
    groups: defaultdict[_Labels, list[float]] = defaultdict(list)
    for (slug, *labels), value in values:
        groups[(slug if slug in named else OTHERS, *labels)].append(value)
    return {labels: together(group) for labels, group in groups.items()}


def _gauge(
    name: str, told: str, labels: _Labels, values: Mapping[_Labels, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, told, labels=labels)
    for label, value in values.items():
        family.add_metric(label, value)
    return family
