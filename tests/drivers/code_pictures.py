"""Pictures of codes, drawn for the tests: a code on paper, turned, blurred, faded, in noise; and things that look like codes."""

import math

import cv2
import numpy as np
import qrcode
import zxingcpp
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

# A text that each symbology can hold; EAN and ITF with right check digits.
TEXTS = {
    "code128": "RC-20261125-0042",
    "ean13": "6901234567892",
    "ean8": "96385074",
    "itf": "16901234567899",
    "code39": "RETURN-17",
    "qr": "https://shop.example/r?n=20261125-0042",
}
_FORMATS = {
    "code128": zxingcpp.BarcodeFormat.Code128,
    "ean13": zxingcpp.BarcodeFormat.EAN13,
    "ean8": zxingcpp.BarcodeFormat.EAN8,
    "itf": zxingcpp.BarcodeFormat.ITF,
    "code39": zxingcpp.BarcodeFormat.Code39,
    "qr": zxingcpp.BarcodeFormat.QRCode,
}


def code(symbology: str, text: str = "", *, module: int = 3, height: int = 70) -> Grey:
    """The code alone with its quiet zone; black is 0."""
    drawn = np.asarray(zxingcpp.create_barcode(text or TEXTS[symbology], _FORMATS[symbology]).to_image(scale=1, add_quiet_zones=False))
    if symbology == "qr":
        tall = np.repeat(np.repeat(drawn, module, axis=0), module, axis=1)
    else:
        row = drawn[drawn.shape[0] // 2]
        tall = np.repeat(np.repeat(row[None, :], module, axis=1), height, axis=0)
    return np.pad(tall, 10 * module, constant_values=255)


def qr_of(data: bytes) -> Grey:
    """A QR code of *data* as bytes, naming no character set."""
    made = qrcode.QRCode(border=4, box_size=4)
    made.add_data(qrcode.util.QRData(data, mode=qrcode.util.MODE_8BIT_BYTE))
    made.make()
    return np.asarray(made.make_image().get_image().convert("L"), np.uint8)


def on_desk(
    drawn: Grey, *, at: tuple[int, int] = (320, 240), turn: float = 0.0, size: tuple[int, int] = (640, 480), desk: int = 90
) -> Grey:
    """*drawn* on a desk, its middle *at*, turned by *turn* degrees."""
    height, width = drawn.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
    matrix[:, 2] += np.array(at) - np.array([width / 2, height / 2])
    return np.asarray(cv2.warpAffine(drawn, matrix, size, borderMode=cv2.BORDER_CONSTANT, borderValue=float(desk)), np.uint8)


def noisy(grey: Grey, sigma: float, seed: int = 1) -> Grey:
    """As a camera in bad light sees it."""
    grain = np.random.default_rng(seed).normal(0, sigma, grey.shape)
    return np.clip(grey + grain, 0, 255).astype(np.uint8)


def faded(grey: Grey, contrast: float, level: float = 200) -> Grey:
    """Black print gone pale: *contrast* 1 is full."""
    return np.asarray(level - (255 - grey.astype(float)) * contrast * level / 255).astype(np.uint8)


def blurred(grey: Grey, sigma: float) -> Grey:
    """Out of focus by *sigma* pixels."""
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.uint8)


def empty_desk(seed: int = 1, size: tuple[int, int] = (1280, 720)) -> Grey:
    """Nothing but a camera's noise."""
    return noisy(np.full((size[1], size[0]), 90, np.uint8), 2.0, seed)


def page_of_text(seed: int = 1) -> Grey:
    """Lines of print without a code."""
    rng = np.random.default_rng(seed)
    page = np.full((480, 640), 235, np.uint8)
    for line in range(30, 470, 26):
        words = "".join(rng.choice(list("abcdefghiklmnoprstuw 0123456789"), 34))
        cv2.putText(page, words, (15, line), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 20, 2, cv2.LINE_AA)
    return noisy(page, 2.0, seed)


def stripes(seed: int = 1, turn: float = 0.0) -> Grey:
    """Bars of random widths that are no code, as on a shirt or a grating."""
    widths = np.random.default_rng(seed).integers(2, 9, 90)
    row = np.repeat(np.where(np.arange(len(widths)) % 2, 230, 30).astype(np.uint8), widths)[:420]
    return noisy(on_desk(np.repeat(row[None, :], 120, axis=0), turn=turn), 2.0, seed)


def even_stripes(period: int) -> Grey:
    """A regular grating."""
    x = np.arange(640)
    row = np.asarray(128 + 100 * np.sin(2 * math.pi * x / period)).astype(np.uint8)
    return np.repeat(row[None, :], 480, axis=0)
