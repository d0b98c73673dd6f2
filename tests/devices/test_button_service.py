"""The button service: presses, lamps that answer, stuck and chattering buttons, lost edges, a panel that goes away."""

import logging
from datetime import timedelta

import pytest

from kiosk.devices.button_service import Answer, ButtonPress, ButtonService
from kiosk.devices.buttons import ButtonOptions
from kiosk.devices.errors import DeviceLost
from kiosk.devices.state import DeviceState
from tests.fakes.clock import START, FakeClock
from tests.fakes.controls import FakeControl
from tests.fakes.panels import FakePanel


class Rig:
    """One panel, its service, and a sink that answers at once unless `answers` is taken away."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.control = FakeControl(self.clock)
        self.panel = FakePanel(self.clock)
        self.presses: list[ButtonPress] = []
        self.open_answers: list[Answer] = []
        self.recorded: bool | None = True  # None: the answer comes later
        self.service = ButtonService("faces", lambda: self.panel, ButtonOptions(), self.take, self.clock)

    def take(self, press: ButtonPress, answer: Answer) -> None:
        self.presses.append(press)
        if self.recorded is None:
            self.open_answers.append(answer)
        else:
            answer(self.recorded)

    def serve(self, until: float) -> list[int]:
        """Let *until* seconds of the panel's script pass; the buttons that were pressed."""
        self.panel.at(until, self.control.stop)
        self.service.open()
        self.service.serve(self.control)
        self.control.stopping = False
        return [press.button for press in self.presses]


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_press_reaches_the_sink_with_the_time_at_which_the_contact_closed(rig: Rig) -> None:
    rig.panel.press(1.0, 4)
    assert rig.serve(2.0) == [4]
    assert rig.presses == [ButtonPress("faces", 4, START + timedelta(seconds=1.0))]
    assert rig.control.reports == [(DeviceState.READY, None)]


def test_a_bouncing_press_counts_once(rig: Rig) -> None:
    for place, closed in enumerate([True, False, True, False, True]):
        rig.panel.edge(1.0 + 0.003 * place, 2, closed)
    for place, closed in enumerate([False, True, False]):
        rig.panel.edge(1.3 + 0.003 * place, 2, closed)
    assert rig.serve(2.0) == [2]
    assert rig.presses[0].at == START + timedelta(seconds=1.0)


def test_a_spike_is_counted_as_noise_alone(rig: Rig) -> None:
    rig.panel.press(1.0, 2, hold_s=0.002)
    assert rig.serve(2.0) == []
    assert (rig.service.stats().pressed, rig.service.stats().spikes) == (0, 1)


def test_two_buttons_at_once_are_two_presses_in_the_order_in_which_they_closed(rig: Rig) -> None:
    rig.panel.press(1.000, 5)
    rig.panel.press(1.004, 1)
    assert rig.serve(2.0) == [5, 1]


def test_a_chattering_contact_does_not_hold_up_the_others(rig: Rig) -> None:
    for place in range(400):
        rig.panel.edge(0.5 + 0.005 * place, 1, place % 2 == 0)
    rig.panel.press(1.0, 3)
    assert rig.serve(4.0) == [3]
    assert (DeviceState.DEGRADED, "noise") in rig.control.reports
    assert rig.control.reports[-1] == (DeviceState.READY, None)


def test_the_lamp_is_lit_only_when_the_press_is_on_disk_and_for_its_time(rig: Rig) -> None:
    rig.panel.press(1.0, 4)
    rig.serve(4.0)
    (on, off) = rig.panel.lit(4)
    assert on == (pytest.approx(1.025, abs=0.002), True)
    assert off == (pytest.approx(1.025 + ButtonOptions().led_s, abs=0.002), False)
    assert rig.panel.lit(3) == []


