"""The composition root: Settings -> database, devices, desk services, web app; start and stop.

Its half that only builds is `kiosk.wiring`; nothing below the two knows what it is wired to.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from flask import Blueprint

from kiosk.clock import Clock, SystemClock
from kiosk.config import Settings
from kiosk.db import Database
from kiosk.db.lock import StationLock
from kiosk.db.schema import upgrade
from kiosk.db.traces import wipe_traces
from kiosk.devices.registry import DeviceConfig
from kiosk.errors import ConfigError
from kiosk.events import EventBus
from kiosk.housekeeping import Housekeeper
from kiosk.memory import return_free_memory
from kiosk.web.app import create_app
from kiosk.web.context import Services
from kiosk.web.idempotency import purge_answers
from kiosk.web.server import WebServer
from kiosk.wiring import build_dispatcher, build_refund_exporter, build_services

log = logging.getLogger(__name__)


class Station:
    """One station, wired and ready to start. A context manager that stops what it started."""

    def __init__(
        self,
        settings: Settings,
        devices: Sequence[DeviceConfig],
        *,
        clock: Clock | None = None,
        pages: Callable[[Services], Iterable[Blueprint]] = lambda _services: (),
    ) -> None:
        """*pages* makes blueprints beyond the product's own, such as the demo's bench."""
        self.settings = settings
        self.clock = clock = clock or SystemClock()
        state_dir = Path(settings.station.state_dir)
        _private_folder(state_dir)
        self.bus = EventBus()
        self.db = Database(settings.database.url, clock=clock, bus=self.bus, readers=settings.web.threads + 2)
        self._stack = ExitStack()
        self.services = build_services(settings, devices, db=self.db, bus=self.bus, clock=clock)
        self.app = create_app(self.services, pages(self.services))
        self.web = WebServer(self.app, settings.web, self.services.streams)
        self._dispatcher = build_dispatcher(settings, db=self.db, bus=self.bus, clock=clock)
        self._refunds = build_refund_exporter(settings, db=self.db, bus=self.bus, clock=clock)
        self._housekeeper = Housekeeper(
            [
                lambda: purge_answers(self.db, clock),
                lambda: self.services.alerts.purge(self.db),
                self.services.drop_folder.forget,
                lambda: wipe_traces(self.db),  # of what these and the night's purge have deleted
                return_free_memory,
            ],
            clock=clock,
        )

    def __enter__(self) -> "Station":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()

    def open(self) -> str | None:
        """Take the database for this station and bring it to the current schema; nothing moves yet.

        Returns the one-time PIN of the technician that a first start creates. Raises AlreadyRunning, ConfigError.
        """
        self._stack.callback(self.db.close)
        self._stack.enter_context(StationLock(self.db, self.settings.station.name))
        upgrade(self.db.engine)
        self.db.write(self.services.bags.ensure_slots)
        self.db.write(self.services.feedback.ensure_defaults)
        self.db.write(self.services.policy.ensure_default)
        self.db.write(self.services.privacy.prepare)
        return self.services.staff.first_technician(self.db)

    def start(self) -> None:
        """Start screens and devices; raises PortTaken before any device moves."""
        self.web.bind()
        self._stack.callback(self._housekeeper.stop)
        self._stack.callback(self._dispatcher.stop)
        self._stack.callback(self._refunds.stop)
        self._stack.callback(self.services.agenda.stop)
        self._stack.callback(self.services.drop_folder.stop)
        self._stack.callback(self.services.button_presses.stop)
        self._stack.callback(self.services.devices.stop)
        self._stack.callback(self.services.viewfinder.stop)
        self._stack.callback(self.web.stop)
        # Screens first: what a driver imports would hold them up, and they tell that a device is still starting.
        self.web.start()
        self.services.devices.start()
        self._dispatcher.start()
        self._refunds.start()
        self.services.agenda.start()
        self.services.drop_folder.start()
        self._housekeeper.start()
        log.info("station %s is up at %s", self.settings.station.name, self.web.url)

    def stop(self) -> None:
        """Stop screens, then devices, then the database; harmless when nothing was started."""
        self._stack.close()


def _private_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"station.state_dir: {folder} cannot be made: {error.strerror}; create it for this user, or name another"
        ) from error
