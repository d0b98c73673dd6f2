"""All devices of a station in one hand: built from the configuration, started, watched, tested, stopped."""

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import Database
from kiosk.devices.audio_service import AudioService, AudioStats, Prompt
from kiosk.devices.building import audio_service, button_service
from kiosk.devices.button_service import ButtonService, ButtonStats, PressSink
from kiosk.devices.document import Barcode, Columns, Cut, Document, Qr, Rule, Text
from kiosk.devices.keeper import JobKeeper
from kiosk.devices.preview import PreviewBoard
from kiosk.devices.printer import Evidence, Printer, PrinterStatus
from kiosk.devices.queue import JobQueue, JobView
from kiosk.devices.registry import BuildContext, DeviceConfig
from kiosk.devices.renewal import RenewedScanner
from kiosk.devices.scan_answers import ScanAnswers
from kiosk.devices.scanner import Scan, Scanner
from kiosk.devices.scanner_service import ScannerService, ScannerStats
from kiosk.devices.spooler import PrinterService
from kiosk.devices.state import OPERATIONAL, DeviceState, DeviceStatus, Reason
from kiosk.devices.supervisor import DeviceCounts, Supervisor
from kiosk.devices.udev import Monitor, UdevWatch
from kiosk.errors import Conflict, NotFound, Unavailable
from kiosk.events import Event, EventBus
from kiosk.i18n import N_, msg

log = logging.getLogger(__name__)

SELF_TEST = "self-test"  # purpose of the job that a printer's self-test makes


class UnknownDevice(NotFound):
    """The configuration has no device of this name."""

    slug = "device-not-found"
    title = N_("No such device")


class DeviceDisabled(Unavailable):
    """The device cannot be used until the configuration or the installation is mended."""

    slug = "device-disabled"
    title = N_("Device disabled")


class DeviceOffline(Unavailable):
    """The device is away: a test would only leave a slip that is printed some time later."""

    slug = "device-offline"
    title = N_("Device offline")


class NoPreview(NotFound):
    """The device is no camera, or one that is disabled."""

    slug = "no-preview"
    title = N_("No camera")


class NoSelfTest(Conflict):
    """Devices of this kind have no self-test."""

    slug = "no-self-test"
    title = N_("No self-test")


class SelfTestReport(msgspec.Struct, frozen=True):
    """What a self-test started (a printer's *job*) or found (the *counts* of other kinds)."""

    device: str
    kind: str
    state: DeviceState
    job: JobView | None = None
    counts: dict[str, int] | None = None