def test_the_lamp_blinks_while_the_press_waits_for_the_disk_dark_at_first(rig: Rig) -> None:
    rig.recorded = None
    rig.panel.press(1.0, 4)
    rig.panel.at(2.1, lambda: rig.open_answers.pop()(True))
    rig.serve(5.0)
    switched = rig.panel.lit(4)
    assert switched[0] == (pytest.approx(1.275, abs=0.003), True)
    assert [on for _, on in switched] == [True, False] * (len(switched) // 2)
    assert switched[-1][0] == pytest.approx(2.1 + ButtonOptions().led_s, abs=0.01)
    assert rig.service.stats().waiting == 0


def test_a_refused_press_flickers_and_ends_dark(rig: Rig) -> None:
    rig.recorded = False
    rig.panel.press(1.0, 4)
    rig.serve(4.0)
    assert [on for _, on in rig.panel.lit(4)] == [True, False] * 5
    assert rig.service.stats().refused == 1


def test_one_recorded_press_of_two_leaves_the_lamp_waiting_for_the_other(rig: Rig) -> None:
    rig.recorded = None
    rig.panel.press(1.0, 4)
    rig.panel.press(1.5, 4)
    rig.panel.at(1.8, lambda: rig.open_answers.pop()(True))
    rig.serve(6.0)
    after = [on for at, on in rig.panel.lit(4) if at > 1.9 + ButtonOptions().led_s]
    assert len(after) > 4
    assert rig.service.stats().waiting == 1


def test_a_button_without_a_lamp_counts_all_the_same(rig: Rig) -> None:
    rig.panel.lamps = frozenset({1})
    rig.panel.press(1.0, 4)
    assert rig.serve(2.0) == [4]
    assert rig.panel.journal == []


def test_a_stuck_button_is_reported_and_the_others_go_on(rig: Rig) -> None:
    rig.panel.press(1.0, 2, hold_s=60)
    rig.panel.press(30.0, 4)
    assert rig.serve(70.0) == [2, 4]
    assert rig.control.reports == [(DeviceState.READY, None), (DeviceState.DEGRADED, "button-stuck"), (DeviceState.READY, None)]


def test_a_button_that_is_held_at_the_start_is_stuck_at_once_and_no_press(rig: Rig) -> None:
    rig.panel.held = {1, 2}
    rig.panel.edge(5.0, 1, False)
    rig.panel.edge(6.0, 2, False)
    assert rig.serve(10.0) == []
    assert rig.control.reports == [(DeviceState.DEGRADED, "button-stuck"), (DeviceState.READY, None)]


def test_a_release_whose_edge_was_lost_is_found_and_the_next_press_counts(rig: Rig) -> None:
    rig.panel.edge(1.0, 3, True)
    rig.panel.at(1.5, rig.panel.held.clear)
    rig.panel.press(5.0, 3)
    assert rig.serve(6.0) == [3, 3]
    assert rig.control.reports == [(DeviceState.READY, None)]


def test_a_sink_that_fails_is_logged_and_the_next_press_is_taken(caplog: pytest.LogCaptureFixture, rig: Rig) -> None:
    def sink(press: ButtonPress, answer: Answer) -> None:
        if press.button == 1:
            raise LookupError("no such thing")
        rig.take(press, answer)

    rig.service = ButtonService("faces", lambda: rig.panel, ButtonOptions(), sink, rig.clock)
    rig.panel.press(1.0, 1)
    rig.panel.press(2.0, 2)
    with caplog.at_level(logging.ERROR):
        assert rig.serve(4.0) == [2]
    assert len(caplog.records) == 1
    assert rig.service.stats().refused == 1


def test_a_panel_that_is_lost_is_the_supervisors_matter_and_answers_meanwhile_are_kept(rig: Rig) -> None:
    def unplug() -> None:
        raise DeviceLost("gpio-error", "gone")

    rig.recorded = None
    rig.panel.press(1.0, 4)
    rig.panel.at(1.5, unplug)
    rig.service.open()
    with pytest.raises(DeviceLost):
        rig.service.serve(rig.control)
    rig.service.close()
    rig.open_answers.pop()(True)
    rig.panel.at(2.0, rig.control.stop)
    rig.service.open()
    rig.service.serve(rig.control)
    assert (rig.service.stats().recorded, rig.service.stats().waiting) == (1, 0)
    assert rig.panel.lit(4)[-1][1] is True


def test_the_self_test_lights_the_lamps_in_turn(rig: Rig) -> None:
    rig.panel.at(1.0, rig.service.test)
    rig.serve(5.0)
    assert [button for _, button, on in rig.panel.journal if on] == [1, 2, 3, 4, 5]
    assert [on for _, _, on in rig.panel.journal].count(False) == 5
