"""What the bag check's documents look like once a printer has printed them, on both widths of paper."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import zxingcpp

from kiosk.config import Settings, Store
from kiosk.demo.paper import Barcode, Line, Part, Raster
from kiosk.demo.paper_png import part_image
from kiosk.desk.bags.documents import FormText, TicketText, lost_form, ticket
from kiosk.devices.document import Document
from kiosk.drivers.escpos.encoder import Encoder
from kiosk.drivers.escpos.options import PrinterOptions
from tests.fakes.printer import virtual_printer

AT = datetime(2026, 3, 10, 14, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
CODE = "81234567890124"
# The worst of everything: the longest number, label and note, both languages, a reprint.
WORST = TicketText(
    number=9999,
    code=CODE,
    slot="LONG-SLOT-LABEL1",
    pieces=3,
    note="红色行李箱 𠮷 " + "with a ribbon " * 13,
    taken_at=AT,
    closes_at=AT.replace(hour=22),
    reprint=2,
)
FORM = FormText(
    number=9999,
    slot="LONG-SLOT-LABEL1",
    pieces=9,
    taken_at=AT,
    description="红色 suitcase " * 30,
    contents="two shirts " * 30,
    document_kind="residence-permit",
    handled_by="王芳",
    approved_by="A supervisor with a name that goes on for more than a line",
    fee_fen=1550,
    printed_at=AT,
)


def settings() -> Settings:
    return Settings(store=Store(languages=["zh", "en"], name="人民公园购物中心有限公司", name_en="People's Park", phone="0571-1234"))


def on_paper(document: Document, width_mm: int) -> list[Part]:
    """The pieces of paper that come out of a printer of that width, which cuts."""
    printer = virtual_printer("process-id-80", paper_width_mm=width_mm)
    printer.feed(Encoder(PrinterOptions(paper_width_mm=width_mm)).encode(document)[0])
    assert not printer.paper.hanging.items, "the last piece is cut off"
    return printer.paper.parts


def nothing_is_clipped(part: Part) -> None:
    for item in part.items:
        match item:
            case Line(runs=runs):
                assert all(run.x >= 0 and run.x + run.width <= part.width for run in runs), item.text
            case Barcode(clipped=clipped):
                assert not clipped
            case Raster(stride=stride, scale=scale):
                assert stride * 8 * scale[0] <= part.width


@pytest.mark.parametrize("width_mm", [80, 58])
def test_the_worst_ticket_is_whole_and_every_part_of_it_can_be_scanned(width_mm: int) -> None:
    customer, *tags = on_paper(ticket(settings(), WORST), width_mm)

    assert len(tags) == WORST.pieces
    for part in (customer, *tags):
        nothing_is_clipped(part)
        assert [code.text for code in zxingcpp.read_barcodes(part_image(part))] == [CODE]
        number = next(item for item in part.items if isinstance(item, Line) and item.text.strip() == "9999")
        assert number.scale[1] >= 6, "it is read from the other side of the counter"
    for place, tag in enumerate(tags, 1):
        assert f"{place}/3" in tag.lines
        assert "LONG-SLOT-LABEL1" in "".join(line.strip() for line in tag.lines)
        assert "2026-03-10 14:05" in tag.text


@pytest.mark.parametrize("width_mm", [80, 58])
def test_the_form_to_sign_is_whole(width_mm: int) -> None:
    (form,) = on_paper(lost_form(settings(), FORM), width_mm)

    nothing_is_clipped(form)
    said = "".join(line.strip() for line in form.lines).replace(" ", "")
    for expected in (FORM.approved_by, "CNY 15.50", "居留许可", "顾客签名 Signature"):
        assert expected.replace(" ", "") in said
    assert "…" not in said, "nothing is shortened"
