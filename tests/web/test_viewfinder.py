"""Looking through a camera: who may, how many, for how long, and that nothing of the web server is held meanwhile."""

import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kiosk.db import Database
from kiosk.desk.actors import Role
from kiosk.devices.preview import MAX_VIEWERS, PreviewBoard
from kiosk.devices.registry import DeviceConfig, Driver
from kiosk.devices.state import Reason
from kiosk.events import EventBus
from kiosk.web.server import WebServer
from kiosk.web.viewfinder import LONGEST_S
from tests.fakes.clock import FakeClock
from tests.fakes.waiting import eventually
from tests.fakes.web_station import WebStation, serving

CAMERA = "desk-camera"
PICTURES = f"/technician/cameras/{CAMERA}/pictures"


class _NoOptions(msgspec.Struct):
    pass


def _never_opened(*_: object) -> object:
    raise AssertionError("no camera is opened here")


def camera(name: str = CAMERA, lacks: Reason | None = None, previews: bool = True) -> DeviceConfig:
    driver = Driver("scanner", "wooden", _NoOptions, _never_opened, "does nothing", lacks=lambda _options: lacks, previews=previews)
    return DeviceConfig(name, driver, _NoOptions())


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    return WebStation(
        sqlite_database,
        bus,
        clock,
        tmp_path,
        devices=[camera(), camera("wand", previews=False), camera("old", Reason("no-opencv", "install it"))],
        threads=2,
    )


@pytest.fixture
def server(station: WebStation) -> Iterator[WebServer]:
    yield from serving(station)
    station.services.viewfinder.stop()


@pytest.fixture
def board(station: WebStation) -> PreviewBoard:
    return station.services.devices.preview(CAMERA)


class Viewer:
    """A browser that looks through a camera."""

    def __init__(self, server: WebServer, headers: dict[str, str], path: str = PICTURES) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), 5)
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._data = b""
        self.head = self._until(b"\r\n\r\n").decode()

    def __enter__(self) -> "Viewer":
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    def picture(self) -> bytes:
        """The next JPEG, with all that a browser needs to show it at once."""
        self._until(b"Content-Type: image/jpeg\r\n")
        length = int(self._until(b"\r\n\r\n").partition(b":")[2])
        data = self._until(b"\r\n--frame\r\n")
        assert len(data) == length
        return data

    def ended(self) -> bool:
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False
        return True

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._data:
            received = self.socket.recv(65536)
            if not received:
                raise EOFError(f"the pictures ended after {self._data!r}")
            self._data += received
        found, _, self._data = self._data.partition(mark)
        return found


