"""The manager tests a channel, sees a question appear, and answers it; the robot is real HTTP on the loopback interface."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from kiosk.clock import SystemClock
from kiosk.desk.actors import Role
from tests.browser.conftest import Desk
from tests.browser.test_privacy_in_the_browser import look_at
from tests.fakes.robots import RobotServer, WeComRules, saying, takes_it_and_resets
from tests.fakes.world import World


@pytest.fixture(scope="module")
def robot() -> Iterator[RobotServer]:
    with RobotServer(WeComRules(SystemClock())) as server:
        yield server


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, robot: RobotServer) -> Iterator[World]:
    channel = f'[[alerts.channels]]\nname = "duty"\nkind = "wecom"\nurl = "{robot.url}"\nlanguage = "en"\nmin_severity = "high"\n'
    with World(tmp_path_factory.mktemp("world"), seeded=True, config=channel) as started:
        yield started


def test_a_channel_is_tested_and_a_question_answered_as_it_appears(desk: Desk, robot: RobotServer) -> None:
    desk.log_in(Role.MANAGER)
    desk.open("/manage")
    desk.page.get_by_role("link", name="Messages").tap()
    desk.following()
    robot.do(takes_it_and_resets)
    desk.page.get_by_role("button", name="Send a test").tap()
    expect(desk.page.get_by_text("A test message is on its way")).to_be_visible()
    # Nobody reloads: the list tells by itself what became of it.
    expect(desk.page.get_by_text("Did it arrive?")).to_be_visible()
    expect(desk.page.get_by_text("Look into the chat or mailbox whether it is there.")).to_be_visible()
    look_at(desk)
    assert times_seen(robot) == 1
    desk.page.get_by_role("button", name="It arrived").tap()
    desk.page.wait_for_url(lambda url: url.endswith("state=open"))
    expect(desk.page.get_by_text("No messages here.")).to_be_visible()
    assert times_seen(robot) == 1


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_the_page_fits_in_chinese_too(chinese_desk: Desk, robot: RobotServer, size: tuple[int, int]) -> None:
    chinese_desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    chinese_desk.log_in(Role.MANAGER)
    robot.do(saying(93000, "invalid webhook url, " + "hint: [1773122700] from ip: 203.0.113.7 " * 4))
    chinese_desk.open("/manage/alerts")
    chinese_desk.following()
    chinese_desk.page.locator("button[name=channel]").tap()
    expect(chinese_desk.page.get_by_text("93000 invalid webhook url").first).to_be_visible()
    look_at(chinese_desk)


def times_seen(robot: RobotServer) -> int:
    """How often people saw the test message."""
    return sum("Test message of desk-1" in text for text in robot.chat)
