"""Which files make the shopper's page: the bundle that tools/frontend made of its sources, or the sources themselves.

``python -m kiosk.web.bundle`` prints the digest by which tools/frontend knows whether its bundle is still theirs.
"""

import functools
import hashlib
import logging
import re
from pathlib import Path
from typing import NamedTuple

_log = logging.getLogger(__name__)
_STATIC = Path(__file__).parent / "static"
_BUNDLE = "vendor/kiosk"
# Beside what lies in static/kiosk, these go into the bundle.
_SHARED = ("css/tokens.css", "vendor/simple-keyboard/simple-keyboard.js")
# Of the sources, these belong to other pages, to the keyboard, or are served at an address of their own.
_NOT_THE_PAGE = {"shopper.js", "worker.js"}
# As the bundler writes a module that is loaded together with the one that names it.
_IMPORT = re.compile(r'(?:\bimport|\bfrom)\s*"\./([\w.-]+\.js)"')


class PageFiles(NamedTuple):
    """Names of static files, as ``url_for("static", filename=...)`` takes them."""

    styles: tuple[str, ...]
    scripts: tuple[str, ...]  # the first is the one to run; the others it loads at once
    later: tuple[str, ...]  # what comes with the first press


def digest(static: Path = _STATIC) -> str:
    """A digest of all that the bundle is made of."""
    found = hashlib.sha256()
    for path in (*sorted((static / "kiosk").rglob("*")), *(static / name for name in _SHARED)):
        if path.is_file():
            found.update(f"{path.relative_to(static)}\0".encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


@functools.cache
def page_files(static: Path = _STATIC) -> PageFiles:
    """The files of the page; the sources where no bundle was made of them: they do the same, in more and larger files."""
    folder = static / _BUNDLE
    made_of = folder / "sources.txt"
    if made_of.is_file() and made_of.read_text(encoding="ascii").strip() == digest(static):
        return _bundled(folder)
    _log.warning("the shopper's page is served from its sources, which is slower: run tools/frontend to bundle them")
    return _sources(static)


def _bundled(folder: Path) -> PageFiles:
    at_once = ("feedback.js", *_IMPORT.findall((folder / "feedback.js").read_text(encoding="utf-8")))
    later = sorted(
        path.name
        for path in folder.iterdir()
        if path.suffix in (".js", ".css") and path.name not in (*at_once, "kiosk.css") and not path.name.startswith("keyboard")
    )
    return PageFiles(*(tuple(f"{_BUNDLE}/{name}" for name in names) for names in (("kiosk.css",), at_once, later)))


def _sources(static: Path) -> PageFiles:
    names = sorted(path.name for path in (static / "kiosk").iterdir() if path.suffix in (".js", ".css"))
    # Named in the page they are loaded together, not one after the other.
    at_once = ("feedback.js", "screens.js", "queue.js", "guard.js", "dom.js", "texts.js", "station.js")
    later = [name for name in names if name not in (*at_once, *_NOT_THE_PAGE) and name != "kiosk.css"]
    return PageFiles(
        ("kiosk/kiosk.css",),
        tuple(f"kiosk/{name}" for name in at_once),
        ("css/tokens.css", *(f"kiosk/{name}" for name in later)),
    )


if __name__ == "__main__":
    print(digest())
