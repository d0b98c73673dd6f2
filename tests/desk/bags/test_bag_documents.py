"""What the bag check prints."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from kiosk.config import Settings, Store
from kiosk.desk.bags.documents import DOCUMENT_KINDS, FormText, TicketText, lost_form, ticket
from kiosk.devices.document import Barcode, Columns, Cut, Document, Element, Text, decode_document, encode_document
from tests.desk.bags.bag_world import BagWorld

AT = datetime(2026, 3, 10, 14, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
CODE = "81234567890124"


def settings(*languages: str, **store: str) -> Settings:
    return Settings(store=Store(languages=list(languages) or ["zh", "en"], **store))  # type: ignore[arg-type]


def text(**changes: object) -> TicketText:
    values = {
        "number": 42,
        "code": CODE,
        "slot": "A07",
        "pieces": 1,
        "note": "",
        "taken_at": AT,
        "closes_at": AT.replace(hour=22, minute=0),
        "reprint": 0,
        **changes,
    }
    return TicketText(**values)  # type: ignore[arg-type]


def form(**changes: object) -> FormText:
    values = {
        "number": 42,
        "slot": "A07",
        "pieces": 2,
        "taken_at": AT,
        "description": "red suitcase",
        "contents": "two shirts",
        "document_kind": "passport",
        "handled_by": "Wang",
        "approved_by": "Chen",
        "fee_fen": 1550,
        "printed_at": AT,
        **changes,
    }
    return FormText(**values)  # type: ignore[arg-type]


def parts(document: Document) -> list[list[Element]]:
    """The pieces of paper, as cut."""
    papers: list[list[Element]] = [[]]
    for element in document.elements:
        if isinstance(element, Cut):
            papers.append([])
        else:
            papers[-1].append(element)
    assert papers.pop() == [], "the last thing is a cut"
    return papers


def words(paper: list[Element]) -> str:
    said = []
    for element in paper:
        if isinstance(element, Text):
            said.append(element.text)
        elif isinstance(element, Columns):
            said.append(f"{element.left}={element.right}")
    return "\n".join(said)


def test_the_customers_part_says_all_that_the_customer_needs() -> None:
    customer, _tag = parts(ticket(settings(name="好又多", name_en="Goodmore", phone="0571-1234"), text(pieces=1)))
    said = words(customer)

    assert "好又多\nGoodmore" in said
    assert "8123 4567 8901 24" in said
    assert "件数 Pieces=1" in said
    assert "时间 Time=2026-03-10 14:05" in said
    assert "最高200元" in said
    assert "CNY 200 a ticket" in said
    assert "22:00" in said
    assert "每天收费5元,3天后" in said
    assert "0571-1234" in said
    assert Barcode(CODE, caption=False) in customer
    assert any(isinstance(element, Text) and element.text == "42" and element.width >= 6 for element in customer)


def test_three_pieces_give_three_tags_with_a_cut_after_each() -> None:
    _customer, *tags = parts(ticket(settings(), text(pieces=3, note="red 🧳")))

    assert len(tags) == 3
    for piece, tag in enumerate(tags, start=1):
        assert f"{piece}/3" in words(tag)
        assert "A07" in words(tag)
        assert "8123 4567 8901 24" in words(tag)
        assert "备注 Note: red 🧳" in words(tag)
        assert [element.data for element in tag if isinstance(element, Barcode)] == [CODE]
        assert any(isinstance(element, Text) and element.text == "42" and element.width == 8 for element in tag)


def test_the_slot_is_not_the_customers_business() -> None:
    customer, _tag = parts(ticket(settings(), text()))

    assert "A07" not in words(customer)


def test_chinese_comes_first_whatever_the_order_in_the_configuration() -> None:
    assert ticket(settings("en", "zh"), text()) == ticket(settings("zh", "en"), text())
    assert "存包凭证 Bag ticket" in words(parts(ticket(settings("en", "zh"), text()))[0])


@pytest.mark.parametrize(("language", "there", "missing"), [("zh", "存包凭证", "Bag ticket"), ("en", "Bag ticket", "存包凭证")])
def test_paper_follows_the_stores_languages(language: str, there: str, missing: str) -> None:
    said = words(parts(ticket(settings(language), text()))[0])

    assert there in said
    assert missing not in said


def test_a_reprint_says_so_on_every_part_with_its_count() -> None:
    for paper in parts(ticket(settings(), text(pieces=2, reprint=3))):
        assert "补打 第3次\nREPRINT No. 3" in words(paper)
    assert "REPRINT" not in words(parts(ticket(settings(), text()))[0])


def test_rules_that_cost_nothing_are_not_printed_and_further_ones_are() -> None:
    plain = settings()
    bags = msgspec.structs.replace(plain.bags, overdue_fee_fen_per_day=0, lost_ticket_fee_fen=0, extra_rules=["不存易燃品"])
    said = words(parts(ticket(msgspec.structs.replace(plain, bags=bags), text()))[0])

    assert "Overdue" not in said
    assert "Lost ticket" not in said
    assert "不存易燃品" in said


def test_the_form_names_bags_people_and_fee_and_leaves_a_line_to_sign() -> None:
    (paper,) = parts(lost_form(settings(), form()))
    said = words(paper)

    for expected in ("red suitcase", "two shirts", "护照 Passport", ": Wang", ": Chen", "CNY 15.50", "Signature: ____"):
        assert expected in said
    assert "its number is not recorded" in said


@pytest.mark.parametrize("kind", DOCUMENT_KINDS)
def test_every_kind_of_document_has_its_words(kind: str) -> None:
    assert lost_form(settings(), form(document_kind=kind)).elements


def test_documents_survive_the_job_table() -> None:
    for document in (ticket(settings(), text(note="a\u2028b 🧳")), lost_form(settings(), form())):
        assert decode_document(encode_document(document)) == document


def test_the_customer_is_told_the_day_of_the_closing_too(world: BagWorld) -> None:
    """Bags taken in after closing, or in a store that closes past midnight, are not due on the day of the take-in."""
    world.clock.jump((datetime(2026, 3, 10, 22, 30, tzinfo=ZoneInfo("Asia/Shanghai")) - world.clock.now()).total_seconds())
    paper = world.paper(world.take_in().job)

    assert "请于2026-03-11 22:00营业结束前取包" in paper
    assert "before closing: 2026-03-11 22:00" in paper


def test_without_a_fee_the_ticket_still_says_when_bags_count_as_ownerless() -> None:
    free = msgspec.structs.replace(settings(), bags=msgspec.structs.replace(settings().bags, overdue_fee_fen_per_day=0))
    said = words(parts(ticket(free, text()))[0])

    assert "逾期3天后按无主物品处理" in said
    assert "Ownerless after 3 days" in said


def test_long_names_are_printed_whole_on_the_form() -> None:
    name = "A supervisor with a name that goes on for more than a line"

    assert f"批准人 Approved by: {name}" in words(parts(lost_form(settings(), form(approved_by=name)))[0])
