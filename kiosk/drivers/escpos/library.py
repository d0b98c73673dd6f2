"""The only door to python-escpos: imports it once, late, and without what its import does besides.

Importing it makes an empty temporary folder that nobody removes (``mkdtemp()`` runs even when
``ESCPOS_CAPABILITIES_PICKLE_DIR`` is set), calls `logging.basicConfig`, and fails for ever on a pickle that a power cut
truncated. It costs about 0.3 s and 8 to 17 MB, therefore only in `open` of a printer that is configured.
"""

import contextlib
import importlib
import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

_lock = threading.Lock()
_PICKLES = "*.capabilities.pickle"


def load_library(cache_dir: Path) -> None:
    """Make ``import escpos.printer`` safe and cheap from now on; *cache_dir* keeps its table of printer models."""
    with _lock:
        cache_dir.mkdir(parents=True, exist_ok=True)
        os.environ["ESCPOS_CAPABILITIES_PICKLE_DIR"] = str(cache_dir)
        with _temporary_files_in(cache_dir), _root_logger_untouched():
            try:
                importlib.import_module("escpos.printer")
            except Exception as error:
                # A truncated or foreign pickle may raise anything. The table is made anew from the package's own file;
                # whatever else was wrong shows itself again.
                log.warning("the cached printer table in %s is damaged and is made anew: %s", cache_dir, error)
                for damaged in cache_dir.glob(_PICKLES):
                    damaged.unlink()
                importlib.import_module("escpos.printer")


@contextlib.contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Have temporary files made in a folder of our own, and remove the empty folders that are left there."""
    scratch = Path(tempfile.mkdtemp(prefix="import-", dir=folder))
    before, tempfile.tempdir = tempfile.tempdir, str(scratch)
    try:
        yield
    finally:
        tempfile.tempdir = before
        for left in (*scratch.iterdir(), scratch):
            # Another thread may have put a file there meanwhile; then it stays, and so does the folder.
            with contextlib.suppress(OSError):
                left.rmdir()


@contextlib.contextmanager
def _root_logger_untouched() -> Iterator[None]:
    """Undo `logging.basicConfig`: how the station logs is its own affair."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    try:
        yield
    finally:
        for added in [handler for handler in root.handlers if handler not in handlers]:
            root.removeHandler(added)
            added.close()
