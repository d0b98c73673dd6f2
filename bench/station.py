"""A station of the bench's own: configuration in a temporary folder, ``python -m kiosk run`` as a child, clients to talk to it."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from bench.floor import cpu_s, free_port

SCOPES = ("bags:read", "bags:write", "jobs:read", "jobs:write", "scans:write", "devices:read", "events:read", "feedback:read")
# The person that `log_in` logs in.
_PERSON, _PIN = "Bench", "739218"
_PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


class Client:
    """One keep-alive connection of a program with a token."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: object = None, *, expect: int | None = None) -> Any:
        """Send a request and return the JSON of the answer; raises RuntimeError unless its status is *expect*, or 2xx."""
        self._connection.request(method, path, None if body is None else json.dumps(body), self._headers)
        response = self._connection.getresponse()
        text = response.read()
        if response.status != expect if expect else response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {text.decode(errors='replace')[:500]}")
        return json.loads(text) if text else None

    def take_in(self) -> dict[str, Any]:
        """POST /api/v1/bags with one piece."""
        deposit: dict[str, Any] = self.call("POST", "/api/v1/bags", {"pieces": 1})
        return deposit

    def release(self, code: str) -> Any:
        """POST /api/v1/bags/release."""
        return self.call("POST", "/api/v1/bags/release", {"code": code})

    def wait_until_stored(self, deposit: int, timeout_s: float = 20.0) -> None:
        """Wait until the ticket of *deposit* is known to have come out."""
        deadline = time.monotonic() + timeout_s
        while (state := self.call("GET", f"/api/v1/bags/{deposit}")["state"]) != "stored":
            if time.monotonic() > deadline:
                raise TimeoutError(f"deposit {deposit} is {state} after {timeout_s} s")
            time.sleep(0.005)

    def close(self) -> None:
        self._connection.close()


class StationUnderTest:
    """Prepared by the constructor (database, token, person), started by `start` or by ``with``."""

    def __init__(
        self,
        folder: Path,
        *,
        printer_port: int | None = None,
        scanner: Path | None = None,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-m", "kiosk"),
        slots: Sequence[str] = ("A001-A500",),
        more: Sequence[str] = (),
    ) -> None:
        """*program* is what Python runs instead of the product itself; *environment* is added for the run alone.

        *more* are lines of kiosk.toml; a database that lies in the folder ``data`` already is used.
        """
        self.port = free_port()
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.database = self.data / "kiosk.db"
        self._program = program
        # An installed wheel has its bytecode beside it; a machine that forbids to cache any would measure the compiler.
        ignored = ("KIOSK_", "PYTHONDONTWRITEBYTECODE")
        self._clean = {name: value for name, value in os.environ.items() if not name.startswith(ignored)}
        self._environment = {**self._clean, **(environment or {})}
        self._config = folder / "kiosk.toml"
        lines = [*_toml(self.port, self.data, printer_port, scanner, slots), *more]
        self._config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._log = folder / "station.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._kiosk("db", "upgrade")
        scopes = [argument for scope in SCOPES for argument in ("--scope", scope)]
        self.token = self._kiosk("token", "create", "--name", "bench", *scopes).strip()
        self._kiosk("user", "add", _PERSON, "--role", "supervisor", "--pin-stdin", text=f"{_PIN}\n")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> float:
        """Start it; return the seconds until /readyz says yes."""
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._program, "run", "--config", str(self._config)], env=self._environment, stdout=log, stderr=log
            )
        while not self._ready():
            if self._process.poll() is not None or time.perf_counter() - began > 60:
                self.kill()
                raise RuntimeError(f"the station did not start:\n{self._log.read_text(encoding='utf-8')[-2000:]}")
            time.sleep(0.005)
        return time.perf_counter() - began

    def stop(self) -> float:
        """SIGTERM; return the seconds until it has ended."""
        assert self._process is not None
        began = time.perf_counter()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
        return time.perf_counter() - began

    def kill(self) -> None:
        """End it without asking; harmless when it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def client(self) -> Client:
        return Client(self.port, self.token)

    def resident_mb(self) -> float:
        """Memory that it holds now, in MB (2**20 bytes)."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * _PAGE_SIZE / 2**20

    def cpu_s(self) -> float:
        """Processor seconds that it has used."""
        return cpu_s(self.pid)

    def log_in(self) -> str:
        """Log a person in at a browser of this machine; return the Cookie header of that browser."""
        browser = _Browser(self.port)
        people = browser.get("/login")
        found = re.search(r'href="(/login/\d+)[^"]*"', people)
        assert found is not None, "the log-in page shows nobody"
        page = browser.get(found[1])
        token = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert token is not None, "the PIN page has no form token"
        browser.post(found[1], {"csrf_token": token[1], "pin": _PIN})
        browser.get("/")
        browser.close()
        return browser.cookie

    def wait_for_device(self, name: str, state: str = "ready", timeout_s: float = 20.0) -> None:
        """Wait until the device *name* is in *state*."""
        client = self.client()
        deadline = time.monotonic() + timeout_s
        while True:
            devices = client.call("GET", "/api/v1/devices")
            if any(device["name"] == name and device["state"] == state for device in devices["devices"]):
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} is not {state}: {devices}")
            time.sleep(0.02)
        client.close()

    def _ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _kiosk(self, *arguments: str, text: str = "") -> str:
        command = [sys.executable, "-m", "kiosk", *arguments, "--config", str(self._config)]
        done = subprocess.run(command, input=text, capture_output=True, text=True, env=self._clean, check=False)
        if done.returncode:
            raise RuntimeError(f"kiosk {' '.join(arguments)}: {done.stderr}")
        return done.stdout


