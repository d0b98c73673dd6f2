"""Puts the demo together: simulators, a kiosk.toml that points the ordinary drivers at them, logins, the bench.

The station that runs on it is the product as it is; it knows nothing of the demo.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.clock import Clock
from kiosk.demo import button_panel
from kiosk.demo.button_panel import ButtonPanelSimulator
from kiosk.demo.camera import FPS, CameraSimulator
from kiosk.demo.model import MODELS
from kiosk.demo.names import BUTTONS, CAMERA, PRINTER, SCANNER, VOICE
from kiosk.demo.people import PEOPLE
from kiosk.demo.printer import PrinterSimulator
from kiosk.demo.sample_receipts import NUMBER_DATE, NUMBER_REGEX
from kiosk.demo.scanner import ScannerSimulator
from kiosk.errors import ConfigError

if TYPE_CHECKING:
    from flask import Blueprint

    from kiosk.web.context import Services

# A common speed of the printers named in docs/hardware.md, so that one sees the paper move.
_SPEED_MM_S = 150.0

_CONFIG = """\
# Written by `kiosk run --demo` at every start: change a copy of it, not this file.
[store]
code = "S001"
name = "示例超市"
name_en = "Example Supermarket"
phone = "000-0000 0000"
timezone = "Asia/Shanghai"
languages = {languages}

[station]
name = "desk-1"
state_dir = {state_dir}

[database]
url = {database}

[web]
host = "127.0.0.1"
port = {port}

[bags]
closing_begins_min = 1440  # a visitor tries the closing at any time of the day
slots = ["A01-A12", "B01-B12"]
extra_rules = ["易碎物品请告知工作人员 Tell us about fragile things"]

[feedback]
counters = ["counter-1"]
public_url = {public_url}  # in a store the address under which shoppers' phones reach the station, https://...

[scans]
beeper = "{voice}"

# The shape of the numbers on this store's receipts: the day, the till, the sale.
[[receipts.numbers]]
regex = '{number_regex}'
date_format = "{number_date}"

[[scans.patterns]]
kind = "goods"
regex = '\\d{{8}}|\\d{{12,13}}'

# A simulated network printer; in a store this is the printer's address and port 9100.
[devices.{printer}]
kind = "printer"
driver = "escpos-network"
host = "127.0.0.1"
port = {printer_port}
paper_width_mm = 80
encoding = "gb18030"

# A simulated scanner on a pseudo-terminal; in a store this is /dev/serial/by-id/...
[devices.{scanner}]
kind = "scanner"
driver = "serial"
port = {scanner_port}
aim_prefix = true

# A simulated camera: pictures that appear in a folder; in a store this is /dev/v4l/by-id/..., and `fps` is left out.
[devices.{camera}]
kind = "scanner"
driver = "camera"
device = {camera_folder}
fps = {camera_fps}

# Simulated buttons on the pins of no machine; in a store `pin_factory` and `chip` are left out.
[devices.{buttons}]
kind = "input"
driver = "gpio"
pin_factory = "mock"
chip = {chip}
buttons = {button_pins}
leds = {lamp_pins}

# Sound into files; in a store `driver = "sounddevice"` plays it.
[devices.{voice}]
kind = "audio"
driver = "wav-file"
folder = {sound}
keep = 20
"""


class Demo:
    """The running simulators, and what a person needs to use them."""

    def __init__(
        self,
        folder: Path,
        config_path: Path,
        hardware: ExitStack,
        printer: PrinterSimulator,
        scanner: ScannerSimulator,
        camera: CameraSimulator,
        buttons: ButtonPanelSimulator,
    ) -> None:
        self.folder = folder
        self.config_path = config_path
        self.printer = printer
        self.scanner = scanner
        self.camera = camera
        self.buttons = buttons
        self.sound = sound_folder(folder)
        self._hardware = hardware

    @property
    def logins(self) -> list[tuple[str, str, str]]:
        """(name, role, PIN) of everybody who can log in."""
        return [(person.name, person.role.value, person.pin) for person in PEOPLE]

    def seed(self, services: "Services") -> None:
        """Fill an empty database with staff, shelves and bags; does nothing when that was done before."""
        from kiosk.demo.sample import seed

        seed(services, self.folder)

    def blueprint(self, services: "Services") -> "Blueprint":
        """Return the page ``/bench`` for the app of *services*."""
        from kiosk.demo.bench import bench_blueprint

        return bench_blueprint(self, services)

    def close(self) -> None:
        """Switch the simulated hardware off; harmless when it is."""
        self._hardware.close()


def build_demo(
    folder: Path, *, language: str = "zh", port: int = 8080, clock: Clock | None = None, speed_mm_s: float = _SPEED_MM_S
) -> Demo:
    """Start the simulated hardware and write *folder*/kiosk.toml for it.

    Records in *folder* are kept from one start to the next. *language* is the first language of the screens, *port* the
    web server's; *clock* drives the printer's motor, *speed_mm_s* is its speed (0: prints instantly).
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as hardware:
        hardware.enter_context(_alone_in(folder))
        printer = hardware.enter_context(PrinterSimulator(model=MODELS["tcp-80"], clock=clock))
        printer.printer.run_at(speed_mm_s)
        scanner = hardware.enter_context(ScannerSimulator(folder / "scanner", aim=True))
        camera = hardware.enter_context(CameraSimulator(folder / "camera"))
        buttons = hardware.enter_context(ButtonPanelSimulator(folder))
        config_path = folder / "kiosk.toml"
        config_path.write_text(_config(folder, language, port, printer, scanner, camera, buttons), encoding="utf-8")
        return Demo(folder, config_path, hardware.pop_all(), printer, scanner, camera, buttons)


def sound_folder(folder: Path) -> Path:
    """Where the demo in *folder* keeps what would be heard."""
    return folder / "sound"


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep a second demo out of *folder*: it would take the scanner and the configuration away from the first."""
    with (folder / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(f"{folder}: a demo is running here already; use its page, or another --demo-folder") from error
        yield


def _config(
    folder: Path,
    language: str,
    port: int,
    printer: PrinterSimulator,
    scanner: ScannerSimulator,
    camera: CameraSimulator,
    buttons: ButtonPanelSimulator,
) -> str:
    return _CONFIG.format(
        languages=_toml([language, *(other for other in ("zh", "en") if other != language)]),
        state_dir=_toml(str(folder / "state")),
        database=_toml(f"sqlite:///{folder / 'kiosk.db'}"),
        port=port,
        number_regex=NUMBER_REGEX,
        number_date=NUMBER_DATE,
        public_url=_toml(f"http://127.0.0.1:{port}" if port else ""),
        printer=PRINTER,
        printer_port=printer.port,
        scanner=SCANNER,
        scanner_port=_toml(str(scanner.link)),
        camera=CAMERA,
        camera_folder=_toml(str(camera.folder)),
        camera_fps=FPS,
        buttons=BUTTONS,
        chip=buttons.chip,
        button_pins=_pins(button_panel.BUTTONS),
        lamp_pins=_pins(button_panel.LEDS),
        voice=VOICE,
        sound=_toml(str(sound_folder(folder))),
    )


def _pins(pins: dict[int, int]) -> str:
    return "{ " + ", ".join(f"{rating} = {pin}" for rating, pin in pins.items()) + " }"


def _toml(value: str | list[str]) -> str:
    """*value* as TOML; JSON's strings and lists of strings are TOML's as well."""
    return json.dumps(value, ensure_ascii=False)
