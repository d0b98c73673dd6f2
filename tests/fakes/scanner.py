"""Starts simulated scanners, framed as the scanners in docs/hardware.md can be set up."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.demo.scanner import ScannerSimulator

STX, ETX = b"\x02", b"\x03"


@contextmanager
def serial_scanner(folder: Path, *, prefix: bytes = b"", suffix: bytes = b"\r", aim: bool = False) -> Iterator[ScannerSimulator]:
    """A scanner whose port is *folder*/scanner."""
    with ScannerSimulator(folder / "scanner", prefix=prefix, suffix=suffix, aim=aim) as simulator:
        yield simulator
