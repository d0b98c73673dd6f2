"""Looks every few seconds whether those who follow events still may: sessions end, tokens are revoked, roles change.

It has a thread of its own, because the answer is in the database and events must not wait for that.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from kiosk.clock import Clock

if TYPE_CHECKING:
    from kiosk.web.streams import Stream

log = logging.getLogger(__name__)

# Seconds that a stream may outlive its permission.
EVERY_S = 5.0


class StreamGuard:
    """Ends the streams whose `Order.still_allowed` says no."""

    def __init__(self, clock: Clock, streams: "Callable[[], Sequence[Stream]]", end: "Callable[[Sequence[Stream]], None]") -> None:
        self._clock, self._streams, self._end = clock, streams, end
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._stopping.clear()
        self._thread = threading.Thread(target=self._watch, name="stream-guard", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _watch(self) -> None:
        while not self._clock.wait(self._stopping, EVERY_S):
            gone = [stream for stream in self._streams() if not self._may_go_on(stream)]
            if gone:
                self._end(gone)

    def _may_go_on(self, stream: "Stream") -> bool:
        if stream.order.still_allowed is None:
            return True
        try:
            return stream.order.still_allowed()
        except SQLAlchemyError as error:
            # Without the database nobody knows; the screens need their events now more than ever.
            log.debug("a stream could not be checked: %s", error)
            return True
