"""The interface of a ticket printer, in terms of documents and evidence; no protocol, no transport."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kiosk.devices.document import Document


class PrinterFault(StrEnum):
    """What keeps a printer from printing; a person can remedy all but `UNRECOVERABLE`."""

    PAPER_OUT = "paper-out"
    COVER_OPEN = "cover-open"
    CUTTER = "cutter-fault"
    OVERHEATED = "overheated"
    FEEDING = "feed-button"
    OFFLINE = "printer-offline"
    UNRECOVERABLE = "printer-error"


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What a printer says of itself. An empty *faults* with *known* False means only that it cannot tell."""

    faults: frozenset[PrinterFault] = frozenset()
    paper_near_end: bool = False
    known: bool = True

    @property
    def printable(self) -> bool:
        """Whether it would print now, as far as it can tell."""
        return not self.faults


class Evidence(StrEnum):
    """How a printer can show that a job came out, strongest first (facts: "knowing that it printed")."""

    PROCESS_ID = "process-id"  # it named the job as completed
    PROCESSED = "processed"  # it executed a command that stood behind the job
    HEALTH = "health"  # healthy before, and after the time that the job takes
    NONE = "none"  # it cannot say anything: a person has to


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document in a printer's own bytes. *seconds* is the mechanical time it needs at least."""

    data: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a printer's ``probe()`` found: *capabilities* in words, *suggestions* as options for kiosk.toml.

    *slip_printed*: a slip shows the same line in each encoding, with the options that each stands for.
    """

    capabilities: dict[str, str]
    suggestions: dict[str, object]
    slip_printed: bool


class Printer(Protocol):
    """A printer behind one transport, owned by one thread. Every call is bounded in time and raises DeviceError."""

    def open(self) -> None:
        """Connect and make sure that somebody answers, where the printer can answer at all."""
        ...

    def close(self) -> None:
        """Let go of everything; harmless when not open; never raises."""
        ...

    @property
    def evidence(self) -> Evidence:
        """The strongest evidence that this printer gives, known after `open`."""
        ...

    def status(self) -> PrinterStatus:
        """Ask the printer how it is. Raises NoAnswer when a printer that can answer is silent."""
        ...

    def render(self, document: Document, *, job: int) -> Rendered:
        """Encode *document*, ending with the question whose answer is `evidence` of *job*. Does not touch the device."""
        ...

    def send(self, rendered: Rendered) -> None:
        """Hand over all bytes in one write. Raises SendFailed with the count of bytes that were taken."""
        ...

    def confirm(self, job: int, *, timeout_s: float, keep_waiting: Callable[[], bool]) -> PrinterStatus | None:
        """Wait for the evidence of *job*: None when it came; the last status when *timeout_s* passed without it.

        Returns early with the status when the printer reports a fault, or when *keep_waiting* says no. May be called
        again for the same job, e.g. after new paper: the answer then still counts.
        """
        ...
