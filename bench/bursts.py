"""Bursts and bad moments at the simulated printer: are all tickets printed, in order, once?"""

import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.report import Row
from bench.station import Client, StationUnderTest
from kiosk.demo.model import MODELS
from kiosk.demo.printer import PrinterSimulator

_BURST = 50
_AWAY = 5
_PAPER = 20
_OPEN = frozenset({"queued", "sent"})
_PATIENCE_S = 60.0


def run() -> list[Row]:
    return [*_burst(), *_away(), *_paper_out()]


class _Desk:
    """A station with a simulated printer that says when printing is complete."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self.printer = self._stack.enter_context(PrinterSimulator(model=MODELS["process-id-80"]))
        station = self._stack.enter_context(StationUnderTest(folder, printer_port=self.printer.port))
        self.station = station
        station.wait_for_device("ticket-printer")
        self.client: Client = station.client()
        self._stack.callback(self.client.close)
        self.tickets: dict[int, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def take_in(self, count: int) -> None:
        """Take in one after the other, as fast as the station answers."""
        for _ in range(count):
            deposit = self.client.take_in()
            self.tickets[deposit["id"]] = deposit["code"]

    def jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.call("GET", "/api/v1/jobs?limit=500")["jobs"]
        return found

    def settle(self) -> int:
        """Wait until nothing is under way; answer each question by looking at the paper; return how many were asked."""
        asked = 0
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            jobs = self.jobs()
            for job in jobs:
                if job["needs_decision"]:
                    asked += 1
                    code = self.tickets[int(job["subject"].partition(":")[2])]
                    outcome = "printed" if self.printed(code) else "reprint"
                    self.client.call("POST", f"/api/v1/jobs/{job['id']}/resolve", {"outcome": outcome})
            if not any(job["state"] in _OPEN or job["needs_decision"] for job in jobs):
                return asked
            if time.monotonic() > deadline:
                raise TimeoutError(f"still under way: {[job for job in jobs if job['state'] in _OPEN]}")
            time.sleep(0.05)

    def printed(self, code: str) -> int:
        """How many customer's parts with this code came out whole; the tag of the bag carries the code as well."""
        return Counter(text for part in self.printer.paper.parts for _, text in part.codes)[code] // self._codes_a_ticket

    @property
    def _codes_a_ticket(self) -> int:
        """How often a ticket shows its code to a scanner: learnt from the first one, which always comes out undisturbed."""
        first = next(iter(self.tickets.values()))
        return max(1, sum(text == first for part in self.printer.paper.parts for _, text in part.codes))

    def order(self) -> list[str]:
        """The codes on paper in the order in which they first came out."""
        return list(dict.fromkeys(text for part in self.printer.paper.parts for _, text in part.codes))

    def lost_and_doubled(self) -> tuple[int, int]:
        """Tickets that are not on paper and were not asked about, and tickets that are there more than once."""
        reprinted = {int(job["subject"].partition(":")[2]) for job in self.jobs() if job["state"] == "cancelled"}
        lost = sum(not self.printed(code) for deposit, code in self.tickets.items() if deposit not in reprinted)
        return lost, sum(self.printed(code) > 1 for code in self.tickets.values())


def _burst() -> list[Row]:
    with _Desk() as desk:
        desk.take_in(1)
        desk.settle()
        desk.take_in(_BURST - 1)
        desk.settle()
        lost, doubled = desk.lost_and_doubled()
        disorder = sum(a != b for a, b in zip(desk.order(), desk.tickets.values(), strict=False))
    return [
        Row(f"burst of {_BURST}: tickets not printed", lost, "", 0),
        Row(f"burst of {_BURST}: tickets printed twice", doubled, "", 0),
        Row(f"burst of {_BURST}: tickets out of order", disorder, "", 0),
    ]


def _away() -> list[Row]:
    with _Desk() as desk:
        desk.take_in(1)
        desk.settle()
        desk.printer.power_off()
        desk.take_in(_AWAY)
        desk.printer.power_on()
        asked = desk.settle()
        lost, doubled = desk.lost_and_doubled()
    return [
        Row(f"printer away for {_AWAY} tickets: not printed after it is back", lost, "", 0),
        Row(f"printer away for {_AWAY} tickets: printed twice", doubled, "", 0),
        Row(f"printer away for {_AWAY} tickets: questions to staff", asked, ""),
    ]


def _paper_out() -> list[Row]:
    with _Desk() as desk:
        desk.take_in(1)
        desk.settle()
        lines = sum(len(part.lines) for part in desk.printer.paper.parts)
        # In the middle of a ticket in the middle of the burst.
        desk.printer.printer.end_paper_after(lines * _PAPER // 2 + lines // 3)
        desk.take_in(_PAPER)
        if not desk.printer.printer.wait_for(lambda printer: printer.condition.paper_end, timeout_s=_PATIENCE_S):
            raise TimeoutError("the paper did not end")
        time.sleep(1.0)  # somebody fetches a roll
        desk.printer.printer.new_roll()
        asked = desk.settle()
        lost, doubled = desk.lost_and_doubled()
    return [
        Row(f"paper out among {_PAPER} tickets: lost", lost, "", 0),
        Row(f"paper out among {_PAPER} tickets: printed twice", doubled, "", 0),
        Row(f"paper out among {_PAPER} tickets: questions to staff", asked, ""),
    ]
