"""A station's web app over real services and a real database, with neither printer nor scanner attached.

`Probe` adds a few addresses for what no page of the product does by itself: break, wait, log in without a PIN.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from flask import Blueprint, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kiosk.config import Bags, DeviceSettings, Scans, Settings, Station, Web
from kiosk.config_returns import Receipts
from kiosk.config_service import Alerts, Feedback
from kiosk.db import Database
from kiosk.desk.actors import SCOPES, SYSTEM, Role
from kiosk.desk.staff.pins import PinHasher
from kiosk.devices.registry import DeviceConfig
from kiosk.errors import StorageError
from kiosk.events import EventBus, emit
from kiosk.web import sessions
from kiosk.web.app import create_app
from kiosk.web.auth import page_requires, public
from kiosk.web.commands import command, json_answer
from kiosk.web.context import current_services
from kiosk.web.server import WebServer
from kiosk.wiring import build_services
from tests.fakes.clock import FakeClock

PRINTER = "ticket-printer"
PIN = "730518"


class Probe:
    """Addresses below /probe. `gate` holds a request of /probe/slow until a test opens it; `in_unit` runs in the unit of /probe/form."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.arrived = threading.Semaphore(0)
        self.runs = 0
        self.in_unit: Callable[[], object] = lambda: None
        self.blueprint = Blueprint("probe", __name__, url_prefix="/probe")
        add = self.blueprint.add_url_rule
        add("/log-in/<int:user_id>/<int:epoch>", view_func=self.log_in)
        add("/log-out", view_func=self.log_out)
        add("/token", view_func=self.token)
        add("/mine", view_func=self.mine, methods=["GET", "POST"])
        add("/boom", view_func=self.boom)
        add("/full", view_func=self.full)
        add("/form", view_func=self.form, methods=["POST"])
        add("/slow", view_func=self.slow, methods=["GET", "POST"])

    @public
    def log_in(self, user_id: int, epoch: int) -> ResponseReturnValue:
        services = current_services()
        with services.db.read() as session:
            actor = services.staff.actor_for_user(session, user_id, epoch)
        assert actor is not None
        sessions.begin_login(actor, epoch)
        return {"screen": sessions.screen_id(), "csrf": generate_csrf()}

    @public
    def log_out(self) -> ResponseReturnValue:
        sessions.end_login()
        return ""

    @public
    def token(self) -> ResponseReturnValue:
        return {"screen": sessions.screen_id(), "csrf": generate_csrf()}

    @page_requires("bags:read")
    def mine(self) -> ResponseReturnValue:
        return "mine"

    @public
    def boom(self) -> ResponseReturnValue:
        raise RuntimeError("the secret detail")

    @public
    def full(self) -> ResponseReturnValue:
        raise StorageError("disk full")

    @public
    def form(self) -> ResponseReturnValue:
        def unit(session: Session) -> int:
            self.runs += 1
            emit(session, "probe", {"run": self.runs})
            self.in_unit()
            return self.runs

        return command(unit, lambda runs: json_answer({"runs": runs, "lang": request.headers.get("X-Who", "")}, 201))

    @public
    def slow(self) -> ResponseReturnValue:
        self.arrived.release()
        assert self.gate.wait(10)
        if request.method == "POST":
            return command(lambda _session: "slow", json_answer)
        return "done"


