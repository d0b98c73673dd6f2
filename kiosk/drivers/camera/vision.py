"""Loads OpenCV when the first camera is opened, and keeps it small: one thread, no pools of buffers, quiet."""

import os
from typing import TYPE_CHECKING, Any

from kiosk.devices.errors import DeviceAbsent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REMEDY = "install opencv-python-headless and zxing-cpp again (docs/dependencies.md)"


def opencv() -> Any:
    """The module ``cv2``. Raises DeviceAbsent where it cannot be loaded."""
    # Read by the libraries when they are loaded: numpy's linear algebra, which nothing here uses, would keep buffers for
    # every core, and OpenCV writes what a camera lacks on the standard error, where the journal would fill with it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    try:
        import cv2
    except (ImportError, OSError) as error:
        raise DeviceAbsent("no-opencv", f"{error}: {_REMEDY}") from error
    cv2.setNumThreads(1)
    return cv2


def grey_of(frame: "NDArray[np.uint8]") -> "NDArray[np.uint8] | None":
    """*frame* as a capture gives it, in 8 bits of grey; None when it is broken.

    Raw frames are told by their shape: one row is a JPEG picture, two channels are YUYV (brightness, colour).
    """
    cv2 = opencv()
    if frame.ndim == 3 and frame.shape[2] == 3:
        grey: NDArray[np.uint8] = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        return grey
    if frame.ndim == 3:
        return frame[:, :, 0].copy()
    if frame.shape[0] == 1:
        # The brightness alone: the colours of a JPEG picture need not be decoded.
        decoded: NDArray[np.uint8] | None = cv2.imdecode(frame, cv2.IMREAD_GRAYSCALE)
        return decoded
    return frame


def upright(grey: "NDArray[np.uint8]", rotation: int, mirror: bool) -> "NDArray[np.uint8]":
    """*grey* turned clockwise by *rotation* degrees (0, 90, 180, 270), and mirrored after that."""
    cv2 = opencv()
    if rotation:
        turns = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
        grey = cv2.rotate(grey, turns[rotation])
    return cv2.flip(grey, 1) if mirror else grey
