"""What a camera's decoding may be told, and what it answers; light, so that a configuration is checked without OpenCV."""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

# A UPC-A code is an EAN-13 code with a leading 0 and is told as one, 13 digits, as scanners do with AIM identifier ]E0.
Symbology = Literal["code128", "ean13", "ean8", "itf", "code39", "qr"]
Charset = Literal["gb18030", "guess"]
SYMBOLOGIES: tuple[Symbology, ...] = ("code128", "ean13", "ean8", "itf", "code39", "qr")


class DecodeOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is looked for in a picture. Fewer symbologies are faster, and what is not looked for cannot be misread."""

    symbologies: Annotated[tuple[Symbology, ...], Meta(min_length=1, description="Symbologies to look for; UPC-A is read as ean13.")] = (
        SYMBOLOGIES
    )
    itf_lengths: Annotated[
        tuple[Annotated[int, Meta(ge=4, le=80)], ...],
        Meta(description="Digits of the ITF codes in use; other lengths are refused: a part of a code looks like a whole."),
    ] = (14,)
    code39_min_length: Annotated[int, Meta(ge=1, le=40, description="Characters of the shortest Code 39 that is believed.")] = 4
    qr_charset: Annotated[
        Charset,
        Meta(description="How QR codes are written that are neither UTF-8 nor name their character set; guess: by their look."),
    ] = "gb18030"
    forget_s: Annotated[float, Meta(ge=0.2, le=60, description="Seconds out of view after which the same code counts as shown anew.")] = 1.5


Point = tuple[int, int]
Box = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True)
class Read:
    """One code that is believed. *symbology* as in `kiosk.devices.scanner.Scan`; *box*: its corners in pixels of the picture, in turn."""

    text: str
    symbology: str
    box: Box
