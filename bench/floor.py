"""The floor: what somebody writes in an afternoon. Fifteen lines of Flask that print a ticket, no record kept, no status asked."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CODE = "{C" + "".join(chr(int(pair)) for pair in ("80", "12", "34", "56", "78", "90", "17"))
# What the product's ticket says: the customer's part and the bag's tag.
TICKET = (
    (
        "超市",
        "存包凭证",
        "38",
        "件数 1    2026-03-10 14:00",
        "80123456789017",
        "请于 22:00 前凭此票取包",
        "每件最高赔偿 200.00 元",
        "遗失凭证请到服务台办理",
    ),
    ("38", "A01    1/1", "2026-03-10 14:00", "80123456789017"),
)


def app(printer_port: int) -> Any:
    """The fifteen lines; served by waitress, as the product is."""
    from escpos.printer import Network
    from flask import Flask

    flask = Flask("floor")

    @flask.post("/print")
    def bags() -> dict[str, bool]:
        printer = Network("127.0.0.1", printer_port)
        for part in TICKET:
            for line in part:
                printer.text(line + "\n")
            printer.barcode(CODE, "CODE128", function_type="B")
            printer.cut()
        printer.close()
        return {"printed": True}

    return flask


class Floor:
    """`app` in a process of its own."""

    def __init__(self, printer_port: int) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(  # the library says "Using hardware barcode renderer" on stdout each time
            [sys.executable, "-m", "bench.floor", str(self.port), str(printer_port)], stdout=subprocess.DEVNULL
        )

    def __enter__(self) -> Self:
        wait_for_port(self.port)
        return self

    def cpu_s(self) -> float:
        """Processor seconds that it has used."""
        return cpu_s(self._process.pid)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()


def cpu_s(pid: int) -> float:
    """Processor seconds that the process *pid* has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc(5)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def wait_for_port(port: int, timeout_s: float = 15.0) -> None:
    """Wait until something answers HTTP on *port*."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1):
                return
        except urllib.error.HTTPError as error:
            error.close()
            return  # it answers, though it has no such page
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _serve() -> None:
    from waitress import serve

    port, printer_port = sys.argv[1:]
    serve(app(int(printer_port)), host="127.0.0.1", port=int(port), threads=8, _quiet=True)


if __name__ == "__main__":
    _serve()
