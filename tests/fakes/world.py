"""A whole station in one process: real settings file, SQLite, real drivers on the wire to simulated hardware.

with World(tmp_path) as world:
    deposit = world.take_in(2)
    world.wait_for_job(deposit.job, JobState.CONFIRMED)
    world.scanner.scan(deposit.code)
"""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kiosk.clock import Clock
from kiosk.config import load_configuration
from kiosk.demo.build import build_demo
from kiosk.demo.model import PrinterModel
from kiosk.demo.paper import Paper
from kiosk.desk.actors import ROLE_SCOPES, SCOPES, SYSTEM, Actor, Role
from kiosk.desk.bags.views import Deposit
from kiosk.devices.jobs import JobState
from kiosk.devices.queue import JobView
from kiosk.devices.registry import check_devices
from kiosk.devices.state import DeviceState
from kiosk.events import Event
from kiosk.station import Station
from kiosk.web.context import Services
from tests.fakes.printer import printer_model

PRINTER = "ticket-printer"
SCANNER = "desk-scanner"


class World:
    """A running station and its hardware.

    *model* names the printer's kind, or is one; *config* is appended to kiosk.toml; *environ* overrides single keys
    (``KIOSK_PRINTING__STALE_AFTER_S``). With *seeded* the demo's staff, shelves and bags are there, otherwise 24 shelves.
    *folder* may hold the records of an earlier World: the station starts on them again.
    """

    def __init__(
        self,
        folder: Path,
        *,
        model: str | PrinterModel = "process-id-80",
        clock: Clock | None = None,
        config: str = "",
        environ: dict[str, str] | None = None,
        seeded: bool = False,
        wait_until_ready: bool = True,
    ) -> None:
        self.demo = build_demo(folder, language="en", port=0, clock=clock, speed_mm_s=0)
        self.printer = self.demo.printer
        self.scanner = self.demo.scanner
        self.printer.printer.become(model if isinstance(model, PrinterModel) else printer_model(model))
        if config:
            with self.demo.config_path.open("a", encoding="utf-8") as file:
                file.write("\n" + config)
        self._told = threading.Condition()
        self.events: list[Event] = []
        try:
            loaded = load_configuration(self.demo.config_path, environ or {})
            self.station = Station(
                loaded.settings,
                check_devices(loaded.settings.devices, loaded.locate),
                clock=clock,
                pages=lambda services: [self.demo.blueprint(services)],
            )
        except BaseException:
            self.demo.close()
            raise
        try:
            self.station.bus.subscribe(self._hear)
            self.station.open()
            if seeded:
                self.demo.seed(self.services)
            else:
                self.services.db.write(lambda session: self.services.bags.ensure_slots(session, ["A01-A24"]))
            self.station.start()
            if wait_until_ready:
                for name in (PRINTER, SCANNER):
                    self.wait_for_device(name, DeviceState.READY)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop the station, then its hardware; what the printer's buffer held is lost."""
        self.station.stop()
        self.demo.close()

    # -- what a test looks at

    @property
    def services(self) -> Services:
        return self.station.services

    @property
    def paper(self) -> Paper:
        return self.printer.paper

    @property
    def url(self) -> str:
        """Where the station's pages are, without a slash at the end."""
        return self.station.web.url.rstrip("/")

    def job(self, job_id: int) -> JobView:
        with self.services.db.read() as session:
            return self.services.jobs.get(session, job_id)

    def deposit(self, deposit_id: int) -> Deposit:
        with self.services.db.read() as session:
            return self.services.bags.get(session, deposit_id)

    # -- what people and programs do

    def actor(self, role: Role = Role.SUPERVISOR) -> Actor:
        """Somebody of *role* who is in no staff list."""
        return Actor("user", 900, f"test {role.value}", ROLE_SCOPES[role], role)

    def take_in(self, pieces: int = 1, **more: Any) -> Deposit:
        """Take bags in; the answer has the whole code, its ticket is on its way."""
        return self.services.db.write(lambda session: self.services.bags.take_in(session, self.actor(), pieces=pieces, **more))

    def token(self, *scopes: str) -> str:
        """A fresh API token with *scopes*; without any, with all."""
        name = f"test {len(self.events)} {threading.get_ident()}"
        made = self.services.db.write(lambda session: self.services.tokens.create(session, SYSTEM, name, scopes or SCOPES))
        return made.text

    def request(self, method: str, path: str, body: object = None, *, token: str, **headers: str) -> tuple[int, Any]:
        """Call the API over HTTP; return status and decoded JSON (None for an empty body)."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            | {name.replace("_", "-"): value for name, value in headers.items()},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, _json(response.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json(error.read())

    # -- waiting, bounded and without polling the clock

    def wait_for(self, met: Callable[[], object], *, timeout_s: float = 10.0, what: str = "") -> None:
        """Block until *met*; looked at again after every event of the station (for the printer's own: `VirtualPrinter.wait_for`)."""
        with self._told:
            if not self._told.wait_for(met, timeout_s):
                raise AssertionError(f"{what or 'it'} did not happen within {timeout_s} s; events: {[event.name for event in self.events]}")

    def wait_for_job(self, job_id: int | None, state: JobState, *, timeout_s: float = 10.0) -> JobView:
        assert job_id is not None
        self.wait_for(lambda: self.job(job_id).state is state, timeout_s=timeout_s, what=f"job {job_id} {state.value}")
        return self.job(job_id)

    def wait_for_device(self, name: str, state: DeviceState, *, timeout_s: float = 10.0) -> None:
        self.wait_for(lambda: self.services.devices.status(name).state is state, timeout_s=timeout_s, what=f"{name} {state.value}")

    def _hear(self, event: Event) -> None:
        with self._told:
            self.events.append(event)
            self._told.notify_all()


def _json(data: bytes) -> Any:
    return json.loads(data) if data else None
