"""The camera as a scanner: what is held before it is read, and whatever its driver does, the service goes on."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from kiosk.clock import SystemClock
from kiosk.config import convert_table
from kiosk.demo.pictures import card, desk_with, empty_desk, noisy
from kiosk.devices.errors import DeviceAbsent, DeviceError, DeviceLost
from kiosk.devices.registry import BuildContext
from kiosk.devices.scanner import RawScan
from kiosk.drivers.camera.capture import LEFT_BEHIND
from kiosk.drivers.scanner_camera import DRIVER, CameraOptions, CameraScanner
from kiosk.errors import ConfigError
from tests.fakes.camera import FakePicamera, FakeVideoCapture, Frame, Lens

CODE = "81234567890125"
# Longer than anything here takes; it ends a test that would hang.
PATIENCE_S = 10.0


def running() -> bool:
    return False


@pytest.fixture
def lens(tmp_path: Path) -> Iterator[Lens]:
    lens = Lens(tmp_path / "video.dev")
    yield lens
    lens.close()


@pytest.fixture
def make(lens: Lens) -> Iterator[Callable[..., CameraScanner]]:
    made: list[CameraScanner] = []

    def make(device: str | None = None, **options: Any) -> CameraScanner:
        more = {name: options.pop(name) for name in ("picamera", "board") if name in options}
        scanner = CameraScanner(
            CameraOptions(device=device or str(lens.path), fps=30, idle_fps=30, **options),
            SystemClock(),
            more.pop("board", None),
            capture=FakeVideoCapture(lens),
            **more,
        )
        made.append(scanner)
        return scanner

    yield make
    lens.hang.set()
    for scanner in made:
        scanner.close()


def read(scanner: CameraScanner, timeout_s: float = PATIENCE_S) -> RawScan | None:
    return scanner.read(timeout_s, running)


def lost(scanner: CameraScanner) -> DeviceError:
    with pytest.raises(DeviceLost) as caught:
        scanner.read(PATIENCE_S, running)
    return caught.value


def test_a_code_held_before_the_camera_is_read_once(make: Callable[..., CameraScanner], lens: Lens) -> None:
    lens.scene = desk_with(CODE)
    scanner = make()
    scanner.open()
    assert read(scanner) == RawScan(CODE, "code128")
    assert read(scanner, 0.3) is None, "it is still there, and nothing new"
    assert scanner.dropped == 0


def test_an_empty_desk_is_no_scan(make: Callable[..., CameraScanner], lens: Lens) -> None:
    scanner = make()
    scanner.open()
    assert read(scanner, 0.2) is None
    lens.scene = desk_with(CODE)
    assert read(scanner) == RawScan(CODE, "code128")


@pytest.mark.parametrize(
    "encode",
    [
        lambda grey: np.repeat(grey[:, :, None], 3, axis=2),
        lambda grey: np.dstack([grey, np.full_like(grey, 128)]),
        lambda grey: cv2.imencode(".jpg", grey)[1].reshape(1, -1),
        lambda grey: grey,
    ],
    ids=["colour", "yuyv", "jpeg", "grey"],
)
def test_whatever_form_the_frames_have_they_are_read(
    make: Callable[..., CameraScanner], lens: Lens, encode: Callable[[Frame], Frame]
) -> None:
    lens.scene, lens.encode = desk_with(CODE), encode
    scanner = make()
    scanner.open()
    assert read(scanner) == RawScan(CODE, "code128")


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_camera_that_hangs_sideways_is_turned(make: Callable[..., CameraScanner], lens: Lens, rotation: int) -> None:
    lens.scene = np.ascontiguousarray(np.rot90(desk_with(CODE), rotation // 90))
    scanner = make(rotation=rotation)
    scanner.open()
    assert read(scanner) == RawScan(CODE, "code128")


def test_a_mirror_is_undone(make: Callable[..., CameraScanner], lens: Lens) -> None:
    lens.scene = np.ascontiguousarray(desk_with("6901234567892", "ean13")[:, ::-1])
    scanner = make(mirror=True)
    scanner.open()
    assert read(scanner) == RawScan("6901234567892", "ean13")


def test_what_is_not_looked_for_is_not_read(make: Callable[..., CameraScanner], lens: Lens) -> None:
    lens.scene = desk_with(CODE)
    scanner = make(symbologies=("ean13", "qr"))
    scanner.open()
    assert read(scanner, 0.3) is None


def test_the_camera_is_asked_for_the_configured_picture(make: Callable[..., CameraScanner], lens: Lens) -> None:
    make(width=1920, height=1080, pixel_format="YUYV").open()
    assert lens.settings[cv2.CAP_PROP_FRAME_WIDTH] == 1920
    assert lens.settings[cv2.CAP_PROP_FRAME_HEIGHT] == 1080
    assert lens.settings[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"YUYV")


def test_frames_that_nobody_looks_at_are_not_decoded(make: Callable[..., CameraScanner], lens: Lens) -> None:
    scanner = CameraScanner(CameraOptions(device=str(lens.path), fps=10, idle_fps=2), SystemClock(), capture=FakeVideoCapture(lens))
    scanner.open()
    try:
        assert read(scanner, 1.0) is None
    finally:
        scanner.close()
    assert lens.decoded <= 5, "two a second on a still desk"
    assert lens.grabbed > 3 * lens.decoded


# -- a camera that is no camera any more


def test_a_frozen_picture_is_noticed(make: Callable[..., CameraScanner], lens: Lens) -> None:
    lens.frozen = True
    scanner = make(frozen_s=0.2)
    scanner.open()
    assert lost(scanner).code == "frozen"


def test_a_frozen_picture_is_nothing_where_that_is_switched_off(make: Callable[..., CameraScanner], lens: Lens) -> None:
    lens.frozen = True
    scanner = make(frozen_s=0)
    scanner.open()
    assert read(scanner, 0.4) is None


def test_a_pulled_plug_is_noticed_even_while_the_library_goes_on_answering(make: Callable[..., CameraScanner], lens: Lens) -> None:
    scanner = make()
    scanner.open()
    assert read(scanner, 0.1) is None
    lens.path.unlink()
    assert lost(scanner).code == "unplugged"


def test_a_camera_that_gives_no_pictures_any_more_is_unplugged(make: Callable[..., CameraScanner], lens: Lens) -> None:
    scanner = make()
    scanner.open()
    lens.gone = True
    assert lost(scanner).code == "unplugged"


def test_broken_pictures_are_passed_over_until_they_are_too_many(make: Callable[..., CameraScanner], lens: Lens) -> None:
    scanner = make()
    scanner.open()
    lens.black_out = True
    assert lost(scanner).code == "unplugged"


def test_a_camera_that_is_put_back_is_read_again(make: Callable[..., CameraScanner], lens: Lens) -> None:
    lens.scene = desk_with(CODE)
    scanner = make()
    scanner.open()
    lens.pull()
    lost(scanner)
    scanner.close()
    with pytest.raises(DeviceAbsent) as absent:
        scanner.open()
    assert absent.value.code == "not-found"
    lens.put_in()
    scanner.open()
    assert read(scanner) == RawScan(CODE, "code128")


def test_a_camera_that_hangs_is_left_behind_and_the_service_goes_on(make: Callable[..., CameraScanner], lens: Lens) -> None:
    scanner = make(stall_s=1)
    scanner.open()
    assert read(scanner, 0.1) is None
    lens.hang.clear()
    assert lost(scanner).code == "no-frames"
    scanner.close()
    assert LEFT_BEHIND.count(str(lens.path)) == 1
    lens.hang.set()
    scanner.open()
    lens.scene = desk_with(CODE)
    assert read(scanner) == RawScan(CODE, "code128")


def test_a_camera_that_hangs_again_and_again_is_not_tried_for_ever(make: Callable[..., CameraScanner], lens: Lens) -> None:
    waiting = [threading.Thread(target=lens.hang.wait, daemon=True) for _ in range(3)]
    lens.hang.clear()
    for thread in waiting:
        thread.start()
        LEFT_BEHIND.add(str(lens.path), thread)
    with pytest.raises(DeviceAbsent) as absent:
        make().open()
    assert absent.value.code == "camera-hangs"
    lens.hang.set()
    for thread in waiting:
        thread.join(PATIENCE_S)
    make().open()


def test_a_camera_whose_opening_hangs_is_given_up(lens: Lens) -> None:
    release = threading.Event()

    class Stuck(FakeVideoCapture):
        def __call__(self, path: str, backend: int) -> "FakeVideoCapture":
            release.wait(PATIENCE_S)
            return super().__call__(path, backend)

    scanner = CameraScanner(CameraOptions(device=str(lens.path), stall_s=1), SystemClock(), capture=Stuck(lens))
    with pytest.raises(DeviceAbsent) as absent:
        scanner.open()
    assert absent.value.code == "no-answer"
    release.set()


def test_a_camera_that_another_program_has_cannot_be_opened(lens: Lens) -> None:
    scanner = CameraScanner(CameraOptions(device=str(lens.path)), SystemClock(), capture=FakeVideoCapture(lens, opens=False))
    with pytest.raises(DeviceAbsent) as absent:
        scanner.open()
    assert absent.value.code == "cannot-open"


def test_an_error_of_the_library_is_the_cameras_fault_alone(lens: Lens) -> None:
    class Breaking(FakeVideoCapture):
        def retrieve(self) -> Any:
            raise cv2.error("Unknown C++ exception from OpenCV code")

    scanner = CameraScanner(CameraOptions(device=str(lens.path)), SystemClock(), capture=Breaking(lens))
    scanner.open()
    try:
        assert lost(scanner).code == "camera-error"
    finally:
        scanner.close()


# -- waiting


def test_interrupt_ends_a_blocking_read_and_is_not_lost_before_one(make: Callable[..., CameraScanner]) -> None:
    scanner = make()
    scanner.open()
    scanner.interrupt()
    assert scanner.read(None, running) is None
    found: list[RawScan | None] = []
    reader = threading.Thread(target=lambda: found.append(scanner.read(None, running)))
    reader.start()
    scanner.interrupt()
    reader.join(PATIENCE_S)
    assert found == [None]


def test_a_read_that_was_stopped_returns_at_once(make: Callable[..., CameraScanner]) -> None:
    scanner = make()
    scanner.open()
    assert scanner.read(None, lambda: True) is None


def test_a_closed_camera_cannot_be_read_and_its_driver_is_let_go(make: Callable[..., CameraScanner], lens: Lens) -> None:
    scanner = make()
    scanner.open()
    scanner.close()
    scanner.close()
    assert lens.released == lens.opened == 1
    with pytest.raises(DeviceLost):
        read(scanner)


# -- the Raspberry Pi's camera, and files


def test_the_raspberry_pis_camera_is_read(lens: Lens) -> None:
    lens.scene, library = desk_with(CODE), FakePicamera(lens)
    options = CameraOptions(device="picamera", width=640, height=360)
    scanner = CameraScanner(options, SystemClock(), picamera=library)
    scanner.open()
    try:
        assert read(scanner) == RawScan(CODE, "code128")
    finally:
        scanner.close()
    assert library.closed == 1


@pytest.mark.parametrize(("device", "library", "code"), [("picamera:1", True, "not-found"), ("picamera", False, "no-picamera2")])
def test_a_raspberry_pis_camera_that_is_not_there_says_why(lens: Lens, device: str, library: bool, code: str) -> None:
    scanner = CameraScanner(CameraOptions(device=device), SystemClock(), picamera=FakePicamera(lens) if library else None)
    with pytest.raises(DeviceAbsent) as absent:
        scanner.open()
    assert absent.value.code == code


def put(path: Path, picture: Frame) -> None:
    """Write a picture as whoever writes into such a folder must: under another name first."""
    hidden = path.with_name(f".{path.name}")
    cv2.imwrite(str(hidden), picture)
    hidden.rename(path)


def test_a_picture_is_read_like_a_camera(make: Callable[..., CameraScanner], tmp_path: Path) -> None:
    put(tmp_path / "card.png", card("6901234567892", "ean13"))
    scanner = make(str(tmp_path / "card.png"))
    scanner.open()
    assert read(scanner) == RawScan("6901234567892", "ean13")


def test_a_picture_may_rest_without_being_called_frozen(make: Callable[..., CameraScanner], tmp_path: Path) -> None:
    put(tmp_path / "desk.png", empty_desk())
    scanner = make(str(tmp_path / "desk.png"), frozen_s=0.1)
    scanner.open()
    assert read(scanner, 0.4) is None


def test_a_video_is_read_and_begins_again(make: Callable[..., CameraScanner], tmp_path: Path) -> None:
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (640, 360))
    assert writer.isOpened()
    for number in range(12):
        writer.write(cv2.cvtColor(noisy(desk_with(CODE) if number > 2 else empty_desk(), number), cv2.COLOR_GRAY2BGR))
    writer.release()
    scanner = make(str(film), forget_s=0.2)
    scanner.open()
    assert read(scanner) == RawScan(CODE, "code128")


def test_pictures_that_appear_in_a_folder_are_seen_in_turn(make: Callable[..., CameraScanner], tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    put(folder / "0001.png", desk_with("10000000000007"))
    put(folder / "0002.png", empty_desk())
    scanner = make(str(folder))
    scanner.open()
    assert read(scanner, 0.3) is None, "what lay there before is gone"
    for number in range(4):
        put(folder / f"1{number}.png", noisy(desk_with(CODE), number))
    assert read(scanner) == RawScan(CODE, "code128")


def test_what_is_no_picture_in_a_folder_is_passed_over(make: Callable[..., CameraScanner], tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    scanner = make(str(folder))
    scanner.open()
    (folder / "0.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("81234")
    (folder / ".half.png").write_bytes(b"\x89PNG")
    for number in range(4):
        put(folder / f"1{number}.png", noisy(desk_with(CODE), number))
    assert read(scanner) == RawScan(CODE, "code128")


def test_a_folder_that_is_taken_away_is_an_unplugged_camera(make: Callable[..., CameraScanner], tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    scanner = make(str(folder))
    scanner.open()
    folder.rename(tmp_path / "elsewhere")
    assert lost(scanner).code == "unplugged"


@pytest.mark.parametrize(("name", "content"), [("broken.jpg", b"JFIF"), ("broken.mp4", b"ftyp")])
def test_a_file_that_is_no_picture_says_so(make: Callable[..., CameraScanner], tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DeviceAbsent) as absent:
        make(str(tmp_path / name)).open()
    assert absent.value.code == "not-a-picture"


def test_a_device_that_is_not_there_says_so(make: Callable[..., CameraScanner]) -> None:
    with pytest.raises(DeviceAbsent) as absent:
        make("/dev/video987").open()
    assert (absent.value.code, "/dev/video987" in absent.value.detail) == ("not-found", True)


def test_options_are_checked_with_the_key_named(tmp_path: Path) -> None:
    def where(key: str, _value: object = None) -> str:
        return f"kiosk.toml: {key}"

    options = convert_table({"device": 0, "rotation": 90, "itf_lengths": [14]}, DRIVER.options, where)
    assert isinstance(DRIVER.build(options, BuildContext("desk-camera", SystemClock(), tmp_path)), CameraScanner)
    with pytest.raises(ConfigError, match="did you mean 'rotation'"):
        convert_table({"device": 0, "rotatoin": 90}, DRIVER.options, where)
    with pytest.raises(ConfigError, match="rotation"):
        convert_table({"device": 0, "rotation": 45}, DRIVER.options, where)
