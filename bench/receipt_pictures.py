"""Draws pictures of thermal receipts as a desk's camera sees them: a code among text, printed and photographed badly.

Deterministic by seed, grey, 1280 x 720; nothing is kept on disk. The codes are drawn by zxing-cpp module by module, everything
after that (print, paper, light, lens, noise) is done here.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Grey = NDArray[np.uint8]

WIDTH, HEIGHT = 1280, 720
# Everything is drawn larger and made smaller at the end, as a lens does.
_OVER = 3
FLAWS = ("clean", "defocus", "motion", "rotated", "perspective", "low light", "faded", "curl", "glare", "small")
SYMBOLOGIES = ("code128", "itf", "ean13", "qr")

_FORMATS = {
    "code128": zxingcpp.BarcodeFormat.Code128,
    "itf": zxingcpp.BarcodeFormat.ITF,
    "ean13": zxingcpp.BarcodeFormat.EAN13,
    "ean8": zxingcpp.BarcodeFormat.EAN8,
    "code39": zxingcpp.BarcodeFormat.Code39,
    "qr": zxingcpp.BarcodeFormat.QRCode,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and what it holds; *text* None: no code."""

    symbology: str
    text: str | None
    flaw: str
    grey: Grey


def pictures(each: int, seed: int, flaws: tuple[str, ...] = FLAWS) -> Iterator[Picture]:
    """*each* pictures of every symbology with every flaw."""
    for number, symbology in enumerate(SYMBOLOGIES):
        for place, flaw in enumerate(flaws):
            for turn in range(each):
                rng = np.random.default_rng([seed, number, place, turn])
                text = a_text(symbology, rng)
                yield Picture(symbology, text, flaw, photograph(paper(symbology, text, rng), flaw, rng))


def a_text(symbology: str, rng: np.random.Generator) -> str:
    """A text such as stands in a receipt's code."""
    if symbology == "qr":
        return f"https://shop.example/r?s={rng.integers(100, 999)}&n={_digits(rng, 18)}"
    if symbology == "code39":
        return "R" + _digits(rng, 8)
    digits = _digits(rng, {"code128": int(rng.choice([16, 18, 20])), "itf": 13, "ean13": 12, "ean8": 7}[symbology])
    return digits if symbology == "code128" else digits + _check_digit(digits)


