"""Which screen a scan is meant for."""

import pytest

from kiosk.desk.scans import ActiveScreens
from tests.fakes.clock import FakeClock

IDLE_S = 600.0


@pytest.fixture
def screens(clock: FakeClock) -> ActiveScreens:
    return ActiveScreens(clock, idle_s=IDLE_S)


def test_without_a_screen_nothing_is_active(screens: ActiveScreens) -> None:
    assert (screens.active(), screens.for_badge(), screens.for_staff()) == (None, None, None)


def test_the_screen_touched_last_is_active(screens: ActiveScreens) -> None:
    screens.touch("a", at_desk=True, logged_in=True)
    screens.touch("b", at_desk=True, logged_in=True)
    assert screens.active() == screens.for_staff() == screens.for_badge() == "b"
    screens.touch("a", at_desk=True, logged_in=True)
    assert screens.active() == screens.for_staff() == screens.for_badge() == "a"


def test_a_logged_out_screen_gets_badges_only(screens: ActiveScreens) -> None:
    screens.touch("a", at_desk=True, logged_in=False)
    assert screens.for_badge() == "a"
    assert screens.for_staff() is None


def test_a_badge_goes_only_to_a_screen_at_the_desk(screens: ActiveScreens) -> None:
    screens.touch("office", at_desk=False, logged_in=False)
    assert screens.for_badge() is None
    screens.touch("desk", at_desk=True, logged_in=False)
    screens.touch("office", at_desk=False, logged_in=False)
    assert screens.for_badge() == "desk"


def test_a_page_in_the_office_does_not_take_the_desks_scans(screens: ActiveScreens) -> None:
    screens.touch("desk", at_desk=True, logged_in=True)
    screens.touch("office", at_desk=False, logged_in=True)
    assert screens.active() == "office"
    assert screens.for_staff() == "desk"


def test_a_screen_elsewhere_gets_scans_when_nobody_is_at_the_desk(screens: ActiveScreens) -> None:
    screens.touch("tablet", at_desk=False, logged_in=True)
    screens.touch("desk", at_desk=True, logged_in=False)
    assert screens.for_staff() == "tablet"


def test_logging_out_moves_scans_to_the_screen_that_is_still_logged_in(screens: ActiveScreens) -> None:
    screens.touch("a", at_desk=True, logged_in=True)
    screens.touch("b", at_desk=True, logged_in=True)
    screens.touch("b", at_desk=True, logged_in=False)
    assert screens.for_staff() == "a"
    assert screens.for_badge() == "b"


def test_a_screen_that_nobody_touched_for_long_counts_as_logged_out(screens: ActiveScreens, clock: FakeClock) -> None:
    screens.touch("a", at_desk=True, logged_in=True)
    clock.advance(IDLE_S - 1)
    assert screens.for_staff() == "a"
    clock.jump(10 * IDLE_S)
    assert screens.for_staff() == "a", "a wall clock that jumps logs nobody out"
    clock.advance(1)
    assert screens.for_staff() is None
    assert screens.for_badge() == "a", "in the morning a badge still finds its screen"


def test_a_forgotten_screen_gets_nothing(screens: ActiveScreens) -> None:
    screens.touch("a", at_desk=True, logged_in=True)
    screens.touch("b", at_desk=True, logged_in=True)
    screens.forget("b")
    screens.forget("never-seen")
    assert screens.active() == screens.for_staff() == "a"


def test_browsers_that_come_and_go_take_no_memory_for_ever(screens: ActiveScreens) -> None:
    screens.touch("first", at_desk=True, logged_in=True)
    for number in range(1000):
        screens.touch(f"visitor-{number}", at_desk=False, logged_in=False)
    assert screens.active() == "visitor-999"
    assert screens.for_staff() is None
