"""A case in a browser, from the customer's words to the call-back, with a printed slip and a letter."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from kiosk.desk.actors import Role
from kiosk.desk.cases.views import CaseState
from tests.browser.conftest import Desk
from tests.browser.test_screens import _CLIPPED, _SIZES, _SMALL_TEXT, MAIN

_PHONE = "13812345678"


def no_barrier(desk: Desk) -> None:
    """The page can be read and used by everybody: no finding of axe-core, large targets and letters, nothing cut off."""
    found = Axe().run(desk.page).response["violations"]
    assert [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found] == [], desk.page.url
    assert [size for size in desk.page.evaluate(_SIZES, MAIN) if size[1] < 60 or size[2] < 60] == [], desk.page.url
    assert desk.page.evaluate(_SMALL_TEXT) == [], desk.page.url
    assert not desk.page.evaluate(_CLIPPED), desk.page.url


def case_id_of(desk: Desk) -> int:
    desk.page.wait_for_url(re.compile(r"/desk/cases/\d+$"))
    return int(desk.page.url.rsplit("/", 1)[1])


def tap(desk: Desk, role: str, name: str) -> None:
    """Tap what leads to another page, and wait for that."""
    with desk.page.expect_navigation():
        desk.page.get_by_role(role, name=name, exact=True).tap()  # type: ignore[arg-type]


def test_a_written_complaint_goes_from_the_customers_words_to_the_call_back(desk: Desk, tmp_path: Path) -> None:
    desk.log_in(Role.SUPERVISOR)
    page = desk.page
    desk.open("/desk/cases")
    tap(desk, "link", "New case")
    page.get_by_text("Complaint", exact=True).tap()
    page.get_by_label("What does the customer say?").fill("The milk was sour although its date was good.")
    page.get_by_label("Telephone").fill(_PHONE)
    page.locator("label.choice").filter(has_text="The customer agrees").tap()
    page.locator("label.choice").filter(has_text="answered in writing").tap()
    desk.following()
    assert desk.world.scanner.scan("6901234567892", "ean13")
    expect(page.get_by_label("Product")).to_have_value("6901234567892")
    no_barrier(desk)
    tap(desk, "button", "Take it in and print the slip")
    case_id = case_id_of(desk)
    expect(page.locator(".slip__state")).to_contain_text("The slip is out")
    no_barrier(desk)

    # Somebody else's change shows by itself; what is done here shows there.
    services = desk.world.services
    services.db.write(lambda session: services.cases.note(session, desk.world.actor(), case_id, "asked the fresh department"))
    expect(page.locator(".history")).to_contain_text("asked the fresh department")

    tap(desk, "button", "Acknowledge")
    tap(desk, "button", "Begin work")
    tap(desk, "link", "Photos")
    picture = tmp_path / "milk.png"
    Image.new("RGB", (640, 480), (240, 240, 230)).save(picture)
    page.locator("#file").set_input_files(picture)
    tap(desk, "button", "Add the photo")
    expect(page.locator(".thumb img")).to_have_js_property("complete", True)
    no_barrier(desk)
    tap(desk, "link", "Back")

    tap(desk, "link", "Show the contact data")
    page.locator("label.choice").filter(has_text="Call back with the outcome").tap()
    no_barrier(desk)
    tap(desk, "button", "Show it")
    expect(page.locator(".contact")).to_contain_text(_PHONE)
    tap(desk, "link", "Done")
    expect(page.locator(".case")).to_contain_text("138****5678")

    tap(desk, "link", "Written reply")
    page.get_by_label("Text of the letter").fill("Dear customer,\n\nwe refund the milk.")
    tap(desk, "button", "Preview")
    expect(page.locator(".sheet")).to_contain_text("we refund the milk.")
    tap(desk, "button", "Keep it")
    no_barrier(desk)
    letter = page.request.get(f"{desk.world.url}/desk/cases/{case_id}/reply.pdf")
    assert (letter.headers["content-type"], letter.body()[:4]) == ("application/pdf", b"%PDF")
    tap(desk, "button", "By post")

    tap(desk, "link", "Resolve")
    page.get_by_label("What was done about it?").fill("Refunded.")
    no_barrier(desk)
    tap(desk, "button", "Save")
    tap(desk, "link", "Note the call-back and close")
    page.locator("label.choice").filter(has_text="Told by phone").tap()
    no_barrier(desk)
    tap(desk, "button", "Save")
    expect(page.locator(".case__state")).to_contain_text("closed")
    with services.db.read() as session:
        assert services.cases.get(session, case_id).state is CaseState.CLOSED

    tap(desk, "link", "You said, we did")
    no_barrier(desk)
    desk.open("/desk/cases?state=all")
    no_barrier(desk)


@pytest.mark.parametrize("path", ["/desk/cases", "/desk/cases/new", "/desk/cases/call-backs", "/desk/cases/stories"])
def test_case_pages_are_without_barriers_in_chinese(chinese_desk: Desk, path: str) -> None:
    chinese_desk.log_in(Role.SUPERVISOR)
    chinese_desk.page.set_viewport_size({"width": 1280, "height": 800})
    chinese_desk.open(path)
    no_barrier(chinese_desk)
    chinese_desk.page.set_viewport_size({"width": 390, "height": 844})
    assert not chinese_desk.page.evaluate(_CLIPPED)
