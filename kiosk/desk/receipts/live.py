"""What the desk needs of a live source of receipts: an interface, a circuit breaker, and asking them in order."""

from collections.abc import Sequence
from typing import Protocol

from kiosk.clock import Clock
from kiosk.desk.receipts.views import NewReceipt


class SourceDown(Exception):
    """The source did not answer, or not in a way that can be read; the text says why, without secrets."""


class ReceiptSource(Protocol):
    """A point of sale that can be asked for one receipt; it is never written to. Safe in several threads."""

    @property
    def name(self) -> str:
        """The name in kiosk.toml."""
        ...

    def fetch(self, number: str, store: str) -> NewReceipt | None:
        """Return the receipt, None when the source is sure that there is none. Raises SourceDown within its time-out."""
        ...


class LiveSources:
    """The sources in their order, each behind a circuit breaker."""

    def __init__(self, sources: Sequence[ReceiptSource], clock: Clock) -> None:
        self._sources, self._clock = tuple(sources), clock

    def __bool__(self) -> bool:
        return bool(self._sources)

    def fetch(self, number: str, store: str) -> tuple[NewReceipt | None, str | None, list[str]]:
        """Ask one source after the other.

        Returns the receipt, the name of the source that answered (None: none did), and the names of those that did not.
        """
        raise AssertionError("not yet")