class WebStation:
    """Everything that the web app stands on; `client` for requests in this process, `serve` for real sockets."""

    def __init__(
        self,
        database: Database,
        bus: EventBus,
        clock: FakeClock,
        folder: Path,
        *,
        devices: Sequence[DeviceConfig] = (),
        screens: Sequence[str] = ("127.0.0.1", "::1"),
        bags: Bags | None = None,
        feedback: Feedback | None = None,
        alerts: Alerts | None = None,
        scans: Scans | None = None,
        receipts: Receipts | None = None,
        **web: Any,
    ) -> None:
        """*screens*: addresses that count as the desk's; the others are settings of the sections of their names.

        *bags*: rules of the bag check; without them the day may be closed at any time.
        """
        self.clock, self.db, self.bus, self.folder = clock, database, bus, folder
        listed = {device.name: DeviceSettings(device.kind, device.driver.name, {}, device.required) for device in devices}
        self.settings = settings = Settings(
            station=Station(state_dir=str(folder / "state"), screens=list(screens)),
            web=Web(port=0, **web),
            devices=listed,
            bags=msgspec.structs.replace(bags or Bags(closing_begins_min=1440), printer=PRINTER),
            feedback=feedback or Feedback(),
            alerts=alerts or Alerts(),
            scans=scans or Scans(),
            receipts=receipts or Receipts(),
        )
        self.services = build_services(
            settings,
            devices,
            db=database,
            bus=bus,
            clock=clock,
            device_context=_never_opened,
            hasher=PinHasher(passes=1, memory_kib=64),
        )
        database.write(self.services.policy.ensure_default)  # no receipt can be looked at without one
        self.probe = Probe()
        self.app = create_app(self.services, pages=[self.probe.blueprint])
        self._names = iter(f"P{number}" for number in range(1000))

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def token(self, *scopes: str) -> str:
        """A new token; without *scopes* one that may do everything."""
        name, tokens = next(self._names), self.services.tokens
        return self.db.write(lambda session: tokens.create(session, SYSTEM, name, scopes or list(SCOPES))).text

    def program(self, *scopes: str) -> "Program":
        return Program(self.client(), self.token(*scopes))

    def person(self, role: Role = Role.DESK, *, must_change_pin: bool = False) -> int:
        """The id of a new person."""
        staff, name = self.services.staff, next(self._names)
        pin = staff.prepare_pin(PIN)
        return self.db.write(
            lambda session: staff.create_user(session, SYSTEM, name=name, role=role, pin=pin, must_change_pin=must_change_pin)
        ).id

    def browser(self, role: Role = Role.DESK) -> "Browser":
        """A browser with somebody logged in."""
        browser = Browser(self.client())
        user_id = self.person(role)
        browser.log_in(user_id, self.epoch(user_id))
        return browser

    def epoch(self, user_id: int) -> int:
        from kiosk.desk.staff.models import StaffUser

        with self.db.read() as session:
            user = session.get(StaffUser, user_id)
            assert user is not None
            return user.session_epoch

    def shelve(self, *labels: str) -> None:
        """Put up slots."""
        self.db.write(lambda session: self.services.bags.ensure_slots(session, labels or ("A01", "A02", "A03")))

    def print_out(self, job_id: int) -> None:
        """Do what the spooler does when a job comes out well."""
        jobs = self.services.jobs
        self.db.write(lambda session: jobs.mark_sending(session, job_id))
        self.db.write(lambda session: jobs.mark_confirmed(session, job_id, "processed"))

    def serve(self) -> WebServer:
        """The real server on a free port; the caller stops it."""
        server = WebServer(self.app, self.settings.web, self.services.streams, environ={})
        server.start()
        return server


class Program:
    """A program with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._client.get(path, headers=self._headers | _named(headers))

    def post(self, path: str, body: object = None, **headers: str) -> TestResponse:
        return self.send("POST", path, body, **headers)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        data = b"" if body is None else msgspec.json.encode(body)
        named = self._headers | _named(headers)
        return self._client.open(path, method=method, data=data, content_type="application/json", headers=named)

    def post_raw(self, path: str, data: bytes, content_type: str, **headers: str) -> TestResponse:
        return self._client.post(path, data=data, content_type=content_type, headers=self._headers | _named(headers))


class Browser:
    """A person's browser; `csrf` is the token that its pages carry."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.csrf = self.screen = ""

    def log_in(self, user_id: int, epoch: int) -> None:
        answer = self.client.get(f"/probe/log-in/{user_id}/{epoch}").get_json()
        self.csrf, self.screen = answer["csrf"], answer["screen"]

    def open_page(self) -> None:
        answer = self.client.get("/probe/token").get_json()
        self.csrf, self.screen = answer["csrf"], answer["screen"]

    def post(self, path: str, body: object, **headers: str) -> TestResponse:
        return self.client.post(path, json=body, headers={"X-CSRFToken": self.csrf, **_named(headers)})

    @property
    def cookie(self) -> str:
        cookie = self.client.get_cookie("kiosk_session")
        assert cookie is not None
        return f"kiosk_session={cookie.value}"


class Follower:
    """A browser's event stream over a real socket; reads with a time-out, never for ever."""

    def __init__(self, port: int, headers: dict[str, str] | None = None, query: str = "", receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(5.0)
        self.socket.connect(("127.0.0.1", port))
        lines = [f"GET /api/v1/events{query} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in (headers or {}).items())]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._data = b""

    def __enter__(self) -> "Follower":
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def head(self) -> str:
        return self._until(b"\r\n\r\n").decode()

    def block(self) -> dict[str, str]:
        """The next block of lines: an event, a comment (under "") or the browser's instructions."""
        text = self._until(b"\n\n").decode()
        return {
            name: value
            for name, _, value in (line.partition(": ") if not line.startswith(":") else ("", "", line) for line in text.split("\n"))
        }

    def event(self) -> tuple[str, dict[str, Any]]:
        """Name and data of the next event, past everything that is none."""
        while True:
            block = self.block()
            if "event" in block:
                return block["event"], msgspec.json.decode(block["data"])

    def ended(self) -> bool:
        """Whether the server closes the stream, whatever it still sends before."""
        while True:
            try:
                if not self.socket.recv(65536):
                    return True
            except ConnectionResetError:
                return True
            except TimeoutError:
                return False

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._data:
            received = self.socket.recv(65536)
            if not received:
                raise EOFError(f"the stream ended after {self._data!r}")
            self._data += received
        found, _, self._data = self._data.partition(mark)
        return found


def serving(station: WebStation) -> Iterator[WebServer]:
    """Body of a fixture: the real server, stopped at the end."""
    server = station.serve()
    yield server
    station.probe.gate.set()
    server.stop()


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {re.sub("_", "-", name): value for name, value in headers.items()}


def _never_opened(name: str) -> Any:
    raise AssertionError(f"the device {name} is never opened here")
