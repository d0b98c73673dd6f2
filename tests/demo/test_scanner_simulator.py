"""The simulated scanner: framing, AIM identifiers, unplugging."""

from pathlib import Path

import pytest
import serial

from tests.fakes.scanner import ETX, STX, serial_scanner


@pytest.mark.parametrize(
    ("settings", "symbology", "bytes_on_the_wire"),
    [
        ({}, "code128", b"81234567890128\r"),
        ({"suffix": b"\r\n"}, "code128", b"81234567890128\r\n"),
        ({"prefix": STX, "suffix": ETX}, "code128", b"\x0281234567890128\x03"),
        ({"aim": True}, "code128", b"]C081234567890128\r"),
        ({"aim": True}, "ean13", b"]E081234567890128\r"),
        ({"aim": True}, "qr", b"]Q181234567890128\r"),
        ({"aim": True}, "unheard-of", b"81234567890128\r"),
    ],
)
def test_a_code_is_framed_as_set_up(tmp_path: Path, settings: dict[str, object], symbology: str, bytes_on_the_wire: bytes) -> None:
    with serial_scanner(tmp_path, **settings) as scanner, serial.Serial(str(scanner.link), timeout=5) as port:  # type: ignore[arg-type]
        assert scanner.scan("81234567890128", symbology)
        assert port.read(len(bytes_on_the_wire)) == bytes_on_the_wire
        assert scanner.sent == 1


def test_noise_is_sent_as_it_is(tmp_path: Path) -> None:
    with serial_scanner(tmp_path) as scanner, serial.Serial(str(scanner.link), timeout=5) as port:
        assert scanner.send(bytes(range(256)))
        assert port.read(256) == bytes(range(256))


def test_an_unplugged_scanner_reads_nothing_and_comes_back_under_the_same_name(tmp_path: Path) -> None:
    with serial_scanner(tmp_path) as scanner:
        with serial.Serial(str(scanner.link), timeout=5) as port:
            scanner.unplug()
            assert not scanner.plugged_in
            assert not scanner.scan("81234567890128")
            with pytest.raises(serial.SerialException):
                port.read(1)
        scanner.plug_in()
        with serial.Serial(str(scanner.link), timeout=5) as port:
            assert scanner.scan("81234567890128")
            assert port.read(15) == b"81234567890128\r"


def test_what_nobody_takes_is_dropped(tmp_path: Path) -> None:
    with serial_scanner(tmp_path) as scanner:
        assert any(not scanner.scan("x" * 100) for _ in range(1000))
