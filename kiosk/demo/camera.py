"""A simulated camera over the desk: a folder of pictures, which the ordinary driver reads as it reads a camera's frames.

While nothing happens nothing is written: the picture of the empty desk lies there, and the driver has nothing to do.
"""

import itertools
import shutil
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.demo.pictures import SIZE

# Frames a second that the driver takes out of the folder (kiosk.toml of the demo): few, so that an idle demo costs nothing.
FPS = 5
# Frames that a hand holds a card still before it takes it away, and of the desk after that.
_HELD, _EMPTY = 6, 2
# Pictures that stay in the folder; the driver is never that far behind.
_KEPT = 24


class CameraSimulator:
    """A camera whose plug is the folder's name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unplugged = folder.with_name(folder.name + ".unplugged")
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        for old in (self.folder, self._unplugged):
            shutil.rmtree(old, ignore_errors=True)
        self.folder.mkdir(parents=True)
        # Drawn without the libraries that draw the cards: nobody may ever hold one.
        width, height = SIZE
        self._put(bytes(90 + 50 * x // width for x in range(width)) * height)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def plugged_in(self) -> bool:
        return self.folder.is_dir()

    def hold(self, text: str, symbology: str = "code128") -> bool:
        """Hold a card with a code before it and take it away. False: it is unplugged, or there is no such card."""
        from kiosk.demo.pictures import desk_with, empty_desk, noisy

        try:
            scene = desk_with(text, symbology)
        except ValueError:  # what the symbology cannot hold, or a card larger than the desk
            return False
        with self._lock:
            if not self.plugged_in:
                return False
            for seed in range(_HELD):
                self._put(noisy(scene, seed).tobytes())
            for seed in range(_EMPTY):
                self._put(noisy(empty_desk(), seed).tobytes())
            self._tidy()
        return True

    def unplug(self) -> None:
        """Pull the plug; harmless when it is out."""
        with self._lock:
            if self.plugged_in:
                self.folder.rename(self._unplugged)

    def plug_in(self) -> None:
        """Put it back; harmless when it is in."""
        with self._lock:
            if not self.plugged_in:
                self._unplugged.rename(self.folder)

    def close(self) -> None:
        """Take it away; harmless when it is gone."""
        for folder in (self.folder, self._unplugged):
            shutil.rmtree(folder, ignore_errors=True)

    def _put(self, pixels: bytes) -> None:
        """Let a picture appear in one piece. Format: portable grey map, binary (``P5``)."""
        width, height = SIZE
        name = f"{next(self._numbers):06}.pgm"
        hidden = self.folder / f".{name}"
        hidden.write_bytes(b"P5 %d %d 255\n" % (width, height) + pixels)
        hidden.rename(self.folder / name)

    def _tidy(self) -> None:
        for old in sorted(self.folder.glob("*.pgm"))[:-_KEPT]:
            old.unlink(missing_ok=True)