class _Browser:
    """Just enough of a browser to log in: keeps cookies, follows redirects."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._cookies: dict[str, str] = {}

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def get(self, path: str) -> str:
        return self._send("GET", path, None)

    def post(self, path: str, form: Mapping[str, str]) -> str:
        return self._send("POST", path, urlencode(form))

    def close(self) -> None:
        self._connection.close()

    def _send(self, method: str, path: str, body: str | None) -> str:
        headers = {"Cookie": self.cookie, "Accept": "text/html"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        page = response.read().decode()
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        if response.status in (302, 303):
            return self._send("GET", response.headers["Location"], None)
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status}")
        return page


def jobs_done(client: Client, wanted: int, timeout_s: float = 60.0) -> list[dict[str, Any]]:
    """Wait until *wanted* jobs are confirmed; return them, oldest first."""
    deadline = time.monotonic() + timeout_s
    while True:
        jobs: list[dict[str, Any]] = client.call("GET", "/api/v1/jobs?state=confirmed&limit=500")["jobs"]
        if len(jobs) >= wanted:
            return sorted(jobs, key=lambda job: job["id"])
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(jobs)} jobs confirmed after {timeout_s} s, not {wanted}")
        time.sleep(0.05)


def printer_options(port: int) -> Iterator[str]:
    """The lines of a ``[devices.NAME]`` table for a printer on *port* of this machine."""
    yield 'kind = "printer"'
    yield 'driver = "escpos-network"'
    yield 'host = "127.0.0.1"'
    yield f"port = {port}"


def _toml(port: int, data: Path, printer_port: int | None, scanner: Path | None, slots: Iterable[str]) -> list[str]:
    lines = [
        "[station]",
        'name = "bench"',
        f'state_dir = "{data}"',
        "[database]",
        f'url = "sqlite:///{data}/kiosk.db"',
        "[web]",
        f"port = {port}",
        "[bags]",
        f"slots = {json.dumps(list(slots))}",
        "number_max = 9999",
        "[scans]",
        "repeat_window_s = 0.0",
        "[logging]",
        'level = "warning"',
    ]
    if printer_port is not None:
        lines += ["[devices.ticket-printer]", *printer_options(printer_port)]
    if scanner is not None:
        lines += ["[devices.desk-scanner]", 'kind = "scanner"', 'driver = "serial"', f'port = "{scanner}"']
    return lines
