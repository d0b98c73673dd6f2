"""The return slip: two parts on both widths of paper, scanned and read back, with other people's words on it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import zxingcpp

from kiosk.config import Settings, Store
from kiosk.demo.paper_png import part_image
from kiosk.desk.returns.documents import SlipText, slip
from kiosk.desk.returns.errors import NoSlipPrinter
from kiosk.desk.returns.policy.views import Condition, Packaging, RefundTo, ReturnKind
from kiosk.desk.returns.views import Goods, RefundState, RefundView, ReturnedLine, ReturnState, ReturnView
from kiosk.devices.document import Barcode, Columns, Document, Text
from tests.desk.bags.test_bag_paper import AT, nothing_is_clipped, on_paper
from tests.desk.returns.return_world import LIU, ReturnWorld, back, goods, leave, sold

CODE = "6123456789012348"
LONG = "进口有机全脂纯牛奶超高温灭菌利乐包装家庭装 Imported organic whole milk family pack 12 x 1000 ml"


def returned(**more: object) -> ReturnView:
    line = ReturnedLine(
        1, 1, "6901", LONG, "食品", Decimal("1.25"), 123456, "质量问题 Faulty", Condition.FAULTY, Packaging.OPENED, "SN-123456789", "", "kg"
    )
    refund = RefundView(
        1, 1, "R2603100001", "2026", 123456, RefundTo.ORIGINAL, [], "", RefundState.PENDING, datetime(2026, 3, 10, tzinfo=UTC), ""
    )
    values: dict[str, object] = {
        "id": 1,
        "number": "R2603100001",
        "code": CODE,
        "kind": ReturnKind.RETURN,
        "state": ReturnState.RECORDED,
        "receipt_id": 1,
        "receipt": "S001-20260310-01-0000004711-9876543210",
        "store": "S001",
        "lines": [line],
        "exchange_for": [],
        "deductions": [],
        "refund_fen": 123456,
        "pay_fen": 0,
        "refund": refund,
        "recorded_at": datetime(2026, 3, 10, 6, 5, tzinfo=UTC),
        "staff": "王芳",
        "approver": "A supervisor with a name that goes on for more than a line",
        "override_reason": "老顾客 regular customer",
        "policy_version": 1,
        "note": "",
        "voided_at": None,
        "void_reason": "",
        "job": None,
        **more,
    }
    return ReturnView(**values)  # type: ignore[arg-type]


def printed(view: ReturnView, *languages: str, copy: int = 0, deductions: list[tuple[str, int]] | None = None) -> Document:
    settings = Settings(
        store=Store(languages=list(languages) or ["zh", "en"], name="人民公园购物中心有限公司", name_en="People's Park", phone="0571-1234")  # type: ignore[arg-type]
    )
    return slip(settings, SlipText(returned=view, at=AT, copy=copy, deductions=deductions or []))


def words(document: Document) -> str:
    return "\n".join(
        f"{element.left} {element.right}" if isinstance(element, Columns) else element.text
        for element in document.elements
        if isinstance(element, Text | Columns)
    )


@pytest.mark.parametrize("width_mm", [80, 58])
def test_both_parts_are_whole_and_can_be_scanned(width_mm: int) -> None:
    view = returned(kind=ReturnKind.EXCHANGE, exchange_for=[Goods("K1", LONG, Decimal(2), 99999)], pay_fen=76542, refund_fen=0, refund=None)
    parts = on_paper(printed(view, copy=2, deductions=[(f"未退赠品 Gift kept: {LONG}", 1200)]), width_mm)
    assert len(parts) == 2
    for part in parts:
        nothing_is_clipped(part)
        assert [code.text for code in zxingcpp.read_barcodes(part_image(part))] == [CODE]
        text = "".join(line.strip() for line in part.lines)
        # A name wraps where the paper ends, it is never cut: of what comes back, of what is taken, of the gift.
        assert text.replace(" ", "").count(LONG.replace(" ", "")) == 3
        assert "补打" in text
        assert "1234.56" in text
    customer, shop = ("\n".join(part.lines) for part in parts)
    assert "顾客联" in customer
    assert "商店联" in shop
    assert "____" in shop
    assert "____" not in customer
    assert "老顾客" not in customer  # why an exception was allowed is the shop's own affair


def test_the_slip_says_who_pays_and_that_it_is_no_money(desk: ReturnWorld) -> None:
    text = words(printed(returned()))
    assert "CNY 1234.56" in text
    assert "no proof of payment" in text
    refund = returned().refund
    assert refund is not None
    import msgspec

    voucher = msgspec.structs.replace(refund, refund_to=RefundTo.VOUCHER, voucher="V123456789012345", voucher_until=date(2027, 3, 10))
    text = words(printed(returned(refund=voucher, receipt="", receipt_id=None)))
    assert "V123456789012345" in text
    assert "2027-03-10" in text
    assert "No receipt" in text
    assert "This slip is no voucher" in text


def test_the_slip_speaks_the_stores_languages() -> None:
    assert "退货凭证" in words(printed(returned()))
    english = words(printed(returned(), "en"))
    assert "退货凭证" not in english
    assert "Customer's part" in english
    # Chinese first.
    assert words(printed(returned(), "en", "zh")).index("退货凭证") < words(printed(returned(), "en", "zh")).index("Return")


def test_what_comes_out_even_and_what_is_void_say_so() -> None:
    even = returned(kind=ReturnKind.EXCHANGE, exchange_for=[Goods("K1", "Kettle", Decimal(1), 1)], refund_fen=0, refund=None)
    assert "No difference" in words(printed(even))
    assert "VOID" in words(printed(returned(voided_at=datetime(2026, 3, 11, tzinfo=UTC))))
    assert "VOID" not in words(printed(returned()))


def test_words_of_people_are_never_commands(desk: ReturnWorld) -> None:
    receipt_id = desk.sale(sold(name="Milk"))
    view = desk.record(receipt_id, back(reason="bad\x1b@\x1dV\x00 \x10\x04\x01"), override=leave(reason="ok\n\x1b@"))
    document = desk.document(view.job)
    for element in document.elements:
        if isinstance(element, Text | Columns | Barcode):
            assert str(element).isprintable()
    assert len(on_paper(document, 80)) == 2


def test_a_copy_says_which_one_it_is_and_keeps_the_code(desk: ReturnWorld) -> None:
    view = desk.record(desk.sale(), back())
    first = desk.do("reprint_slip", view.id)
    second = desk.do("reprint_slip", view.id)
    assert first.code == second.code == view.code
    assert len({view.job, first.job, second.job}) == 3
    assert "REPRINT" not in words(desk.document(view.job))
    assert "REPRINT No. 1" in words(desk.document(first.job))
    assert "REPRINT No. 2" in words(desk.document(second.job))
    desk.printer = ""
    with pytest.raises(NoSlipPrinter):
        desk.do("reprint_slip", view.id)


def test_deductions_are_printed_in_words(desk: ReturnWorld) -> None:
    receipt_id = desk.sale(sold(1, "1", 5000), sold(2, "1", 0, name="Towel", discount_fen=1200, gift_of=1))
    view = desk.record(receipt_id, back(1))
    text = words(desk.document(view.job))
    assert "Gift kept: Towel" in text
    assert "-12.00" in text
    desk.void(view.id)
    assert "VOID" in words(desk.document(desk.do("reprint_slip", view.id, actor=LIU).job))


def test_an_exchange_lists_what_was_taken(desk: ReturnWorld) -> None:
    view = desk.record(desk.sale(), back(), kind=ReturnKind.EXCHANGE, exchange_for=[goods("Kettle", "2", 800)])
    text = words(desk.document(view.job))
    assert "Kettle" in text
    assert "To be paid CNY 6.00" in text
