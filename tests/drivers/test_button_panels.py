"""What every button panel does, held against the GPIO driver on mock pins and against the fake that other tests use."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
import pytest

from kiosk.devices.buttons import ButtonPanel, Edge
from kiosk.devices.errors import DeviceLost
from kiosk.drivers.gpio_input import GpioInputOptions, GpioPanel
from tests.fakes.clock import FakeClock
from tests.fakes.gpio import Board, board
from tests.fakes.panels import FakePanel

BUTTONS = {"1": 5, "2": 6, "3": 13, "4": 19, "5": 26}
LEDS = {"1": 12, "2": 16, "3": 20}


class Hands(Protocol):
    """What a test does to the panel from outside."""

    def move(self, button: int, closed: bool) -> None: ...
    def lit(self, button: int) -> bool: ...


@dataclass
class GpioHands:
    board: Board

    def move(self, button: int, closed: bool) -> None:
        self.board.drive(BUTTONS[str(button)], high=not closed)

    def lit(self, button: int) -> bool:
        return self.board.lit(LEDS[str(button)])


@dataclass
class FakeHands:
    panel: FakePanel

    def move(self, button: int, closed: bool) -> None:
        self.panel._move(button, closed)

    def lit(self, button: int) -> bool:
        return [on for _, which, on in self.panel.journal if which == button][-1:] == [True]


Rig = tuple[ButtonPanel, Hands]


@pytest.fixture(params=["gpio", "fake"])
def rig(request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path) -> Iterator[Rig]:
    """An opened panel of five buttons, of which three have lamps, and the hands at it."""
    if request.param == "fake":
        fake = FakePanel(clock, lamps=frozenset({1, 2, 3}))
        fake.open()
        yield fake, FakeHands(fake)
        fake.close()
        return
    with board(clock, tmp_path) as pins:
        options = msgspec.convert({"buttons": BUTTONS, "leds": LEDS, "pin_factory": "mock"}, GpioInputOptions)
        panel = GpioPanel(msgspec.structs.replace(options, chip=pins.chip), clock, tmp_path)
        panel.open()
        yield panel, GpioHands(pins)
        panel.close()


def read_all(panel: ButtonPanel) -> list[Edge]:
    found = []
    while (edge := panel.read(0, lambda: False)) is not None:
        found.append(edge)
    return found


def test_it_names_buttons_and_lamps_by_rating(rig: Rig) -> None:
    panel, _ = rig
    assert (panel.buttons, panel.lamps) == ((1, 2, 3, 4, 5), {1, 2, 3})


def test_edges_come_raw_in_order_and_with_their_time(rig: Rig, clock: FakeClock) -> None:
    panel, hands = rig
    began = clock.monotonic()
    for wait_s, button, closed in ((0.5, 2, True), (0.001, 2, False), (0.001, 2, True), (0.3, 5, True)):
        clock.advance(wait_s)
        hands.move(button, closed)
    told = [(edge.button, edge.closed, round(edge.at - began, 6)) for edge in read_all(panel)]
    assert told == [(2, True, 0.5), (2, False, 0.501), (2, True, 0.502), (5, True, 0.802)]


def test_it_tells_which_contacts_are_closed_now(rig: Rig) -> None:
    panel, hands = rig
    assert panel.closed() == frozenset()
    hands.move(3, True)
    hands.move(4, True)
    hands.move(4, False)
    assert panel.closed() == {3}


def test_lamps_are_dark_until_they_are_lit_and_after_the_close(rig: Rig) -> None:
    panel, hands = rig
    assert not any(hands.lit(button) for button in panel.lamps)
    panel.light(2, True)
    assert [hands.lit(button) for button in (1, 2, 3)] == [False, True, False]
    panel.light(2, False)
    assert not hands.lit(2)
    panel.light(3, True)
    panel.close()
    assert not hands.lit(3)


def test_lighting_a_button_without_a_lamp_does_nothing(rig: Rig) -> None:
    panel, _ = rig
    panel.light(5, True)


def test_an_interrupt_ends_a_read_that_waits_or_the_next_one(rig: Rig) -> None:
    panel, _ = rig
    panel.interrupt()
    assert panel.read(None, lambda: False) is None


def test_edges_that_have_come_in_go_before_an_interrupt(rig: Rig) -> None:
    panel, hands = rig
    hands.move(1, True)
    panel.interrupt()
    assert panel.read(None, lambda: False) is not None
    assert panel.read(None, lambda: False) is None


def test_a_closed_panel_cannot_be_read_and_may_be_closed_again(rig: Rig) -> None:
    panel, _ = rig
    panel.close()
    panel.close()
    with pytest.raises(DeviceLost):
        panel.read(0, lambda: False)
    with pytest.raises(DeviceLost):
        panel.light(1, True)


def test_it_can_be_opened_again_without_what_was_pressed_before(rig: Rig) -> None:
    panel, hands = rig
    hands.move(1, True)
    panel.close()
    hands.move(1, False)
    panel.open()
    assert read_all(panel) == []
    hands.move(2, True)
    assert [edge.button for edge in read_all(panel)] == [2]


def test_a_stop_ends_a_read(rig: Rig) -> None:
    panel, _ = rig
    assert panel.read(None, lambda: True) is None


@pytest.mark.parametrize("rig", ["gpio"], indirect=True)
def test_a_read_that_waits_is_woken_by_a_press(rig: Rig) -> None:
    panel, hands = rig
    told: list[Edge | None] = []
    thread = threading.Thread(target=lambda: told.append(panel.read(None, lambda: False)))
    thread.start()
    hands.move(4, True)
    thread.join(5)
    assert [edge and edge.button for edge in told] == [4]
