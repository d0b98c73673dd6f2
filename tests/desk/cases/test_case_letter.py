"""The written reply on A4: what stands on it, in either language, whatever was typed."""

from datetime import date
from pathlib import Path

import pytest

from kiosk.config import Store
from kiosk.desk.cases.errors import AlreadyDone, NoLetterFont, NoReply, WrongCase
from kiosk.desk.cases.letter import Letter, as_pdf, wrapped
from tests.desk.cases.case_world import LI_HUA, LIU, CaseWorld
from tests.fakes import pdf_text

STORE = Store(name="人民超市", name_en="People's Store", phone="010-1234")


def letter(text: str, language: str = "zh") -> bytes:
    return as_pdf(STORE, Letter(number="K2603100001", language=language, day=date(2026, 3, 12), about=date(2026, 3, 10), text=text))


def test_a_letter_has_sender_number_date_salutation_and_closing() -> None:
    [page] = pdf_text.pages(letter("牛奶已经退款。"))
    assert page[:3] == ["人民超市", "People's Store", "电话：010-1234"]
    assert "2026年3月12日" in page
    assert "受理编号：K2603100001" in page
    assert "事由：关于您2026年3月10日反映的问题" in page
    at = page.index("尊敬的顾客：")
    assert page[at:] == ["尊敬的顾客：", "牛奶已经退款。", "此致", "敬礼", "人民超市", "K2603100001  第1页"]


def test_an_english_letter_is_english_whatever_the_machine_speaks() -> None:
    page = pdf_text.pages(letter("The milk was refunded.", "en"))[0]
    assert "12 March 2026" in page
    assert page[page.index("Dear customer,") :] == [
        "Dear customer,",
        "The milk was refunded.",
        "Yours sincerely",
        "People's Store",
        "K2603100001  page 1",
    ]


def test_what_the_writer_has_put_there_is_not_put_there_twice() -> None:
    text = pdf_text.text(letter("Dear Ms Li,\n\nthe milk was refunded.\n\nYours sincerely\nPeople's Store", "en"))
    assert "Dear customer" not in text
    assert text.count("Yours sincerely") == 1


def test_a_long_letter_goes_on_over_pages_and_loses_nothing() -> None:
    words = [f"word{number}" for number in range(3000)]
    found = pdf_text.pages(letter(" ".join(words), "en"))
    assert len(found) > 3
    assert [page[-1] for page in found] == [f"K2603100001  page {number}" for number in range(1, len(found) + 1)]
    printed = " ".join(line for page in found for line in page[:-1]).split()
    assert [word for word in printed if word.startswith("word")] == words


def test_nothing_that_was_typed_is_markup() -> None:
    typed = "<b>bold</b> **stars** __under__ <script>alert(1)</script> (brackets) \\back\\slash {page} %(x)s"
    assert typed in pdf_text.text(letter(typed))


@pytest.mark.parametrize(
    "typed", ["👍🏽 谢谢 👨‍👩‍👧", "مرحبا بكم", "𠮷野家", "\u200b\ufeff\u00ad", "A" * 2000, "\n\n\n", "龘" * 500, "é à ñ ß"]
)
def test_no_text_is_too_strange_for_a_letter(typed: str) -> None:
    assert len(pdf_text.pages(letter("First.\n" + typed + "\nLast."))) >= 1


def test_a_line_is_broken_between_han_characters_and_at_spaces_but_no_line_begins_with_a_full_stop() -> None:
    def lines(text: str) -> list[str]:
        return list(wrapped(text, 8, lambda part: sum(2 if char > "\u2e80" else 1 for char in part)))

    assert lines("牛奶 milk 酸了退款了。") == ["牛奶", "milk 酸", "了退款", "了。"]
    assert lines("one two three") == ["one two", "three"]
    assert lines("abcdefghijklmnop q") == ["abcdefgh", "ijklmnop", "q"]
    assert lines("   ") == []


def test_without_a_font_for_chinese_the_letter_says_what_to_install() -> None:
    nothing = Letter(number="K1", language="zh", day=date(2026, 3, 12), about=date(2026, 3, 10), text="x")
    with pytest.raises(NoLetterFont) as refused:
        as_pdf(STORE, nothing, [Path("/nowhere.ttc")])
    assert "fonts-wqy-microhei" in str(refused.value.remedy)


def test_the_newest_letter_is_the_one_that_is_printed_and_sent(world: CaseWorld) -> None:
    case_id = world.open(written=True, contact=LI_HUA, language="en").id
    with pytest.raises(NoReply):
        world.read(lambda session: world.cases.reply_pdf(session, case_id))
    with pytest.raises(NoReply):
        world.do("mark_reply_sent", case_id, "by post")
    with pytest.raises(WrongCase):
        world.do("write_reply", case_id, "")

    world.do("write_reply", case_id, "First try.")
    second = world.do("write_reply", case_id, "Second try.")
    printed = pdf_text.text(world.read(lambda session: world.cases.reply_pdf(session, case_id)))
    assert "Second try." in printed
    assert "First try." not in printed
    # Contact data stays in the vault: an address is written by hand.
    assert "李华" not in printed
    assert "13812345678" not in printed

    sent = world.do("mark_reply_sent", case_id, "by post")
    assert sent.reply_id == second
    # A letter is an answer.
    assert sent.first_answered_at == world.clock.now()
    with pytest.raises(AlreadyDone) as refused:
        world.do("mark_reply_sent", case_id, "by post", actor=LIU)
    assert refused.value.extra["by"] == "Wang"
    assert [(reply.text, reply.how) for reply in world.read(lambda session: world.cases.replies(session, case_id))] == [
        ("First try.", ""),
        ("Second try.", "by post"),
    ]
