"""Pictures as a camera at the desk sees them: an empty desk, a card with a code on it, the noise of a sensor."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Frame = NDArray[np.uint8]

# Pixels: a quarter of 720p is enough for a card, and quarters the work.
SIZE = (640, 360)
# Grey levels of a sensor's noise, up and down.
_NOISE = 3
_MARGIN = 20  # pixels of white around the code


def empty_desk(width: int = SIZE[0], height: int = SIZE[1]) -> "Frame":
    """A desk, lit from one side."""
    import numpy as np

    return np.linspace(90, 140, width, dtype=np.float32)[None, :].repeat(height, axis=0).astype(np.uint8)


def card(text: str, symbology: str = "code128", module: int = 2) -> "Frame":
    """A white card with the code of *text*, *module* pixels a module. Raises ValueError for what the symbology cannot hold."""
    import numpy as np
    import zxingcpp

    formats = {
        "ean13": zxingcpp.BarcodeFormat.EAN13,
        "ean8": zxingcpp.BarcodeFormat.EAN8,
        "code39": zxingcpp.BarcodeFormat.Code39,
        "itf": zxingcpp.BarcodeFormat.ITF,
        "qr": zxingcpp.BarcodeFormat.QRCode,
    }
    code = zxingcpp.create_barcode(text, formats.get(symbology, zxingcpp.BarcodeFormat.Code128))
    drawn = np.asarray(code.to_image(scale=module), dtype=np.uint8)
    return np.pad(drawn, _MARGIN, constant_values=255)


def desk_with(text: str, symbology: str = "code128", module: int = 2) -> "Frame":
    """The desk with a card in the middle. Raises ValueError when it cannot be drawn or is larger than the desk."""
    desk, piece = empty_desk(), card(text, symbology, module)
    top, left = (desk.shape[0] - piece.shape[0]) // 2, (desk.shape[1] - piece.shape[1]) // 2
    if top < 0 or left < 0:
        raise ValueError(f"a card of {piece.shape[1]}x{piece.shape[0]} pixels does not fit before the camera")
    desk[top : top + piece.shape[0], left : left + piece.shape[1]] = piece
    return desk


def noisy(scene: "Frame", seed: int) -> "Frame":
    """*scene* with the noise of one frame; the same *seed* gives the same."""
    import numpy as np

    noise = np.random.default_rng(seed).integers(-_NOISE, _NOISE + 1, scene.shape, dtype=np.int16)
    frame: Frame = np.clip(scene.astype(np.int16) + noise, 0, 255).astype(np.uint8)
    return frame
