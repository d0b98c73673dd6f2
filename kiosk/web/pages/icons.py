"""Draws the icons of kiosk/web/icons.txt into the page itself: no request, and their colour is the text's."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

_FOLDER = Path(__file__).parent.parent / "static" / "vendor" / "icons"
_SIZE = re.compile(r'\s(?:width|height|fill|class)="[^"]*"')


@cache
def icon(name: str) -> Markup:
    """The icon *name* (bootstrap-icons), hidden from screen readers: the text beside it says what it means."""
    svg = (_FOLDER / f"{name}.svg").read_text(encoding="utf-8").strip()
    opening, _, rest = svg.partition(">")
    # The files are part of the build, locked by hash; nothing of a request gets in here.
    return Markup(f'{_SIZE.sub("", opening)} class="icon" aria-hidden="true">{rest}')