class DeviceHub:
    """Starts and stops the devices; what screens, readiness and metrics know of them, they ask here."""

    def __init__(
        self,
        configs: Sequence[DeviceConfig],
        context: Callable[[str], BuildContext],
        *,
        settings: Settings,
        db: Database,
        bus: EventBus,
        clock: Clock,
        jobs: JobQueue,
        scan_sink: Callable[[Scan], object],
        press_sink: PressSink = lambda _press, answer: answer(False),
        speaker: str = "",
        prompts: Sequence[Prompt] = (),
        rng: random.Random | None = None,
        monitor: Monitor | None = None,
    ) -> None:
        """*context* makes the build context of a device by name; *scan_sink* takes each scan, in the scanner's thread;
        *press_sink* each press of a face button, in its panel's; *speaker* is the audio device that says *prompts*;
        *monitor* stands in for udev."""
        self._settings, self._db, self._bus, self._clock, self._jobs = settings, db, bus, clock, jobs
        self._configs = {config.name: config for config in configs}
        self._supervisor = Supervisor(clock, bus, rng or random.Random())
        self._printers: dict[str, PrinterService] = {}
        self._scanners: dict[str, ScannerService] = {}
        self._panels: dict[str, ButtonService] = {}
        self._audio: dict[str, AudioService] = {}
        self._boards: dict[str, PreviewBoard] = {}
        self._speaker, self._prompts = speaker, prompts
        for config in configs:
            self._add(config, context, scan_sink, press_sink)
        beeper = settings.scans.beeper
        self.answer_scan = ScanAnswers(self._audio.get(beeper), self._panels, lambda: self.status(beeper).state in OPERATIONAL)
        jobs.serve(self._printers)
        self._keeper = JobKeeper(jobs, db, clock, keep_days=settings.printing.keep_days)
        self._udev = UdevWatch(self._supervisor.wake_offline, monitor)
        self._lock = threading.Lock()
        self._job_totals: Counter[tuple[str, str]] = Counter()
        self._unsubscribe: Callable[[], None] | None = None

    def _add(
        self,
        config: DeviceConfig,
        context: Callable[[str], BuildContext],
        scan_sink: Callable[[Scan], object],
        press_sink: PressSink,
    ) -> None:
        name, driver = config.name, config.driver
        if lacking := driver.lacks(config.options):
            self._supervisor.add_disabled(name, driver.kind, driver.name, lacking)
        elif driver.kind == "printer":

            def printer() -> Printer:
                made: Printer = driver.build(config.options, context(name))
                return made

            self._printers[name] = PrinterService(
                name, printer, self._jobs, self._db, self._clock, confirm_timeout_s=self._settings.printing.confirm_timeout_s
            )
            self._supervisor.add(name, driver.kind, driver.name, self._printers[name])
        elif driver.kind == "scanner":
            board = PreviewBoard() if driver.previews else None
            if board is not None:
                self._boards[name] = board

            def scanner() -> Scanner:
                made: Scanner = driver.build(config.options, replace(context(name), preview=board) if board else context(name))
                return made

            self._scanners[name] = ScannerService(
                name, RenewedScanner(scanner), scan_sink, self._clock, self._settings.scans.repeat_window_s
            )
            self._supervisor.add(name, driver.kind, driver.name, self._scanners[name])
        elif driver.kind == "input":
            self._panels[name] = button_service(config, context, press_sink, self._clock)
            self._supervisor.add(name, driver.kind, driver.name, self._panels[name])
        elif driver.kind == "audio":
            prompts = self._prompts if name == self._speaker else ()
            self._audio[name] = audio_service(config, context, prompts, self._clock, lambda playing: self._played(name, playing))
            self._supervisor.add(name, driver.kind, driver.name, self._audio[name])
        else:
            self._supervisor.add_disabled(
                name, driver.kind, driver.name, Reason("unsupported", f"no service for devices of kind {driver.kind}")
            )

    # -- life

    def start(self) -> None:
        """Ask about what an earlier process left half-sent or for a printer that is gone, then start every device; none is waited for.

        Raises StorageError when the database does not take it.
        """
        left = self._db.write(self._jobs.recover)
        if left:
            log.warning("%d jobs were being sent when the station stopped: a person is asked about each", len(left))
        self._db.write(self._jobs.hold_stale)
        orphans = self._db.write(self._jobs.hold_unserved)
        if orphans:
            log.warning("%d jobs wait for printers that are not configured any more: a person is asked about each", len(orphans))
        self._unsubscribe = self._bus.subscribe(self._heard)
        self._supervisor.start()
        self._udev.start()
        self._keeper.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Stop every device within *timeout_s*; call before the database is closed."""
        self._udev.stop()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        for board in self._boards.values():
            board.close()
        deadline = self._clock.monotonic() + timeout_s
        self._supervisor.stop(timeout_s)
        # It has no device to leave in order: what a slow database leaves of the time is enough, and it ends with the process.
        self._keeper.stop(max(0.5, deadline - self._clock.monotonic()))

    def _heard(self, event: Event) -> None:
        """Wake a printer when there is something to print; called in the publishing thread, after the commit."""
        if event.name != "job.state":
            return
        data = event.data
        device, state = str(data["device"]), str(data["state"])
        if data["old"] != state:
            with self._lock:
                self._job_totals[device, state] += 1
        # A queued job with a reason was put back or waits for a remedy: its printer knows, and keeps its own pace.
        if state == "queued" and not data["held"] and data["reason"] is None and device in self._printers:
            self._supervisor.wake(device)

    def _played(self, name: str, playing: bool) -> None:
        self._bus.publish("audio.state", {"device": name, "playing": playing}, at=self._clock.now())

    # -- what screens and programs ask

    def statuses(self) -> list[DeviceStatus]:
        """All devices, in the order of the configuration."""
        return self._supervisor.statuses()

    def status(self, name: str) -> DeviceStatus:
        """One device; raises UnknownDevice."""
        self._known(name)
        return self._supervisor.status(name)

    @property
    def printers(self) -> tuple[str, ...]:
        """Names of the printers."""
        return tuple(self._printers)

    @property
    def scanners(self) -> tuple[str, ...]:
        """Names of the scanners."""
        return tuple(self._scanners)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the devices without which the station does not count as ready."""
        return tuple(name for name, config in self._configs.items() if config.required)

    def printer_status(self, name: str) -> PrinterStatus | None:
        """What a printer last said of itself; None for another kind, or when it never said anything."""
        printer = self._printers.get(name)
        return printer.last_status if printer else None

    def printer_evidence(self, name: str) -> Evidence | None:
        """How a printer can show that a job came out; None for another kind, or before it was first opened."""
        printer = self._printers.get(name)
        return printer.evidence if printer else None

    def scanner_stats(self, name: str) -> ScannerStats | None:
        """What a scanner has read; None for another kind."""
        scanner = self._scanners.get(name)
        return scanner.stats() if scanner else None

    def button_stats(self, name: str) -> ButtonStats | None:
        """What the buttons of a panel were pressed; None for another kind."""
        panel = self._panels.get(name)
        return panel.stats() if panel else None

    def audio_stats(self, name: str) -> AudioStats | None:
        """What an audio device has played; None for another kind."""
        audio = self._audio.get(name)
        return audio.stats() if audio else None

    @property
    def cameras(self) -> tuple[str, ...]:
        """Names of the devices that show what they see."""
        return tuple(self._boards)

    def preview(self, name: str) -> PreviewBoard:
        """Where the camera *name* shows what it sees. Raises UnknownDevice, NoPreview."""
        self._known(name)
        if name not in self._boards:
            raise NoPreview(msg("%(name)s shows no pictures.", name=name))
        return self._boards[name]

    def device_counts(self) -> dict[str, DeviceCounts]:
        """How often each device was opened and failed, for metrics."""
        return {status.name: self._supervisor.counts(status.name) for status in self._supervisor.statuses()}

    def job_totals(self) -> dict[tuple[str, str], int]:
        """How many jobs of each device entered each state since the start, for metrics."""
        with self._lock:
            return dict(self._job_totals)

    def wake(self, name: str) -> None:
        """A person asks: try an offline device now, look at a printer now. Raises UnknownDevice."""
        self._known(name)
        self._supervisor.wake(name)

    def say(self, text: str, language: str) -> bool:
        """Speak *text* through the station's speaker, instead of what it says now; False: there is none that can."""
        audio = self._audio.get(self._speaker)
        return audio is not None and self.status(self._speaker).state in OPERATIONAL and audio.say(text, language)

    def test(self, session: Session, name: str) -> SelfTestReport:
        """Start the self-test of a device: a printer gets a test slip, lamps light in turn, a tone is played, counts are reported.

        *session* is that of a write unit. Raises UnknownDevice, DeviceDisabled, DeviceOffline, NoSelfTest.
        """
        status = self.status(name)
        if status.state is DeviceState.OFFLINE:
            code = status.reason.code if status.reason else ""
            raise DeviceOffline(
                msg("%(name)s is offline (%(reason)s).", name=name, reason=code),
                msg("Check power and cable, then try again."),
                reason=code,
            )
        if status.state is DeviceState.DISABLED:
            detail = status.reason.detail if status.reason else ""
            raise DeviceDisabled(msg("%(name)s is disabled: %(detail)s", name=name, detail=detail))
        if name in self._printers:
            job = self._jobs.enqueue(session, device=name, document=self._test_slip(status), purpose=SELF_TEST)
            return SelfTestReport(name, status.kind, status.state, job=job)
        if stats := self.scanner_stats(name):
            counts = {"read": stats.read, "repeated": stats.repeated, "dropped": stats.dropped}
            return SelfTestReport(name, status.kind, status.state, counts=counts)
        if name in self._panels:
            self._panels[name].test()
            return SelfTestReport(name, status.kind, status.state, counts=self._panels[name].stats().counts())
        if name in self._audio:
            self._audio[name].test()
            return SelfTestReport(name, status.kind, status.state, counts=self._audio[name].stats().counts())
        raise NoSelfTest(msg("%(name)s has no self-test.", name=name))

    def _known(self, name: str) -> None:
        if name not in self._configs:
            raise UnknownDevice(
                msg("There is no device %(name)s.", name=name),
                msg("Devices: %(names)s.", names=", ".join(self._configs) or "-"),
            )

    def _test_slip(self, status: DeviceStatus) -> Document:
        store = self._settings.store
        # One of everything that tickets are made of. 12345670 looks like no ticket code: nobody can release a bag with it.
        return Document(
            (
                Text("打印机测试 · PRINTER TEST", align="center", bold=True),
                Text(store.name, align="center", width=2, height=2),
                Rule(),
                Columns(self._settings.station.name, status.name),
                Columns(f"{self._clock.now().astimezone(store.zone):%Y-%m-%d %H:%M:%S}", status.driver),
                Text("存包凭证 ¥123.45 ABC abc 0123456789"),
                Barcode("12345670"),
                Qr("TEST"),
                Cut(),
            )
        )
