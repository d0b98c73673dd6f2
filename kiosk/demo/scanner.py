"""A simulated code scanner on a serial port: a pty, under a path that stays the same when it is pulled and put back."""

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.demo.pty import open_raw_pty, point_symlink

# AIM symbology identifiers (ISO/IEC 15424) as scanners send them before the code.
AIM = {
    "code128": "]C0",
    "ean13": "]E0",
    "ean8": "]E4",
    "upca": "]E0",
    "code39": "]A0",
    "itf": "]I0",
    "qr": "]Q1",
}


class ScannerSimulator:
    """A scanner in virtual-COM mode. *prefix* and *suffix* frame each code; with *aim* the symbology goes before it."""

    def __init__(self, link: Path, *, prefix: bytes = b"", suffix: bytes = b"\r", aim: bool = False) -> None:
        self.link = link
        self.prefix = prefix
        self.suffix = suffix
        self.aim = aim
        self.sent = 0  # codes since the start
        self._lock = threading.Lock()
        self._pty: tuple[int, int] | None = None
        self.plug_in()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def plugged_in(self) -> bool:
        return self._pty is not None

    def scan(self, text: str, symbology: str = "code128") -> bool:
        """Read a code and send it as configured. False: it is unplugged, or nobody has taken earlier codes."""
        aim = AIM.get(symbology, "") if self.aim else ""
        sent = self.send(self.prefix + aim.encode("ascii") + text.encode("utf-8") + self.suffix)
        self.sent += sent
        return sent

    def send(self, data: bytes) -> bool:
        """Send *data* as it is: noise, half a code, two codes at once."""
        with self._lock:
            if self._pty is None:
                return False
            try:
                # A line holds 4 kB that nobody has read; a real scanner drops what comes after that as well.
                return os.write(self._pty[0], data) == len(data)
            except BlockingIOError:
                return False

    def unplug(self) -> None:
        """Pull the plug: the port disappears and its reader gets an error. Harmless when it is out."""
        with self._lock:
            if self._pty is None:
                return
            self.link.unlink(missing_ok=True)
            for descriptor in self._pty:
                os.close(descriptor)
            self._pty = None

    def plug_in(self) -> None:
        """Put it back: another pty under the same path. Harmless when it is in."""
        with self._lock:
            if self._pty is not None:
                return
            self._pty = open_raw_pty()
            os.set_blocking(self._pty[0], False)
            point_symlink(self.link, os.ttyname(self._pty[1]))

    def close(self) -> None:
        self.unplug()