def modules(symbology: str, text: str) -> Grey:
    """The bars or squares of a code, a pixel each, without quiet zone: 0 black, 255 white; linear codes as one row."""
    image = np.asarray(zxingcpp.create_barcode(text, _FORMATS[symbology]).to_image(scale=1, add_quiet_zones=False))
    return image if symbology == "qr" else image[image.shape[0] // 2 : image.shape[0] // 2 + 1]


def paper(symbology: str | None, text: str, rng: np.random.Generator, *, module: float | None = None) -> tuple[Grey, float]:
    """A piece of receipt and the pixels of a module in the finished picture. Paper is 255, full print 0. *symbology* None: text alone."""
    module = module or float(rng.uniform(2.2, 3.4) if symbology == "qr" else rng.uniform(1.8, 3.0))
    width, height = 620 * _OVER, 560 * _OVER
    sheet = np.full((height, width), 255, np.uint8)
    bottom = 40 * _OVER
    if symbology is not None:
        code = modules(symbology, text)
        across = round(code.shape[1] * module * _OVER)
        down = across if symbology == "qr" else round(rng.uniform(45, 90) * _OVER)
        drawn = cv2.resize(code, (across, down), interpolation=cv2.INTER_NEAREST if symbology == "qr" else cv2.INTER_LINEAR_EXACT)
        if symbology != "qr":
            drawn = cv2.resize(np.repeat(code, 4, axis=0), (across, down), interpolation=cv2.INTER_NEAREST)
        # A print head prints a little more or less than it should.
        spread = float(rng.uniform(-0.1, 0.2)) * module * _OVER
        drawn = _spread(drawn, spread)
        left, top = (width - across) // 2, (height - down) // 2
        sheet[top : top + down, left : left + across] = drawn
        _text(sheet, rng, 10 * _OVER, top - 14 * _OVER)
        bottom = top + down + 14 * _OVER
    _text(sheet, rng, bottom, height - 10 * _OVER)
    return sheet, module


def photograph(printed: tuple[Grey, float], flaw: str, rng: np.random.Generator) -> Grey:
    """The paper on a desk, seen by a camera; *flaw* is one of FLAWS."""
    sheet, module = printed
    ink = np.asarray(255 - sheet, np.float32) / 255
    if flaw == "faded":
        ink *= float(rng.uniform(0.22, 0.4))
        for _ in range(int(rng.integers(2, 6))):  # dots of the print head that are burnt out leave white lines along the feed
            at = int(rng.integers(0, ink.shape[1] - 4))
            ink[:, at : at + int(rng.integers(1, 3))] *= 0.3
        ink *= 1 - 0.5 * _clouds(ink.shape, rng)
    level = np.float32(rng.uniform(205, 235))
    shade = level * (1 - 0.82 * ink)
    if flaw == "curl":
        shade = _curled(shade, rng)
    frame = _laid(shade, flaw, module, rng)
    frame = cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    frame = cv2.GaussianBlur(frame, (0, 0), 0.55)  # no lens is perfect
    if flaw == "defocus":
        frame = cv2.GaussianBlur(frame, (0, 0), float(rng.uniform(0.4, 0.65)) * module)
    if flaw == "motion":
        frame = _moved(frame, float(rng.uniform(1.0, 2.2)) * module, rng)
    frame *= 0.8 + 0.2 * _slope(rng)
    if flaw == "low light":
        frame *= float(rng.uniform(0.12, 0.22))
    if flaw == "glare":
        frame = _glare(frame, rng)
    noise = 4.0 if flaw == "low light" else 2.5
    frame += rng.normal(0, noise, frame.shape).astype(np.float32)
    return np.clip(frame, 0, 255).astype(np.uint8)


def sequence(
    symbology: str | None, seed: int, *, flaw: str = "clean", empty: int = 10, moving: int = 10, resting: int = 30
) -> Iterator[Grey]:
    """Frames of a camera: an empty desk, a receipt that is pushed in, and lies there. *symbology* None: without a code."""
    rng = np.random.default_rng([seed, 77])
    text = a_text(symbology, rng) if symbology else ""
    lying = photograph(paper(symbology, text, rng), flaw, rng).astype(np.float32)
    desk = np.full((HEIGHT, WIDTH), float(np.median(lying[:, :40])), np.float32)
    away = np.array([float(rng.choice([-1, 1])) * WIDTH, float(rng.uniform(-0.3, 0.3)) * HEIGHT])
    for number in range(empty + moving + resting):
        if number < empty:
            frame = desk
        elif number < empty + moving:
            left = 1 - (number - empty + 1) / (moving + 1)
            at = away * left
            pushed = cv2.warpAffine(
                lying,
                np.array([[1, 0, at[0]], [0, 1, at[1]]]),
                (WIDTH, HEIGHT),
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=float(desk[0, 0]),
            )
            # The shutter is open for a third of the frame's time.
            blurred = max(1, round(abs(float(away[0])) / (moving + 1) / 3))
            frame = cv2.blur(pushed, (blurred, 1))
        else:
            frame = lying
        yield np.clip(frame + rng.normal(0, 1.5, frame.shape), 0, 255).astype(np.uint8)


def _digits(rng: np.random.Generator, count: int) -> str:
    return "".join(str(digit) for digit in rng.integers(0, 10, count))


def _check_digit(digits: str) -> str:
    """GS1 General Specifications, 7.9: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _spread(drawn: Grey, pixels: float) -> Grey:
    """Bars wider (or, below 0, narrower) by *pixels*."""
    size = round(abs(pixels))
    if size == 0:
        return drawn
    kernel = np.ones((size + 1, size + 1), np.uint8)
    return np.asarray(cv2.erode(drawn, kernel) if pixels > 0 else cv2.dilate(drawn, kernel), np.uint8)


def _text(sheet: Grey, rng: np.random.Generator, top: int, bottom: int) -> None:
    """Lines of goods and prices between *top* and *bottom*."""
    size = 17 * _OVER
    font: Any = ImageFont.load_default(size)
    picture = Image.fromarray(sheet)
    draw = ImageDraw.Draw(picture)
    for row in range(top, bottom - size, round(size * 1.45)):
        name = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz  "), int(rng.integers(6, 22))))
        draw.text((20 * _OVER, row), name.title(), fill=0, font=font)
        draw.text((420 * _OVER, row), f"{rng.integers(1, 9)} x {rng.integers(1, 99)}.{rng.integers(10, 99)}", fill=0, font=font)
    sheet[:] = np.asarray(picture)


def _laid(shade: NDArray[np.float32], flaw: str, module: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """The paper on the desk, turned and seen at an angle."""
    height, width = shade.shape
    angle = float(rng.uniform(0, 360) if flaw == "rotated" else rng.uniform(-6, 6))
    size = 0.62 if flaw == "small" else 1.0
    if flaw == "small":  # down to 1.5 pixels a module
        size = float(rng.uniform(1.5, 1.8)) / module
    middle = np.array([WIDTH / 2 + rng.uniform(-60, 60), HEIGHT / 2 + rng.uniform(-20, 20)]) * _OVER
    corners = np.array([[-width, -height], [width, -height], [width, height], [-width, height]], float) / 2 * size
    turn = math.radians(angle)
    corners = corners @ np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    if flaw == "perspective":
        depth = corners @ rng.normal(0, 1, 2)
        corners = corners / (1 + float(rng.uniform(0.15, 0.3)) * depth / np.abs(depth).max())[:, None]
    corners += middle
    start = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(start, corners.astype(np.float32))
    desk = np.full((HEIGHT * _OVER, WIDTH * _OVER), float(rng.uniform(40, 110)), np.float32)
    desk *= 1 + 0.15 * (_clouds(desk.shape, rng) - 0.5)
    # What gets smaller is blurred first, or fine bars would leave a pattern that no lens makes.
    cv2.warpPerspective(shade, matrix, (WIDTH * _OVER, HEIGHT * _OVER), dst=desk, borderMode=cv2.BORDER_TRANSPARENT, flags=cv2.INTER_LINEAR)
    return desk


def _curled(shade: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The paper as part of a roll: places close together and dark towards its edges."""
    height, width = shade.shape
    bend = float(rng.uniform(0.7, 1.15))  # half of the angle that is seen, radians
    across = np.linspace(-1, 1, width if rng.random() < 0.5 else height, dtype=np.float32)
    source = np.arcsin(across * math.sin(bend)) / bend
    light = np.cos(source * bend) ** 0.7
    if len(across) == width:
        columns = np.broadcast_to((source + 1) / 2 * (width - 1), shade.shape)
        rows = np.broadcast_to(np.arange(height, dtype=np.float32)[:, None], shade.shape)
        light = light[None, :]
    else:
        columns = np.broadcast_to(np.arange(width, dtype=np.float32), shade.shape)
        rows = np.broadcast_to(((source + 1) / 2 * (height - 1))[:, None], shade.shape)
        light = light[:, None]
    bent = cv2.remap(shade, np.ascontiguousarray(columns, np.float32), np.ascontiguousarray(rows, np.float32), cv2.INTER_LINEAR)
    return np.asarray(bent * light, np.float32)


def _moved(frame: NDArray[np.float32], length: float, rng: np.random.Generator) -> NDArray[np.float32]:
    size = 2 * math.ceil(length / 2) + 1
    kernel = np.zeros((size * 8, size * 8), np.float32)
    turn = float(rng.uniform(0, math.pi))
    reach = np.array([math.cos(turn), math.sin(turn)]) * length * 4
    a, b = np.round(size * 4 - reach).astype(int), np.round(size * 4 + reach).astype(int)
    cv2.line(kernel, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), 1.0, 8)
    kernel = cv2.resize(kernel, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.filter2D(frame, -1, kernel / kernel.sum()), np.float32)


def _glare(frame: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A lamp mirrored in the paper: washes out part of the picture."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    at = np.array([WIDTH / 2 + rng.uniform(-150, 150), HEIGHT / 2 + rng.uniform(-40, 40)])
    wide, high = rng.uniform(40, 110), rng.uniform(15, 50)
    spot = np.exp(-(((x - at[0]) / wide) ** 2) - ((y - at[1]) / high) ** 2)
    return np.asarray(frame + np.float32(rng.uniform(90, 200)) * spot, np.float32)


def _slope(rng: np.random.Generator) -> NDArray[np.float32]:
    """Light that falls from one side, 0 to 1 over the frame."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    turn = float(rng.uniform(0, 2 * math.pi))
    across = (x / WIDTH - 0.5) * math.cos(turn) + (y / HEIGHT - 0.5) * math.sin(turn)
    return np.asarray(across + 0.5, np.float32)


def _clouds(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Soft spots between 0 and 1."""
    small = rng.random((8, 8)).astype(np.float32)
    return np.asarray(cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)
