"""Finds fonts for the characters that a printer lacks, among Debian's packages, and says which has which character."""

import logging
from functools import cache
from pathlib import Path

from PIL import ImageFont

from kiosk.devices.fonts import WELL_KNOWN

log = logging.getLogger(__name__)

SIZE = 24  # pixels; a Han character's cell
_NOWHERE = "\U0010fffe"  # a noncharacter: every font shows its "missing" box for it


class Fonts:
    """The fonts at hand, best first. *option* names a file that goes before the well-known ones."""

    def __init__(self, option: str, well_known: tuple[Path, ...] = WELL_KNOWN) -> None:
        self._paths = (Path(option), *well_known) if option else well_known
        self._fonts: list[ImageFont.FreeTypeFont] = []
        for path in self._paths:
            try:
                self._fonts.append(ImageFont.truetype(str(path), SIZE - 2, layout_engine=ImageFont.Layout.BASIC))
            except OSError as error:
                if str(path) == option:
                    log.warning("the font %s cannot be used: %s", path, error)
        self.find = cache(self._find)
        if not self._fonts:
            log.warning("no font for rare characters: they print as '?'; install fonts-wqy-microhei or name a font")

    def _find(self, text: str) -> ImageFont.FreeTypeFont | None:
        """The first font that has every character of *text*; None when none has."""
        return next((font for font in self._fonts if all(_has(font, char) for char in text)), None)


def _has(font: ImageFont.FreeTypeFont, char: str) -> bool:
    return bytes(font.getmask(char, mode="1")) != bytes(font.getmask(_NOWHERE, mode="1"))
