"""The manager serves a person who asks what is kept: finds, hands out, deletes, prints the certificate."""

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.contacts import ContactData
from tests.browser.conftest import Desk
from tests.browser.test_screens import _CLIPPED, _SIZES, _SMALL_TEXT, MAIN, OTHERS, _no_barrier

PHONE = "13812345678"


def leave_a_contact(desk: Desk, phone: str = PHONE) -> int:
    services = desk.world.services
    data = ContactData(name="李华", phone=phone, email="li.hua@example.com")
    contact = services.db.write(lambda session: services.contacts.store(session, data, subject="case:1", consent_version="2026-1"))
    services.db.write(lambda session: services.contacts.reveal(session, SYSTEM, contact, "calls back about the eggs"))
    return contact


def look_at(desk: Desk) -> None:
    """What every page owes its people."""
    small = [size for size in desk.page.evaluate(_SIZES, MAIN) if size[1] < 60 or size[2] < 60]
    assert small == [], desk.page.url
    assert [size for size in desk.page.evaluate(_SIZES, OTHERS) if size[2] < 48] == [], desk.page.url
    assert desk.page.evaluate(_SMALL_TEXT) == [], desk.page.url
    assert not desk.page.evaluate(_CLIPPED), desk.page.url
    _no_barrier(Axe(), desk)


def test_a_person_is_found_served_and_forgotten(desk: Desk, tmp_path: Path) -> None:
    leave_a_contact(desk)
    desk.log_in(Role.MANAGER)
    desk.open("/manage")
    desk.page.get_by_role("link", name="Privacy").tap()
    expect(desk.page.get_by_role("heading", name="Privacy", exact=True)).to_be_visible()
    look_at(desk)

    desk.page.get_by_label("Phone number").fill("138 1234 5678")
    desk.page.get_by_role("button", name="Find").tap()
    expect(desk.page.locator("table")).to_contain_text("138****5678")
    assert PHONE not in desk.page.url
    look_at(desk)

    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name="Save the file").tap()
    download.value.save_as(tmp_path / "person.json")
    assert json.loads((tmp_path / "person.json").read_text(encoding="utf-8"))["contacts"][0]["name"] == "李华"

    desk.page.get_by_label("Type the number again").fill("13812345678")
    desk.page.get_by_label("Why, and how was the person recognised?").fill("asked at the desk")
    desk.page.get_by_role("button", name="Delete for good").tap()
    expect(desk.page.get_by_role("heading", name="Certificate of deletion")).to_be_visible()
    look_at(desk)
    desk.page.evaluate("window.print = () => { document.title = 'printed' }")
    desk.page.get_by_role("button", name="Print").tap()
    expect(desk.page).to_have_title("printed")
    desk.page.emulate_media(media="print")
    assert not desk.page.locator(".rail").is_visible()


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_the_pages_fit_in_chinese_too(chinese_desk: Desk, size: tuple[int, int]) -> None:
    leave_a_contact(chinese_desk, "13900001111")
    chinese_desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    chinese_desk.log_in(Role.MANAGER)
    chinese_desk.open("/manage/privacy")
    look_at(chinese_desk)
    chinese_desk.page.locator("#phone").fill("13900001111")
    chinese_desk.page.locator("form.search button").tap()
    expect(chinese_desk.page.locator("#again")).to_be_visible()
    look_at(chinese_desk)
