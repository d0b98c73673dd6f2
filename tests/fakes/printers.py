"""A printer at the interface: it keeps what it was sent, and does what a test tells it to at each call."""

from collections import deque
from collections.abc import Callable

from kiosk.devices.document import Document, Text
from kiosk.devices.errors import NoAnswer, SendFailed
from kiosk.devices.printer import Evidence, PrinterFault, PrinterStatus, Rendered
from tests.fakes.clock import FakeClock


class Killed(BaseException):
    """The process died here: nothing after this line ran."""


def document(text: str = "ticket") -> Document:
    return Document((Text(text),))


class Paper:
    """What came out, by job: it outlives printers, services and processes."""

    def __init__(self) -> None:
        self.jobs: list[int] = []
        self.texts: list[str] = []


class ScriptedPrinter:
    """Implements `kiosk.devices.printer.Printer`.

    *script* holds, by method name, what the next calls do: an exception is raised, a callable is called, None is an
    ordinary call. *faults* is what the printer reports; a job sent while it has faults is printed after the remedy.
    """

    def __init__(self, paper: Paper, clock: FakeClock, *, evidence: Evidence = Evidence.PROCESSED) -> None:
        self.paper, self._clock, self.evidence = paper, clock, evidence
        self.faults: set[PrinterFault] = set()
        self.near_end = False
        self.silent = False
        self.script: dict[str, deque[BaseException | Callable[[], None] | None]] = {}
        self.calls: list[str] = []
        self._rendered = 0  # `send` is not told the number of the job, `render` is
        self._buffer: list[tuple[int, str]] = []
        self._done: set[int] = set()

    def do(self, method: str, *steps: BaseException | Callable[[], None] | None) -> None:
        """Append *steps* to what the next calls of *method* do."""
        self.script.setdefault(method, deque()).extend(steps)

    def switch_off_and_on(self) -> None:
        """What was in the printer's memory is gone, and so are its answers."""
        self._buffer.clear()
        self._done.clear()

    def _called(self, method: str) -> None:
        self.calls.append(method)
        steps = self.script.get(method)
        step = steps.popleft() if steps else None
        if isinstance(step, BaseException):
            raise step
        if step is not None:
            step()

    def open(self) -> None:
        self._called("open")

    def close(self) -> None:
        self.calls.append("close")

    def status(self) -> PrinterStatus:
        self._called("status")
        if self.silent:
            raise NoAnswer("the printer is silent")
        self._print()
        return self._status()

    def render(self, document: Document, *, job: int) -> Rendered:
        self._called("render")
        self._rendered = job
        texts = [element.text for element in document.elements if isinstance(element, Text)]
        return Rendered("\n".join(texts).encode(), seconds=1.0)

    def send(self, rendered: Rendered) -> None:
        text = rendered.data.decode()
        try:
            self._called("send")
        except SendFailed as error:
            if error.bytes_sent:
                self._receive(text)
            raise
        self._receive(text)
        self._called("sent")

    def confirm(self, job: int, *, timeout_s: float, keep_waiting: Callable[[], bool]) -> PrinterStatus | None:
        self._called("confirm")
        self._print()
        if self.faults:
            return self._status()
        if job in self._done and not self.silent:
            self._called("confirmed")
            return None
        waited = 0.0
        while waited < timeout_s and keep_waiting():
            self._clock.advance(0.5)
            waited += 0.5
        return self._status()

    def _receive(self, text: str) -> None:
        self._buffer.append((self._rendered, text))
        self._print()

    def _print(self) -> None:
        if self.faults:
            return
        for job, text in self._buffer:
            self.paper.jobs.append(job)
            self.paper.texts.append(text)
            self._done.add(job)
        self._buffer.clear()

    def _status(self) -> PrinterStatus:
        return PrinterStatus(frozenset(self.faults), paper_near_end=self.near_end, known=self.evidence is not Evidence.NONE)
