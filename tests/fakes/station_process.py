"""A real station in a process of its own, as systemd starts it, with the API to talk to it and the means to kill it."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

_START_S = 30.0  # bound for a start on a busy machine; 1.2 s is usual
_WAIT_S = 15.0


@dataclass(frozen=True)
class Reply:
    """One answer of the API."""

    status: int
    body: Any
    headers: Mapping[str, str]


class StationProcess:
    """``python -m kiosk run --config FILE``; a context manager that leaves no process behind."""

    def __init__(
        self,
        config: Path,
        token: str,
        *,
        environment: Mapping[str, str] | None = None,
        limits: Iterable[tuple[int, int]] = (),
        program: Sequence[str] = (sys.executable, "-m", "kiosk"),
    ) -> None:
        """*limits* are (resource, soft limit) pairs, set in the child before it starts; *program* is the ``kiosk`` to run."""
        self._config = config
        self._token = token
        self._errors = config.with_suffix(".stderr")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
        preexec = _limiter(tuple(limits)) if limits else None
        with self._errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [*program, "run", "--config", str(config)],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**clean, "PYTHONWARNINGS": "error", **(environment or {})},
                preexec_fn=preexec,
            )
        self.answers: list[Reply] = []  # to post_unanswered
        self._changed = threading.Condition()
        self._lines: list[str] = []
        self._ended = False
        self._reader = threading.Thread(target=self._read, name="station-stdout", daemon=True)
        self._reader.start()

    def __enter__(self) -> "StationProcess":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.kill()

    @property
    def stderr(self) -> str:
        return self._errors.read_text(encoding="utf-8")

    @property
    def stdout(self) -> str:
        with self._changed:
            return "".join(self._lines)

    def ready(self) -> "StationProcess":
        """Wait until the station says where it is."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._address() is not None, _START_S)
        assert self._address() is not None, f"the station did not start:\n{self.stdout}{self.stderr}"
        return self

    def kill(self) -> None:
        """End it as a power cut or the kernel does: no handler runs."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self._gone()

    def stop(self) -> int:
        """End it as systemd does; return the exit status."""
        self.process.send_signal(signal.SIGTERM)
        self._gone()
        return self.process.returncode

    def exit_status(self) -> int:
        """Wait until it has ended by itself."""
        self._gone(_START_S)
        return self.process.returncode

    def get(self, path: str) -> Reply:
        return self._request("GET", path, None, None)

    def post(self, path: str, body: object, key: str | None = None) -> Reply:
        """POST *body* as JSON, with *key* as Idempotency-Key."""
        return self._request("POST", path, body, key)

    def post_unanswered(self, path: str, body: object, key: str) -> threading.Thread:
        """POST from another thread, for a station that is about to die before it answers."""

        def send() -> None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                reply = self.post(path, body, key)
                self.answers.append(reply)

        self.answers.clear()
        thread = threading.Thread(target=send, name="unanswered", daemon=True)
        thread.start()
        return thread

    def until(self, path: str, met: Callable[[Any], bool]) -> Any:
        """GET *path* until its body is as wished; return the body."""
        deadline = time.monotonic() + _WAIT_S
        pause = threading.Event()
        while True:
            reply = self.get(path)
            if reply.status == 200 and met(reply.body):
                return reply.body
            assert time.monotonic() < deadline, f"{path} stays {reply.body}\n{self.stderr}"
            pause.wait(0.02)

    def connect(self) -> http.client.HTTPConnection:
        """A connection to the station, for a request that is to be sent in parts."""
        address = self._address()
        assert address is not None
        url = urlsplit(address)
        assert url.hostname is not None
        return http.client.HTTPConnection(url.hostname, url.port, timeout=_WAIT_S)

    def headers(self, key: str | None = None) -> dict[str, str]:
        """The headers that make a request this test's program's."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        return headers if key is None else {**headers, "Idempotency-Key": key}

    def _request(self, method: str, path: str, body: object, key: str | None) -> Reply:
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), self.headers(key))
            response = connection.getresponse()
            text = response.read()
            return Reply(response.status, json.loads(text) if text else None, dict(response.getheaders()))

    def _address(self) -> str | None:
        for line in self._lines:
            if line.startswith("kiosk is at "):
                return line.removeprefix("kiosk is at ").strip()
        return None

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _gone(self, timeout_s: float = _WAIT_S) -> None:
        self.process.wait(timeout_s)
        self._reader.join(timeout_s)
        assert self.process.stdout is not None
        self.process.stdout.close()


def _limiter(limits: tuple[tuple[int, int], ...]) -> Callable[[], None]:
    import resource

    def limit() -> None:
        for kind, soft in limits:
            resource.setrlimit(kind, (soft, resource.getrlimit(kind)[1]))

    return limit