def by_token(station: WebStation, *scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {station.token(*scopes)}"}


def by_person(station: WebStation, role: Role) -> dict[str, str]:
    return {"Cookie": station.browser(role).cookie}


def looking(station: WebStation, count: int) -> None:
    eventually(lambda: station.services.viewfinder.count == count)


def test_pictures_come_one_after_the_other(station: WebStation, server: WebServer, board: PreviewBoard) -> None:
    with Viewer(server, by_person(station, Role.DESK)) as viewer:
        assert viewer.status == 200
        assert "multipart/x-mixed-replace; boundary=frame" in viewer.head
        assert "Cache-Control: no-store" in viewer.head
        for jpeg in (b"\xff\xd8one", b"\xff\xd8two"):
            board.show(jpeg)
            assert viewer.picture() == jpeg
    looking(station, 0)
    assert not board.wanted, "the camera makes no picture any more"


def test_no_thread_of_the_web_server_is_held(station: WebStation, server: WebServer, board: PreviewBoard) -> None:
    viewers = [Viewer(server, by_token(station)) for _ in range(MAX_VIEWERS)]
    with socket.create_connection(("127.0.0.1", server.port), 5) as other:
        other.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert other.recv(100).startswith(b"HTTP/1.1 200"), "two threads, three viewers, and it answers"
    for viewer in viewers:
        viewer.socket.close()
    looking(station, 0)


def test_one_viewer_more_than_there_may_be_is_told_so(station: WebStation, server: WebServer, board: PreviewBoard) -> None:
    viewers = [Viewer(server, by_token(station)) for _ in range(MAX_VIEWERS)]
    with Viewer(server, by_token(station)) as refused:
        assert refused.status == 503
    viewers[0].socket.close()
    looking(station, MAX_VIEWERS - 1)
    with Viewer(server, by_token(station)) as admitted:
        assert admitted.status == 200
    for viewer in viewers:
        viewer.socket.close()
    looking(station, 0)


def test_looking_ends_after_a_few_minutes(station: WebStation, server: WebServer, board: PreviewBoard, clock: FakeClock) -> None:
    with Viewer(server, by_token(station)) as viewer:
        board.show(b"one")
        viewer.picture()
        clock.advance(LONGEST_S)
        assert viewer.ended()


def test_looking_ends_when_it_is_not_allowed_any_more(
    station: WebStation, server: WebServer, board: PreviewBoard, clock: FakeClock
) -> None:
    browser = station.browser(Role.DESK)
    with Viewer(server, {"Cookie": browser.cookie}) as viewer:
        board.show(b"one")
        viewer.picture()
        browser.client.get("/probe/log-out")
        clock.advance(6)
        assert viewer.ended()


def test_looking_ends_with_the_station(station: WebStation, server: WebServer) -> None:
    with Viewer(server, by_token(station)) as viewer:
        looking(station, 1)
        station.services.viewfinder.stop()
        assert viewer.ended()
        with Viewer(server, by_token(station)) as late:
            assert late.status == 503
    looking(station, 0)


@pytest.mark.parametrize("name", ["wand", "old", "no-such"])
def test_what_is_no_camera_has_no_pictures(station: WebStation, server: WebServer, name: str) -> None:
    with Viewer(server, by_token(station), f"/technician/cameras/{name}/pictures") as viewer:
        assert viewer.status == 404


def test_a_program_needs_the_scope(station: WebStation, server: WebServer) -> None:
    with Viewer(server, by_token(station, "bags:read")) as viewer:
        assert viewer.status == 403
    with Viewer(server, by_token(station, "devices:read")) as viewer:
        assert viewer.status == 200
    looking(station, 0)


def test_a_stranger_is_sent_to_the_log_in(station: WebStation, server: WebServer) -> None:
    with Viewer(server, {}) as viewer:
        assert viewer.status == 303


def test_a_server_that_cannot_send_pictures_says_so(station: WebStation) -> None:
    assert station.program("devices:read").get(PICTURES).status_code == 503


@pytest.mark.parametrize("role", [Role.DESK, Role.TECHNICIAN])
def test_the_page_says_how_the_camera_is_and_where_its_pictures_are(station: WebStation, role: Role) -> None:
    browser = station.browser(role)
    page = browser.client.get(f"/technician/cameras/{CAMERA}").text
    assert f'data-viewfinder="{PICTURES}"' in page
    fragment = browser.client.get(f"/technician/cameras/{CAMERA}", headers={"X-Fragment": "1"}).text
    assert "data-viewfinder" not in fragment
    assert "tag" in fragment


def test_the_way_to_the_page_is_on_the_devices_page_and_in_the_strip(station: WebStation) -> None:
    link = f'href="/technician/cameras/{CAMERA}"'
    technician = station.browser(Role.TECHNICIAN).client.get("/technician").text
    assert link in technician
    assert 'href="/technician/cameras/wand"' not in technician
    assert link in station.browser(Role.DESK).client.get("/desk").text


def test_a_camera_without_its_software_is_disabled_and_says_what_to_install(station: WebStation) -> None:
    status = station.services.devices.status("old")
    assert (status.state.value, status.reason) == ("disabled", Reason("no-opencv", "install it"))
