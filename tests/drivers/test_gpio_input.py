"""The GPIO driver's own: polarities, pins that are wrong, taken or named twice, a back end that is not there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.config import convert_table
from kiosk.devices.buttons import SCAN_LAMP
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.registry import BuildContext
from kiosk.drivers.gpio_input import DRIVER, GpioInputOptions, GpioPanel
from kiosk.drivers.gpio_pins import FACTORIES, plain_errors
from kiosk.errors import ConfigError
from tests.fakes.clock import FakeClock
from tests.fakes.gpio import Board, Level, board


@pytest.fixture
def pins(clock: FakeClock, tmp_path: Path) -> Iterator[Board]:
    with board(clock, tmp_path) as made:
        yield made


def panel_of(pins: Board, clock: FakeClock, folder: Path, **options: Any) -> GpioPanel:
    values = {"buttons": {"1": 5, "2": 6}, "leds": {"1": 12}, "pin_factory": "mock"} | options
    made: GpioPanel = DRIVER.build(
        msgspec.structs.replace(msgspec.convert(values, GpioInputOptions), chip=pins.chip), BuildContext("faces", clock, folder)
    )
    return made


def refusal(panel: GpioPanel) -> tuple[str, str]:
    with pytest.raises(DeviceAbsent) as caught:
        panel.open()
    panel.close()
    return caught.value.code, caught.value.detail


def test_a_button_to_ground_is_pulled_up(pins: Board, clock: FakeClock, tmp_path: Path) -> None:
    panel = panel_of(pins, clock, tmp_path)
    panel.open()
    assert pins.factory.pin("GPIO5").pull == "up"
    clock.advance(2.5)
    pins.press(5, bounces=1)
    assert panel.closed() == {1}
    pins.release(5)
    panel.close()
    assert pins.journal[:2] == [Level(5, False, 2.5), Level(5, True, 2.501)]


def test_a_button_to_the_supply_is_pulled_down(pins: Board, clock: FakeClock, tmp_path: Path) -> None:
    panel = panel_of(pins, clock, tmp_path, pull_up=False)
    panel.open()
    assert pins.factory.pin("GPIO5").pull == "down"
    pins.drive(5, high=True)
    edge = panel.read(0, lambda: False)
    assert edge is not None
    assert (edge.button, edge.closed) == (1, True)
    panel.close()


def test_lamps_that_a_low_pin_lights_are_dark_when_it_is_opened(pins: Board, clock: FakeClock, tmp_path: Path) -> None:
    panel = panel_of(pins, clock, tmp_path, active_high=False)
    panel.open()
    assert pins.lit(12)  # the pin is high
    panel.light(1, True)
    assert not pins.lit(12)
    panel.close()


def test_a_lamp_that_answers_scans_needs_no_buttons(pins: Board, clock: FakeClock, tmp_path: Path) -> None:
    panel = panel_of(pins, clock, tmp_path, buttons={}, leds={}, scan_led=26)
    panel.open()
    assert (panel.buttons, panel.lamps) == ((), {SCAN_LAMP})
    panel.light(SCAN_LAMP, True)
    assert pins.lit(26)
    panel.close()
    assert not pins.lit(26)


def test_an_edge_that_is_told_late_keeps_its_time(pins: Board, clock: FakeClock, tmp_path: Path) -> None:
    panel = panel_of(pins, clock, tmp_path)
    panel.open()
    pin = pins.factory.pin("GPIO5")
    seen_at = clock.monotonic()
    clock.advance(0.4)
    pin.when_changed(seen_at, 0)  # as the back end's thread does after a pause of the process
    edge = panel.read(0, lambda: False)
    assert edge is not None
    assert edge.at == pytest.approx(seen_at)
    panel.close()


def test_a_time_of_another_clock_is_not_believed(pins: Board, clock: FakeClock, tmp_path: Path) -> None:
    panel = panel_of(pins, clock, tmp_path)
    panel.open()
    pins.factory.pin("GPIO5").when_changed(1.7e9, 0)  # seconds since 1970, as old kernels stamp edges
    edge = panel.read(0, lambda: False)
    assert edge is not None
    assert edge.at == clock.monotonic()
    panel.close()


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ({"buttons": {"1": 5, "2": 5}}, "pin-twice", "GPIO 5 is named twice: for button 1 and for button 2"),
        ({"leds": {"1": 6}}, "pin-twice", "GPIO 6 is named twice: for button 2 and for lamp 1"),
        ({"buttons": {"1": 44}, "leds": {}}, "no-such-pin", "button 1 at GPIO 44"),
    ],
)
def test_a_wrong_pin_is_named(pins: Board, clock: FakeClock, tmp_path: Path, options: dict[str, Any], code: str, says: str) -> None:
    found, detail = refusal(panel_of(pins, clock, tmp_path, **options))
    assert found == code
    assert says in detail


def test_a_pin_of_another_device_is_taken_until_that_one_is_closed(pins: Board, clock: FakeClock, tmp_path: Path) -> None:
    first, second = panel_of(pins, clock, tmp_path), panel_of(pins, clock, tmp_path, buttons={"1": 12}, leds={})
    first.open()
    code, detail = refusal(second)
    assert code == "taken"
    assert "button 1 at GPIO 12" in detail
    first.close()
    second.open()
    second.close()


def test_a_panel_that_could_not_open_leaves_no_pin_taken(pins: Board, clock: FakeClock, tmp_path: Path) -> None:
    assert refusal(panel_of(pins, clock, tmp_path, buttons={"1": 5, "2": 44}))[0] == "no-such-pin"
    panel = panel_of(pins, clock, tmp_path)
    panel.open()
    panel.close()


@pytest.mark.parametrize("factory", ["lgpio", "native", "pigpio", "rpigpio"])
def test_a_back_end_that_is_not_there_is_said_and_no_other_is_taken(factory: str, clock: FakeClock, tmp_path: Path) -> None:
    options = msgspec.convert({"buttons": {"1": 5}, "pin_factory": factory, "chip": 15}, GpioInputOptions)
    code, detail = refusal(GpioPanel(options, clock, tmp_path))
    assert code in ("not-found", "no-pin-library", "no-pi", "no-permission")
    assert detail.startswith(f"pin factory {factory}")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("'GPIO busy'"), "taken"),
        (PermissionError(13, "Permission denied"), "no-permission"),
        (RuntimeError("'can not open gpiochip'"), "not-found"),
        (ImportError("No module named 'RPi'"), "no-pin-library"),
        (RuntimeError("something else"), "gpio-error"),
    ],
)
def test_what_back_ends_raise_has_a_stable_code(error: Exception, code: str) -> None:
    with pytest.raises(DeviceAbsent) as caught, plain_errors("button 1 at GPIO 5"):
        raise error
    assert caught.value.code == code


def test_a_factory_is_shared_and_closed_after_its_last_user(tmp_path: Path) -> None:
    first = FACTORIES.take("mock", 999, tmp_path)
    assert FACTORIES.take("mock", 999, tmp_path) is first
    pin = first.pin("GPIO5")
    FACTORIES.give_back("mock", 999)
    assert first.pin("GPIO5") is pin
    FACTORIES.give_back("mock", 999)
    assert FACTORIES.take("mock", 999, tmp_path) is not first
    FACTORIES.give_back("mock", 999)


def test_a_line_that_is_gone_is_lost(pins: Board, clock: FakeClock, tmp_path: Path) -> None:
    panel = panel_of(pins, clock, tmp_path)
    panel.open()
    pins.factory.pin("GPIO12").function = "input"  # somebody else took it
    with pytest.raises(DeviceLost) as caught:
        panel.light(1, True)
    assert caught.value.code == "gpio-error"
    panel.close()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"buttons": {}}, "buttons or scan_led must name a pin"),
        ({"buttons": {"0": 5}}, "named by ratings, 1 to 10, not '0'"),
        ({"buttons": {"one": 5}}, "named by ratings, 1 to 10, not 'one'"),
        ({"buttons": {"1": 5}, "leds": {"2": 6}}, "there is no button 2"),
        ({"buttons": {"1": "GPIO5"}}, "buttons"),
        ({"buttons": {"1": 5}, "pin_factory": "gpiod"}, "pin_factory"),
        ({"buttons": {"1": 5}, "debounce": 20}, "did you mean 'debounce_ms'"),
    ],
)
def test_wrong_options_are_refused_with_a_plain_reason(table: dict[str, Any], says: str) -> None:
    def where(key: str, _value: object = None) -> str:
        return f"kiosk.toml: {key}"

    with pytest.raises(ConfigError) as caught:
        convert_table(table, GpioInputOptions, where)
    assert says in str(caught.value)
