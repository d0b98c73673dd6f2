"""Bounds how long a question to the point of sale holds whoever asks it, whatever its driver does."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from kiosk.desk.receipts.live import SourceDown

T = TypeVar("T")

# Questions to one source at a time; beyond them the source is slower than people ask.
_AT_ONCE = 4


class Bounded:
    """Asks in threads of its own: one that gets no answer is left behind, and so many at most."""

    def __init__(self, name: str, timeout_s: float) -> None:
        self._name, self._timeout_s = name, timeout_s
        self._free = threading.BoundedSemaphore(_AT_ONCE)

    def ask(self, work: Callable[[], T]) -> T:
        """Run *work*; what it raises is raised here. Raises SourceDown when it takes too long."""
        if not self._free.acquire(blocking=False):
            raise SourceDown("busy: earlier questions are still without an answer")
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(work())
            except BaseException as error:  # handed to whoever asked
                answer.set_exception(error)
            finally:
                self._free.release()

        threading.Thread(target=run, name=f"pos-{self._name}", daemon=True).start()
        try:
            return answer.result(self._timeout_s)
        except TimeoutError as error:
            if answer.done():
                raise SourceDown("timeout") from error
            raise SourceDown(f"timeout: no answer within {self._timeout_s:g} s") from None
