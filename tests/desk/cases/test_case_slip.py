"""The shopper's slip: on both widths of paper, naming nobody, printed honestly; and the state that its code shows."""

import pytest
import zxingcpp

from kiosk.config import Feedback, Settings, Store
from kiosk.demo.paper_png import part_image
from kiosk.desk.cases.errors import NotPrinted, TooManyCaseCodes, UnknownCaseCode
from kiosk.desk.cases.slips import slip
from kiosk.desk.cases.views import CaseState
from kiosk.devices.document import Document, Text
from kiosk.devices.jobs import JobState
from tests.desk.bags.test_bag_paper import nothing_is_clipped, on_paper
from tests.desk.cases.case_world import LI_HUA, CaseWorld

CODE = "712345678903"


def document(*languages: str, public_url: str = "", copy: bool = False) -> Document:
    settings = Settings(
        store=Store(languages=list(languages) or ["zh", "en"], name="人民公园购物中心有限公司", name_en="People's Park", phone="0571-1234"),  # type: ignore[arg-type]
        feedback=Feedback(public_url=public_url),
    )
    return slip(settings, number="K26031012345", code=CODE, received="2026-03-10 14:00", copy=copy)


def words(document: Document) -> str:
    return "\n".join(element.text for element in document.elements if isinstance(element, Text))


@pytest.mark.parametrize("width_mm", [80, 58])
def test_the_slip_is_whole_and_its_codes_can_be_scanned(width_mm: int) -> None:
    [part] = on_paper(document(public_url="https://feedback.example.com/", copy=True), width_mm)
    nothing_is_clipped(part)
    assert {code.text for code in zxingcpp.read_barcodes(part_image(part))} == {
        CODE,
        f"https://feedback.example.com/feedback/case?code={CODE}",
    }
    assert "K26031012345" in [line.strip() for line in part.lines]


def test_the_slip_speaks_the_stores_languages() -> None:
    both, english = words(document()), words(document("en"))
    assert "意见受理单" in both
    assert "We have taken note" in both
    assert "意见受理单" not in english
    # Without an address for phones nobody is sent to one.
    assert "QR" not in both


def test_the_slip_of_a_case_names_nobody_and_says_nothing_of_it(desk: CaseWorld) -> None:
    receipt = desk.open("The milk was sour, says Li Hua.", contact=LI_HUA, product="Milk", receipt="S001-42")
    printed = str(desk.document(receipt.job))
    assert receipt.number in printed
    assert receipt.code in printed
    for secret in ("Li Hua", "李华", "138", "Milk", "S001-42", "Wang"):
        assert secret not in printed


def test_a_copy_says_so_and_the_code_stays(desk: CaseWorld) -> None:
    receipt = desk.open()
    desk.do("reprint_slip", receipt.id)
    copy = desk.read(lambda session: desk.jobs.list(session, subject=f"case:{receipt.id}"))[0]
    assert copy.state is JobState.QUEUED
    assert copy.purpose == "case-slip"
    assert "REPRINT" in str(desk.document(copy.id))
    assert receipt.code in str(desk.document(copy.id))


def test_without_a_printer_a_case_is_opened_all_the_same(desk: CaseWorld) -> None:
    desk.printer = ""
    receipt = desk.open()
    assert receipt.job is None
    with pytest.raises(NotPrinted):
        desk.do("reprint_slip", receipt.id)
    assert desk.open(print_slip=False).job is None


def test_the_code_shows_the_state_alone(world: CaseWorld) -> None:
    receipt = world.open("secret", contact=LI_HUA)
    world.clock.advance(60)
    world.do("acknowledge", receipt.id)
    typed = f" {receipt.code[:4]}-{receipt.code[4:8]} {receipt.code[8:]}"
    state = world.read(lambda session: world.cases.state_of(session, typed))
    assert (state.number, state.state, state.changed_at) == (receipt.number, CaseState.ACKNOWLEDGED, world.clock.now())
    assert set(type(state).__struct_fields__) == {"number", "state", "opened_at", "changed_at"}


def test_codes_cannot_be_found_by_trying(desk: CaseWorld) -> None:
    code = desk.open().code

    def tried(text: str, address: str) -> None:
        desk.read(lambda session: desk.cases.state_of(session, text, address=address))

    for text in ("", "7" * 12, "x" * 10_000, "712345678900", "<script>"):
        with pytest.raises(UnknownCaseCode):
            tried(text, "192.0.2.7")
    for _ in range(desk.settings.security.wrong_codes_per_min - 5):
        with pytest.raises(UnknownCaseCode):
            tried("123", "192.0.2.7")
    with pytest.raises(TooManyCaseCodes):
        tried(code, "192.0.2.7")
    tried(code, "192.0.2.8")
    desk.clock.advance(61)
    tried(code, "192.0.2.7")
