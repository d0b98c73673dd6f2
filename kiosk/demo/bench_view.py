"""What the bench page shows of the simulated hardware, as one value for its templates."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from kiosk.demo.escpos_status import Condition
from kiosk.demo.model import MODELS
from kiosk.demo.names import BUTTONS, CAMERA, PRINTER, SCANNER, VOICE
from kiosk.devices.printer import PrinterStatus
from kiosk.devices.state import DeviceState, DeviceStatus
from kiosk.i18n import N_, Message
from kiosk.web.pages import words

if TYPE_CHECKING:
    from kiosk.demo.build import Demo
    from kiosk.devices.hub import DeviceHub

MODEL_NAMES = {
    "process-id-80": N_("Names the finished job (process id)"),
    "tcp-80": N_("Says when it has processed a job (GS r)"),
    "status-80": N_("Says only how it is (DLE EOT)"),
    "silent-80": N_("Says nothing"),
}
SPEED_NAMES = {"instant": N_("Instant"), "normal": N_("150 mm/s"), "slow": N_("20 mm/s")}
SCAN_NAMES = {
    "ticket": N_("Ticket"),
    "badge": N_("Badge"),
    "receipt": N_("Receipt"),
    "goods": N_("Goods"),
    "unknown": N_("Unknown code"),
    "unplugged": N_("Not read: the scanner is unplugged"),
    "unseen": N_("Not seen by the camera"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """How the desk sees a device, in its own words."""

    text: Message
    tone: str

    @classmethod
    def of(cls, status: DeviceStatus, printer: PrinterStatus | None) -> Self:
        said = words.device_words(status, printer)
        if status.state in (DeviceState.DEGRADED, DeviceState.OFFLINE):
            text, _ = words.reason_words(status.reason.code if status.reason else None)
        elif printer is not None and printer.paper_near_end:
            text, _ = words.reason_words("paper-near-end")
        else:
            text = Message(words.STATE_NAMES[status.state])
        return cls(text, said.tone)


@dataclass(frozen=True, slots=True)
class BenchScan:
    """One scan that the station took: its kind, and what it shows of the code."""

    kind: str
    text: str

    @property
    def name(self) -> str:
        return SCAN_NAMES.get(self.kind, SCAN_NAMES["unknown"])


@dataclass(frozen=True, slots=True)
class BenchFace:
    """One face button of the panel and whether its lamp is lit."""

    rating: int
    icon: str
    lit: bool


FACES = {1: "emoji-angry", 2: "emoji-frown", 3: "emoji-neutral", 4: "emoji-smile", 5: "emoji-laughing"}


@dataclass(frozen=True, slots=True)
class BenchState:
    """Everything on the page but the paper."""

    condition: Condition
    powered: bool
    cable_out: bool
    model: str
    speed: str
    waiting_bytes: int
    printer_seen: Seen
    scanner_plugged_in: bool
    scanner_seen: Seen
    camera_plugged_in: bool
    camera_seen: Seen
    camera_read: int
    scans: tuple[BenchScan, ...]
    faces: tuple[BenchFace, ...]
    button_stuck: bool
    buttons_seen: Seen
    presses_waiting: int
    spoken: str
    voice_seen: Seen

    @property
    def models(self) -> list[tuple[str, str]]:
        return [(name, text) for name, text in MODEL_NAMES.items() if name in MODELS]

    @property
    def speeds(self) -> list[tuple[str, str]]:
        return list(SPEED_NAMES.items())

    @classmethod
    def of(cls, demo: "Demo", devices: "DeviceHub", scans: tuple[BenchScan, ...]) -> Self:
        machine = demo.printer.printer
        speed = machine.model.speed_mm_s
        looked = devices.scanner_stats(CAMERA)
        pressed, played = devices.button_stats(BUTTONS), devices.audio_stats(VOICE)
        return cls(
            condition=machine.condition,
            powered=machine.powered,
            cable_out=demo.printer.hung,
            model=machine.model.name,
            speed="instant" if not speed else "slow" if speed < 50 else "normal",
            waiting_bytes=len(machine.waiting),
            printer_seen=Seen.of(devices.status(PRINTER), devices.printer_status(PRINTER)),
            scanner_plugged_in=demo.scanner.plugged_in,
            scanner_seen=Seen.of(devices.status(SCANNER), None),
            camera_plugged_in=demo.camera.plugged_in,
            camera_seen=Seen.of(devices.status(CAMERA), None),
            camera_read=looked.read if looked else 0,
            scans=scans,
            faces=tuple(BenchFace(rating, icon, demo.buttons.lit(rating)) for rating, icon in FACES.items()),
            button_stuck=demo.buttons.stuck,
            buttons_seen=Seen.of(devices.status(BUTTONS), None),
            presses_waiting=pressed.waiting if pressed else 0,
            spoken=played.last.text if played and played.last else "",
            voice_seen=Seen.of(devices.status(VOICE), None),
        )
