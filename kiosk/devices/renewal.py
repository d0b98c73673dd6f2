"""A scanner that is made anew each time it is opened: what an object remembers of a lost device is not trusted."""

import threading
from collections.abc import Callable

from kiosk.devices.errors import DeviceLost
from kiosk.devices.scanner import RawScan, Scanner


class RenewedScanner:
    """Implements `kiosk.devices.scanner.Scanner` by the newest object of a factory; its counts outlive the objects."""

    def __init__(self, factory: Callable[[], Scanner]) -> None:
        self._factory = factory
        # `interrupt` and `dropped` come from other threads while an object is exchanged.
        self._lock = threading.Lock()
        self._scanner: Scanner | None = None
        self._dropped_before = 0

    def open(self) -> None:
        self.close()
        scanner = self._factory()
        with self._lock:
            self._scanner = scanner
        scanner.open()

    def close(self) -> None:
        with self._lock:
            scanner, self._scanner = self._scanner, None
            if scanner is not None:
                self._dropped_before += scanner.dropped
        if scanner is not None:
            scanner.close()

    def read(self, timeout_s: float | None, stopped: Callable[[], bool]) -> RawScan | None:
        scanner = self._scanner
        if scanner is None:
            raise DeviceLost("closed", "the scanner is not open")
        return scanner.read(timeout_s, stopped)

    def interrupt(self) -> None:
        with self._lock:
            scanner = self._scanner
        if scanner is not None:
            scanner.interrupt()

    @property
    def dropped(self) -> int:
        with self._lock:
            return self._dropped_before + (self._scanner.dropped if self._scanner is not None else 0)
