"""One run: a service, its clients, what goes wrong, and afterwards the audit."""

from __future__ import annotations

import json
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from moderation.app import create_app
from moderation.clock import now
from moderation.errors import UnavailableError
from moderation.records import Site
from moderation.scoring import ScoringService
from moderation.services import services_of
from moderation.settings import load_settings
from moderation.store import Store
from moderation.store.connection import connect
from moderation.tokens import new_credential
from moderation.worker import Worker
from tests.faults.auditor import Auditor, Finding
from tests.faults.calls import Caller, Figures
from tests.faults.clients import Client
from tests.faults.crowd import ORIGIN, Crowd, Pool, settle_in
from tests.faults.injections import FaultMaker
from tests.faults.journal import Journal, answered, unanswered
from tests.faults.model import Model
from tests.faults.service import Service
from tests.faults.storages import STORAGES, Storage, until
from tests.support.scorer import TinyScorer

DRAIN = 120.0
RETRY_MS = 500
"""Who drains the outbox in the end does not wait half a minute for what a killed worker had."""


@dataclass
class Result:
    """What a run found, and its figures."""

    acknowledged: int = 0
    by_verb: Counter[str] = field(default_factory=Counter)
    injections: Counter[str] = field(default_factory=Counter)
    failed_calls: int = 0
    failures: int = 0
    replays: int = 0
    unanswered: int = 0
    restarts: int = 0
    looks: int = 0
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    under_fault: list[float] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many findings are of a kind."""
        return sum(finding.kind == kind for finding in self.findings)

    def table(self) -> str:
        """The figures, a line each."""
        ordered = sorted(self.under_fault) or [0.0]
        rows = [
            ("acknowledged writes", f"{self.acknowledged:,}"),
            *((f"· {verb}", f"{count:,}") for verb, count in self.by_verb.most_common()),
            ("injections", f"{self.injections.total():,}"),
            *((f"· {kind}", f"{count:,}") for kind, count in self.injections.most_common()),
            ("commands started again", f"{self.restarts:,}"),
            ("checks while others wrote", f"{self.looks:,}"),
            ("calls that met a failure", f"{self.failed_calls:,}"),
            ("answers given again", f"{self.replays:,}"),
            ("calls without an answer", f"{self.unanswered:,}"),
            ("lost", f"{self.count('lost'):,}"),
            ("doubled", f"{self.count('doubled'):,}"),
            ("different", f"{self.count('differs'):,}"),
            ("wait through a fault, median", f"{statistics.median(ordered):.1f} s"),
            ("wait through a fault, p95", f"{ordered[int(0.95 * (len(ordered) - 1))]:.1f} s"),
            ("longest wait", f"{max(self.waits, default=0.0):.1f} s"),
            ("seconds", f"{self.seconds:.0f}"),
        ]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {value:>9}" for name, value in rows)


class Run:
    """A service on a storage with a crowd on each site; `audit` may be called again and again."""

    def __init__(
        self,
        storage: str,
        seed: int,
        *,
        sites: Sequence[str] = ("blog",),
        readers: int = 40,
        threads: int = 4,
        longest: float | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rejoinder-faults-"))
        self.chosen = random.Random(seed)
        self.storage: Storage = STORAGES[storage](self.folder)
        if longest is not None:
            self.storage.longest = longest
        self.service = Service(self.folder, self.storage.environment)
        self.settings = load_settings(self.service.environment)
        self.faults = FaultMaker(self.service, self.storage, self._drawn())
        self.figures = Figures()
        self.journals: dict[str, Journal] = {}
        self.crowds: dict[str, Crowd] = {}
        self.result = Result()
        try:
            connection = connect(self.settings)
            try:
                keys = {site: _created(Store(connection), site) for site in sites}
                self.service.start()
                self.service.until_ready()
            finally:
                connection.close()
            for site in sites:
                self._settle_in(site, keys[site], readers, threads)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.service.end()
        self.storage.close()
        for journal in self.journals.values():
            journal.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def load(
        self,
        *,
        clients: int,
        seconds: float = 0.0,
        faults: Sequence[str] | None = None,
        at_least: int = 0,
        fault_pause: float = 2.0,
        cut_share: float = 0.02,
        pause: float = 0.0,
    ) -> None:
        """Let clients of every site write, through these faults or, for `seconds`, through all.

        The first of these comes when there are `at_least` so many answers.
        """
        began = time.monotonic()
        over = threading.Event()
        crowds = list(self.crowds.values())
        failures: list[BaseException] = []

        def write(number: int) -> None:
            crowd = crowds[number % len(crowds)]
            try:
                with closing(self._caller(crowd.site)) as caller:
                    caller.cut_share = cut_share
                    seats = {"seat": number, "seats": clients}
                    Client(crowd, caller, self._drawn(), **seats).work(over, pause)
            except BaseException as error:
                failures.append(error)

        writers = [threading.Thread(target=write, args=(number,)) for number in range(clients)]
        writers.append(threading.Thread(target=self._look, args=(over,)))
        for writer in writers:
            writer.start()
        try:
            if faults is not None:
                self._goes_on(at_least)
                for kind in faults:
                    self._goes_on()
                    self.faults.make(kind)
                self._goes_on()
            else:
                ends = threading.Event()
                maker = threading.Thread(target=self.faults.work, args=(ends, fault_pause))
                maker.start()
                over.wait(seconds)
                ends.set()
                maker.join()
        finally:
            over.set()
            for writer in writers:
                writer.join()
        self.result.seconds += time.monotonic() - began
        for failure in failures:
            self.result.findings.append(Finding("lost", f"{failure!r}"))

    def _look(self, over: threading.Event) -> None:
        """Do what `doctor` does while others write: nothing is wrong, so it must tell nothing."""
        connection = connect(self.settings)
        store = Store(connection)
        try:
            while not over.wait(1.0):
                for site in self.crowds:
                    with suppress(UnavailableError):
                        told = store.maintenance.check(site)
                        self.result.looks += 1
                        for each in told:
                            self.result.findings.append(
                                Finding("differs", f"told too soon: {each}")
                            )
        finally:
            connection.close()

    def _goes_on(self, answers: int = 10) -> None:
        """Wait for so many more answers; raises `TimeoutError`."""
        journals = self.journals.values()
        wanted = sum(journal.answers for journal in journals) + answers
        until(lambda: sum(journal.answers for journal in journals) >= wanted, 60)

    def settle(self) -> None:
        """Wait until everything is well again, and all that follows from the writes is done."""
        self.service.until_ready()
        for crowd in self.crowds.values():
            with closing(self._caller(crowd.site)) as caller:
                Client(crowd, caller, self._drawn()).close_up()
        connection = connect(self.settings)
        try:
            store = Store(connection)
            scoring = ScoringService(TinyScorer())  # type: ignore[arg-type]
            app = create_app(self.settings, store=store, scoring=scoring)
            worker = Worker(services_of(app), retry_ms=RETRY_MS)
            deadline = time.monotonic() + DRAIN
            while any(store.maintenance.stats(site)["outbox"] for site in self.crowds):
                if time.monotonic() > deadline:
                    self.result.findings.append(Finding("lost", "tasks of the outbox wait still"))
                    break
                with suppress(UnavailableError):
                    worker.run_once()
                time.sleep(0.05)
        finally:
            connection.close()

    def audit(self) -> list[Finding]:
        """Compare journal and service, and the store's indexes with each other."""
        found: list[Finding] = []
        for site, crowd in self.crowds.items():
            model = self.model(site)
            headers = crowd.moderators[0].headers | {"Authorization": crowd.owner["Authorization"]}
            with closing(Auditor(self.service.port, site, headers, model)) as auditor:
                found += auditor.findings()
        connection = connect(self.settings)
        try:
            store = Store(connection)
            for site in self.crowds:
                model = self.model(site)
                stats = store.maintenance.stats(site)
                if stats["dead"]:
                    found.append(Finding("lost", f"{stats['dead']} tasks are dead letters"))
                for status in ("published", "held", "rejected", "deleted"):
                    if stats[f"comments.{status}"] != model.totals()[status]:
                        found.append(
                            Finding(
                                "differs",
                                f"{stats[f'comments.{status}']} comments are counted as {status}, "
                                f"not {model.totals()[status]}",
                            )
                        )
                found += [Finding("differs", told) for told in store.maintenance.check(site)]
        finally:
            connection.close()
        return found

    def doctor(self) -> list[Finding]:
        """What `rejoinder doctor` says is broken."""
        report = json.loads(self.service.run("doctor", "--json"))
        return [
            Finding("differs", f"doctor: {each['about']}: {each['detail']}")
            for each in report["findings"]
            if each["level"] == "broken"
        ]

    def model(self, site: str) -> Model:
        """What must be there, as the journal has it."""
        return Model(answered(self.journals[site].path))

    def finish(self) -> Result:
        """Settle, audit, and give the figures."""
        self.settle()
        result = self.result
        result.findings += self.audit()
        for error in self.faults.errors:
            result.findings.append(Finding("differs", error))
        for site, journal in self.journals.items():
            by_verb = self.model(site).acknowledged
            result.by_verb += by_verb
            result.unanswered += unanswered(journal.path)
        result.acknowledged = result.by_verb.total()
        result.injections = Counter(self.faults.made)
        if self.figures.cuts:
            result.injections["connections cut by clients"] = self.figures.cuts
        result.failed_calls, result.failures = self.figures.failed_calls, self.figures.failures
        result.replays = self.figures.replays
        result.waits, result.under_fault = self.figures.waits, self.figures.under_fault
        result.restarts = self.service.restarts
        return result

    def _settle_in(self, site: str, key: str, readers: int, threads: int) -> None:
        self.journals[site] = Journal(self.folder / f"{site}.jsonl")
        crowd = Crowd(
            site,
            [f"{ORIGIN}/{number}" for number in range(threads)],
            {"Authorization": f"Bearer {key}"},
            Pool(),
        )
        with closing(self._caller(site)) as caller:
            settle_in(caller, crowd, readers=readers, moderators=3)
        self.crowds[site] = crowd

    def _caller(self, site: str) -> Caller:
        return Caller(site, self.service.port, self.journals[site], self.figures, self._drawn())

    def _drawn(self) -> random.Random:
        return random.Random(self.chosen.getrandbits(64))


def _created(store: Store, slug: str) -> str:
    """Make a site; answers its owner's key."""
    at = now()
    credential, key = new_credential(slug, kind="key", role="owner", name="first", now=at)
    site = Site(slug=slug, name=slug, origins=(ORIGIN,), policy={}, created=at)
    store.sites.create(site, credential=credential, now=at)
    return key
