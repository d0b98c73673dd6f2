"""Waits for what another thread is about to do, within bounds."""

import threading
from collections.abc import Callable


def eventually(true: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait until *true*() holds; fails after *timeout_s*."""
    gone = threading.Event()
    for _ in range(int(timeout_s / 0.005)):
        if true():
            return
        gone.wait(0.005)
    raise AssertionError("it did not happen in time")
