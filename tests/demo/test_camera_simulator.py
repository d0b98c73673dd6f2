"""The simulated camera: cards held before it go through the ordinary driver."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.clock import SystemClock
from kiosk.demo.camera import FPS, CameraSimulator
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.scanner import RawScan
from kiosk.drivers.scanner_camera import CameraOptions, CameraScanner

PATIENCE_S = 10.0


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[CameraSimulator]:
    with CameraSimulator(tmp_path / "camera") as simulator:
        yield simulator


@pytest.fixture
def scanner(camera: CameraSimulator) -> Iterator[CameraScanner]:
    scanner = CameraScanner(CameraOptions(device=str(camera.folder), fps=5 * FPS, idle_fps=5 * FPS), SystemClock())
    scanner.open()
    yield scanner
    scanner.close()


def read(scanner: CameraScanner) -> RawScan | None:
    return scanner.read(PATIENCE_S, lambda: False)


@pytest.mark.parametrize(
    ("text", "symbology"),
    [("6901234567892", "ean13"), ("81234567890125", "code128"), ("https://shop.example/r?n=R202603100017&k=7", "qr"), ("R-0017", "code39")],
)
def test_a_card_is_read_once(camera: CameraSimulator, scanner: CameraScanner, text: str, symbology: str) -> None:
    assert camera.hold(text, symbology)
    assert read(scanner) == RawScan(text, symbology)


def test_cards_are_read_in_turn(camera: CameraSimulator, scanner: CameraScanner) -> None:
    for text in ("81234567890125", "85678901234567"):
        camera.hold(text)
        assert read(scanner) == RawScan(text, "code128")


@pytest.mark.parametrize(("text", "symbology"), [("6901234567890", "ean13"), ("X" * 90, "code128"), ("存包", "code39")])
def test_there_is_no_card_for_what_cannot_be_drawn(camera: CameraSimulator, text: str, symbology: str) -> None:
    assert not camera.hold(text, symbology)


def test_pulled_out_it_is_lost_and_sees_nothing_and_put_back_it_reads_again(camera: CameraSimulator, scanner: CameraScanner) -> None:
    camera.unplug()
    camera.unplug()
    assert not camera.plugged_in
    assert not camera.hold("81234567890125")
    with pytest.raises(DeviceLost):
        read(scanner)
    with pytest.raises(DeviceAbsent):
        scanner.open()
    camera.plug_in()
    camera.plug_in()
    scanner.open()
    camera.hold("81234567890125")
    assert read(scanner) == RawScan("81234567890125", "code128")


def test_few_pictures_stay_behind_and_none_after_the_end(camera: CameraSimulator) -> None:
    for _ in range(5):
        camera.hold("81234567890125")
    assert len(list(camera.folder.iterdir())) <= 24
    camera.close()
    camera.close()
    assert not camera.folder.exists()
