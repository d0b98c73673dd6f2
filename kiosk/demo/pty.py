"""Pseudo-terminals that pass every byte unchanged, under a path that stays the same."""

import os
import tty
from pathlib import Path


def open_raw_pty() -> tuple[int, int]:
    """Return (our end, the device's end).

    Both stay open: without an opened device's end, reading ours would fail whenever the program under test has closed its own.
    """
    ours, device = os.openpty()
    tty.setraw(device)
    return ours, device


def point_symlink(link: Path, target: str) -> None:
    """Make *link* point to *target* in one step, so that nobody sees it missing."""
    temporary = link.with_name(link.name + ".new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)
