"""Aiming the camera: a person of the desk looks through it, a card is held there, it is marked, and the page stays."""

from playwright.sync_api import Browser, expect

from kiosk.demo.names import CAMERA
from kiosk.desk.actors import Role
from kiosk.devices.state import DeviceState
from tests.browser.conftest import Desk
from tests.fakes.waiting import eventually
from tests.fakes.world import World


def test_whoever_aims_the_camera_sees_what_it_sees_until_the_page_is_left(world: World, desk: Desk, chromium: Browser) -> None:
    world.wait_for_device(CAMERA, DeviceState.READY)
    desk.log_in(Role.DESK)
    desk.open(f"/technician/cameras/{CAMERA}")
    desk.following()
    board = world.services.devices.preview(CAMERA)
    eventually(lambda: board.wanted)
    picture = desk.page.locator("[data-viewfinder-picture]")
    expect(picture).to_have_js_property("naturalWidth", 640)
    world.demo.camera.hold("6901234567892", "ean13")
    expect(desk.page.locator("[data-viewfinder-read]")).to_contain_text("ean13")
    expect(desk.page.get_by_text("1 code read")).to_be_visible()
    assert desk.page.url.endswith(f"/technician/cameras/{CAMERA}"), "the code leads nowhere while somebody aims"
    desk.open("/desk")
    eventually(lambda: not board.wanted)
    assert world.services.viewfinder.count == 0
