"""A database, the job queue, the hub and real drivers, over loopback sockets, to simulated printers."""

import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from kiosk.clock import SystemClock
from kiosk.config import Printing, Settings
from kiosk.db import Database
from kiosk.demo.printer import PrinterSimulator
from kiosk.devices.document import Cut, Document, Text
from kiosk.devices.hub import DeviceHub
from kiosk.devices.jobs import JobState
from kiosk.devices.queue import JobQueue, JobView
from kiosk.devices.registry import BuildContext, DeviceConfig
from kiosk.drivers.escpos_network import DRIVER, NetworkOptions
from kiosk.events import Event, EventBus
from tests.fakes.printer import network_printer


class TcpDesk:
    """Real threads, clocks and sockets; `wait_for` follows the events as a screen does."""

    def __init__(self, sqlite_url: str, folder: Path, stack: ExitStack) -> None:
        self._url, self._folder, self._stack = sqlite_url, folder, stack
        self._printers: dict[str, PrinterSimulator] = {}
        self._events: list[Event] = []
        self._changed = threading.Condition()

    def printer(self, name: str = "printer", model: str = "process-id-80", **faults: Any) -> PrinterSimulator:
        self._printers[name] = self._stack.enter_context(network_printer(model, **faults))
        return self._printers[name]

    def start(self) -> "TcpDesk":
        clock, bus = SystemClock(), EventBus()
        bus.subscribe(self._hear)
        self.db = Database(self._url, clock=clock, bus=bus)
        self._stack.callback(self.db.close)
        self.queue = JobQueue("desk-1", clock, 180)
        self.hub = DeviceHub(
            [
                DeviceConfig(name, DRIVER, NetworkOptions(host=printer.host, port=printer.port, reply_timeout_s=0.3))
                for name, printer in self._printers.items()
            ],
            lambda name: BuildContext(name, clock, self._folder),
            settings=Settings(printing=Printing(confirm_timeout_s=1.0)),
            db=self.db,
            bus=bus,
            clock=clock,
            jobs=self.queue,
            scan_sink=lambda _: None,
            monitor=lambda _: lambda: None,
        )
        self.hub.start()
        self._stack.callback(self.hub.stop)
        return self

    def _hear(self, event: Event) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def wait_for(self, told: str, /, *, timeout_s: float = 20, **data: object) -> None:
        def came() -> bool:
            return any(event.name == told and data.items() <= event.data.items() for event in self._events)

        with self._changed:
            assert self._changed.wait_for(came, timeout_s), [event.data for event in self._events]

    def wait_for_fault(self, code: str) -> None:
        def came() -> bool:
            reasons = [event.data["reason"] for event in self._events if event.name == "device.state"]
            return any(isinstance(reason, dict) and reason["code"] == code for reason in reasons)

        with self._changed:
            assert self._changed.wait_for(came, 20), [event.data for event in self._events]

    def ask(self, *texts: str, device: str = "printer") -> list[int]:
        def ask_one(text: str) -> JobView:
            document = Document((Text(text), Cut()))
            return self.db.write(lambda s: self.queue.enqueue(s, device=device, document=document, purpose="test"))

        return [ask_one(text).id for text in texts]

    def wait_for_state(self, jobs: list[int], state: JobState) -> None:
        for job in jobs:
            self.wait_for("job.state", id=job, state=state.value)

    def job(self, job: int) -> JobView:
        with self.db.read() as session:
            return self.queue.get(session, job)


def printed(printer: PrinterSimulator) -> list[str]:
    return [part.text.strip() for part in printer.paper.parts]
