"""The written reply as a letter on A4, in the customer's language, on as many pages as it takes.

The letter names nobody: contact data stays in the vault, and the desk writes the address by hand or on the envelope. The
text is printed as it stands, nothing in it is markup. fpdf2 costs a third of a second and is imported at the first letter.
"""

import io
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.config import Store
from kiosk.desk.cases.errors import NoLetterFont
from kiosk.devices.fonts import WELL_KNOWN
from kiosk.i18n import msg

if TYPE_CHECKING:
    from fpdf import FPDF

# Millimetres, after DIN 5008 form B and GB/T 9704: the address stands where a window envelope shows it.
_LEFT, _RIGHT, _BOTTOM = 25.0, 20.0, 25.0
_ADDRESS_TOP, _ADDRESS_WIDTH, _ADDRESS_LINE, _ADDRESS_LINES = 50.0, 85.0, 9.0, 4
_BODY_TOP = 98.0
_SIZE, _LINE = 11.0, 6.2  # points, millimetres
_FAMILY = "letter"
# A first line this short that ends so is a salutation that the writer has put there.
_SALUTATION_LENGTH = 40
_SALUTATION_ENDS = (",", "，", ":", "：", "!", "！")
# A text that names the store this near its end has its own closing.
_CLOSING_LINES = 3

# What stays together on a line: a Han character with the punctuation that follows it, a word, spaces.
_WIDE = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_CLOSING = r"\u3001\u3002\u3009\u300b\u300d\u300f\u3011\u3015\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\u201d\u2019"
_PIECES = re.compile(rf"\s+|[{_WIDE}][{_CLOSING}]*|[^\s{_WIDE}]+[{_CLOSING}]*")

_TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "to": "收件人",
        "about": "事由：关于您{day}反映的问题",
        "number": "受理编号：{number}",
        "phone": "电话：{phone}",
        "date": "{day.year}年{day.month}月{day.day}日",
        "salutation": "尊敬的顾客：",
        "closing": "此致\n敬礼",
        "page": "{number}  第{page}页",
    },
    "en": {
        "to": "To",
        "about": "About: your message of {day}",
        "number": "Case number: {number}",
        "phone": "Telephone: {phone}",
        "date": "{day.day} {month} {day.year}",
        "salutation": "Dear customer,",
        "closing": "Yours sincerely",
        "page": "{number}  page {page}",
    },
}
# Not from the locale: the letter's language is the customer's, not the machine's.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What differs from letter to letter. *about* is the day of which the customer spoke; *text* may have many lines."""

    number: str
    language: str
    day: date
    about: date
    text: str


def as_pdf(store: Store, letter: Letter, fonts: Sequence[Path] = WELL_KNOWN) -> bytes:
    """*letter* as a PDF that holds the characters it uses. Raises NoLetterFont when none of *fonts* is there."""
    words = _TEXTS.get(letter.language, _TEXTS["en"])
    pdf = _page(fonts, words["page"], letter.number)
    pdf.set_creation_date(datetime.combine(letter.day, time(), UTC))
    _sender(pdf, store, words)
    _address(pdf, words)
    pdf.set_y(_BODY_TOP)
    _line(pdf, _written_day(words, letter.day), align="R")
    _line(pdf, words["number"].format(number=letter.number))
    _paragraphs(pdf, words["about"].format(day=_written_day(words, letter.about)))
    pdf.ln(_LINE)
    if not _begins_with_salutation(letter.text):
        _paragraphs(pdf, words["salutation"] + "\n")
    _paragraphs(pdf, letter.text)
    name = store.name_en if letter.language == "en" and store.name_en else store.name
    if not _is_closed(letter.text, store):
        _paragraphs(pdf, "\n" + words["closing"])
        pdf.ln(2 * _LINE)
        _line(pdf, name, align="R")
    written = io.BytesIO()
    pdf.output(written)
    return written.getvalue()


