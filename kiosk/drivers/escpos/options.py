"""The options that all ESC/POS printers share; each transport's driver adds its own."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from kiosk.drivers.escpos.paper import Paper
from kiosk.drivers.escpos.text import Codec, EncodingName

Confirmation = Literal["auto", "process-id", "processed", "health", "ask"]


class PrinterOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Paper, characters and evidence. `kiosk device probe` finds out most of these."""

    paper_width_mm: Annotated[Literal[80, 58], Meta(description="Width of the paper roll in mm.")] = 80
    dots: Annotated[int, Meta(ge=200, le=1200, description="Dots across the head, when not 576 (80 mm) or 384 (58 mm).")] | None = None
    columns: Annotated[int, Meta(ge=16, le=100, description="Characters of font A in a line, when not 48 or 32.")] | None = None
    encoding: Annotated[EncodingName, Meta(description="How the printer takes Chinese text.")] = "gb18030"
    select_encoding: Annotated[
        bool, Meta(description="Send the command that selects the encoding (FS &, for utf-8 FS ( C); false: the printer is set to it.")
    ] = True
    four_byte_codes: Annotated[
        bool, Meta(description="The printer prints GB18030's four-byte codes; false: lines with such characters are drawn.")
    ] = False
    cutter: Annotated[bool, Meta(description="The printer cuts; false: a dashed line shows where to tear.")] = True
    native_barcode: Annotated[bool, Meta(description="The printer has Code 128 (GS k); false: it is drawn.")] = True
    native_qr: Annotated[bool, Meta(description="The printer has QR codes (GS ( k); false: they are drawn.")] = True
    confirmation: Annotated[
        Confirmation,
        Meta(
            description="How it is known that a job was printed: process-id (GS ( H), processed (GS r), health (DLE EOT), "
            "ask (a person says so), or auto, which finds out."
        ),
    ] = "auto"
    automatic_status: Annotated[bool, Meta(description="Have the printer report faults by itself (GS a).")] = False
    font: Annotated[str, Meta(description="Font file for characters that the printer lacks; empty: Debian's Chinese fonts.")] = ""
    reply_timeout_s: Annotated[float, Meta(gt=0, le=10, description="Seconds that the printer may take to answer a question.")] = 1.0
    write_timeout_s: Annotated[float, Meta(gt=0, le=60, description="Seconds in which the printer must take more of a job.")] = 5.0
    print_speed_mm_s: Annotated[int, Meta(ge=20, le=500, description="Printing speed in mm/s, for how long a job takes.")] = 150

    @property
    def paper(self) -> Paper:
        return Paper.of_width(self.paper_width_mm, dots=self.dots, columns=self.columns)

    @property
    def codec(self) -> Codec:
        return Codec(self.encoding, self.four_byte_codes)
