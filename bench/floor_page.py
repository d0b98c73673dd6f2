"""The floor of the kiosk's screen: five buttons and a line in a database, as somebody writes them in an afternoon."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.floor import free_port, wait_for_port

# One language, no state, no retry: a tap sends, the answer is the thanks.
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Rate us</title>
<style>body{font:2rem sans-serif;text-align:center}button{font-size:4rem;margin:1rem;padding:2rem}</style>
<h1>How was your visit today?</h1><div id="faces"></div>
<script>
for (let rating = 1; rating <= 5; rating++) {
  const button = document.createElement("button");
  button.className = "face"; button.dataset.rating = rating; button.textContent = "☹🙁😐🙂😀".match(/./gu)[rating - 1];
  button.onclick = async () => {
    await fetch("/press", {method: "POST", body: JSON.stringify({rating}), headers: {"Content-Type": "application/json"}});
    document.body.innerHTML = '<p data-state="saved">Thank you!</p>';
  };
  document.getElementById("faces").append(button);
}
</script>"""


def app(database: str) -> Any:
    """Flask and sqlite3 with the same durability as the product: WAL, synchronous FULL."""
    from flask import Flask, request

    flask, lock = Flask("floor-page"), threading.Lock()
    connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE press (id INTEGER PRIMARY KEY, rating)")

    @flask.get("/")
    def page() -> str:
        return PAGE

    @flask.post("/press")
    def press() -> dict[str, bool]:
        with lock:
            connection.execute("INSERT INTO press (rating) VALUES (?)", (request.get_json()["rating"],))
        return {"saved": True}

    return flask


class FloorPage:
    """`app` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._process = subprocess.Popen([sys.executable, "-m", "bench.floor_page", str(self.port), str(folder / "floor.db")])

    def __enter__(self) -> Self:
        wait_for_port(self.port)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()


if __name__ == "__main__":
    from waitress import serve

    serve(app(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), threads=8, _quiet=True)