def _page(fonts: Sequence[Path], footer: str, number: str) -> "FPDF":
    from fpdf import FPDF

    class Sheet(FPDF):
        """A page with its number below."""

        def footer(self) -> None:
            self.set_y(-15)
            self.set_font(_FAMILY, size=8)
            self.cell(0, 5, footer.format(number=number, page=self.page_no()), align="C")
            self.set_font(_FAMILY, size=_SIZE)

    # The library tells of each character that no font has; the letter shows a box there, and who writes it sees that.
    logging.getLogger("fpdf").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    pdf = Sheet(format="A4")
    names: list[str] = []
    for path in fonts:
        if path.exists():
            name = f"{_FAMILY}{len(names)}" if names else _FAMILY
            pdf.add_font(name, fname=path, collection_font_number=0)
            names.append(name)
            if len(names) == 2:  # one more for what the first lacks; each costs time to open
                break
    if not names:
        raise NoLetterFont(
            msg("This station has no font with Chinese characters."), msg("Ask the technician to install the package fonts-wqy-microhei.")
        )
    pdf.set_fallback_fonts(names[1:])
    pdf.set_title(number)
    pdf.set_margins(_LEFT, 20.0, _RIGHT)
    pdf.set_auto_page_break(True, margin=_BOTTOM)
    pdf.add_page()
    pdf.set_font(_FAMILY, size=_SIZE)
    return pdf


def _sender(pdf: "FPDF", store: Store, words: dict[str, str]) -> None:
    pdf.set_font(_FAMILY, size=16)
    _line(pdf, store.name, height=8.0)
    pdf.set_font(_FAMILY, size=_SIZE)
    if store.name_en:
        _line(pdf, store.name_en)
    if store.phone:
        _line(pdf, words["phone"].format(phone=store.phone))


def _address(pdf: "FPDF", words: dict[str, str]) -> None:
    """Lines for whoever writes the address by hand."""
    pdf.set_xy(_LEFT, _ADDRESS_TOP)
    pdf.set_font(_FAMILY, size=8)
    _line(pdf, words["to"], height=4.0)
    pdf.set_font(_FAMILY, size=_SIZE)
    pdf.set_draw_color(160)
    for number in range(1, _ADDRESS_LINES + 1):
        y = _ADDRESS_TOP + number * _ADDRESS_LINE
        pdf.line(_LEFT, y, _LEFT + _ADDRESS_WIDTH, y)


def _line(pdf: "FPDF", text: str, *, align: str = "L", height: float = _LINE) -> None:
    pdf.cell(0, height, text, align=align, markdown=False, new_x="LMARGIN", new_y="NEXT")


def _paragraphs(pdf: "FPDF", text: str) -> None:
    for paragraph in text.split("\n"):
        if not paragraph.strip():
            pdf.ln(_LINE)
            continue
        for line in wrapped(paragraph, pdf.epw - 2 * pdf.c_margin, pdf.get_string_width):
            _line(pdf, line)


def wrapped(paragraph: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    """The lines of *paragraph*: broken at spaces and between Han characters, within a word only where it fills a line.

    The library breaks at spaces alone, which leaves a Chinese text with a foreign word in it full of short lines.
    """
    line = ""
    for piece in _PIECES.findall(paragraph):
        if not line and piece.isspace():
            continue
        if measure((line + piece).rstrip()) <= width:
            line += piece
            continue
        if line.strip():
            yield line.rstrip()
        line = piece.lstrip()
        while measure(line) > width:
            fits = next(count for count in range(len(line) - 1, 0, -1) if count == 1 or measure(line[:count]) <= width)
            yield line[:fits]
            line = line[fits:]
    if line.strip():
        yield line.rstrip()


def _written_day(words: dict[str, str], day: date) -> str:
    return words["date"].format(day=day, month=_MONTHS[day.month - 1])


def _begins_with_salutation(text: str) -> bool:
    first = text.strip().split("\n", 1)[0].strip()
    return len(first) <= _SALUTATION_LENGTH and first.endswith(_SALUTATION_ENDS)


def _is_closed(text: str, store: Store) -> bool:
    last = "\n".join(text.strip().splitlines()[-_CLOSING_LINES:])
    return any(name and name in last for name in (store.name, store.name_en))
