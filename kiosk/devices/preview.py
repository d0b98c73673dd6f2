"""Pictures of a camera for people who aim it: made only while somebody looks, kept by nobody.

The board outlives the driver's objects, which are made anew whenever the camera was lost.
"""

import threading
from dataclasses import dataclass

from kiosk.errors import Unavailable
from kiosk.i18n import N_, msg

# Whoever aims a camera is one person, perhaps with a colleague at the other screen.
MAX_VIEWERS = 3


class TooManyViewers(Unavailable):
    """Others look through this camera already."""

    slug = "too-many-viewers"
    title = N_("Too many people look through the camera")


@dataclass(frozen=True, slots=True)
class Picture:
    """One JPEG picture; *number* grows from one to the next."""

    number: int
    jpeg: bytes


class PreviewBoard:
    """Where a camera's driver puts pictures for those who look; for any thread."""

    def __init__(self, max_viewers: int = MAX_VIEWERS) -> None:
        self._max_viewers = max_viewers
        self._changed = threading.Condition()
        self._viewers = 0
        self._closed = False
        self._picture: Picture | None = None

    @property
    def wanted(self) -> bool:
        """Whether anybody looks; a driver makes no picture otherwise."""
        return self._viewers > 0

    def enter(self) -> None:
        """Begin to look; `leave` must follow. Raises TooManyViewers."""
        with self._changed:
            if self._viewers >= self._max_viewers:
                raise TooManyViewers(
                    msg("%(count)s people look through this camera already.", count=self._viewers),
                    msg("Close the page on the other screens, then try again."),
                    retry_after_s=5,
                )
            self._viewers += 1

    def leave(self) -> None:
        """Look no more; the last one takes the picture away."""
        with self._changed:
            self._viewers -= 1
            if not self._viewers:
                self._picture = None

    def show(self, jpeg: bytes) -> None:
        """Show *jpeg* to those who look; nobody keeps it when nobody does."""
        with self._changed:
            if self._viewers:
                number = self._picture.number + 1 if self._picture else 1
                self._picture = Picture(number, jpeg)
                self._changed.notify_all()

    def newer(self, than: int, timeout_s: float) -> Picture | None:
        """The picture after number *than*, waiting *timeout_s* at most; None: there was none in time, or the board is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or (self._picture is not None and self._picture.number > than), timeout_s)
            picture = self._picture
            return picture if not self._closed and picture is not None and picture.number > than else None

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Nobody will show anything any more: whoever waits goes on at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
