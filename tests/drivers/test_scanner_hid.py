"""The keyboard scanner: found by what it is, taken from everybody else, and no key of before or beside it becomes a code."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.config import convert_table
from kiosk.devices.errors import DeviceAbsent
from kiosk.devices.registry import BuildContext
from kiosk.devices.scanner import RawScan
from kiosk.drivers.hid_layouts import LAYOUTS
from kiosk.drivers.scanner_hid import DRIVER, HidScanner, HidScannerOptions
from kiosk.errors import ConfigError
from tests.fakes.clock import FakeClock
from tests.fakes.evdev import EV_KEY, EV_LED, EV_SYN, REPEAT, SYN_DROPPED, SYN_REPORT, FakeInput, Keyboard
from tests.fakes.typing_scanner import ALT, SHIFT, alt_keys, type_text

VENDOR, PRODUCT = 0x0C2E, 0x0B61


def running() -> bool:
    return False


@pytest.fixture
def keyboard() -> Keyboard:
    return Keyboard(vendor=VENDOR, product=PRODUCT)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make(keyboard: Keyboard, clock: FakeClock) -> Iterator[Callable[..., HidScanner]]:
    made: list[HidScanner] = []

    def make(*others: Keyboard, **options: Any) -> HidScanner:
        if "path" not in options:
            options = {"vendor": VENDOR, "product": PRODUCT} | options
        scanner = HidScanner(HidScannerOptions(**options), clock, FakeInput(*others, keyboard))
        scanner.open()
        made.append(scanner)
        return scanner

    yield make
    for scanner in made:
        scanner.close()


def read(scanner: HidScanner) -> RawScan | None:
    return scanner.read(0.0, running)


def why(scanner: HidScanner) -> DeviceAbsent:
    with pytest.raises(DeviceAbsent) as absent:
        scanner.open()
    return absent.value


def test_no_key_reaches_another_program_while_it_is_open_and_every_key_does_afterwards(
    make: Callable[..., HidScanner], keyboard: Keyboard
) -> None:
    scanner = make()
    type_text(keyboard, "81234")
    assert keyboard.leaked == []
    scanner.close()
    keyboard.strike(2)
    assert keyboard.leaked != []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_scanner_of_another_country_reads_its_digits_and_letters(
    make: Callable[..., HidScanner], keyboard: Keyboard, layout: Any
) -> None:
    scanner = make(layout=layout)
    type_text(keyboard, "R202603100017-Zy", layout)
    assert read(scanner) == RawScan("R202603100017-Zy")


def test_the_wrong_layout_reads_something_else(make: Callable[..., HidScanner], keyboard: Keyboard) -> None:
    scanner = make(layout="fr")
    type_text(keyboard, "12", "us")
    assert read(scanner) == RawScan("&é")


def test_the_aim_identifier_becomes_the_symbology(make: Callable[..., HidScanner], keyboard: Keyboard) -> None:
    scanner = make(layout="de", aim_prefix=True)
    type_text(keyboard, "]E06901234567892", "de")
    assert read(scanner) == RawScan("6901234567892", "ean13")


def test_gs1_data_keeps_its_group_separators(make: Callable[..., HidScanner], keyboard: Keyboard) -> None:
    scanner = make(aim_prefix=True)
    type_text(keyboard, "]C11012AB\x1d3710")
    assert read(scanner) == RawScan("1012AB\x1d3710", "gs1-128")


def test_a_stand_in_for_fnc1_becomes_the_group_separator(make: Callable[..., HidScanner], keyboard: Keyboard) -> None:
    scanner = make(fnc1="{GS}")
    type_text(keyboard, "1012AB{GS}3710")
    assert read(scanner) == RawScan("1012AB\x1d3710")


def test_a_code_typed_as_alt_numbers_is_read(make: Callable[..., HidScanner], keyboard: Keyboard) -> None:
    scanner = make()
    for char in "AB-12\r":
        keyboard.strike(ALT, *alt_keys(f"{ord(char):04}"))
    assert read(scanner) == RawScan("AB-12")


def test_a_pause_ends_a_code_with_gap_framing(make: Callable[..., HidScanner], keyboard: Keyboard, clock: FakeClock) -> None:
    scanner = make(framing="gap", gap_ms=100)
    type_text(keyboard, "81234", end=None)
    assert read(scanner) is None
    clock.advance(0.1)
    assert read(scanner) == RawScan("81234")


def test_keys_that_repeat_because_they_are_held_type_once(make: Callable[..., HidScanner], keyboard: Keyboard) -> None:
    scanner = make()
    keyboard.press(2)
    for _ in range(20):
        keyboard.event(EV_KEY, 2, REPEAT)
    keyboard.release(2)
    type_text(keyboard, "2")
    assert read(scanner) == RawScan("12")


def test_events_that_are_no_keys_are_passed_over(make: Callable[..., HidScanner], keyboard: Keyboard) -> None:
    scanner = make()
    keyboard.event(EV_LED, 1, 1)
    type_text(keyboard, "81")
    assert read(scanner) == RawScan("81")


def test_a_key_that_is_down_when_the_scanner_is_opened_never_becomes_text(
    make: Callable[..., HidScanner], keyboard: Keyboard, clock: FakeClock
) -> None:
    keyboard.press(SHIFT)
    keyboard.press(30)
    scanner = make()
    keyboard.event(EV_KEY, 30, REPEAT)
    keyboard.release(30)
    keyboard.release(SHIFT)
    assert read(scanner) is None
    clock.advance(2)
    assert read(scanner) is None
    type_text(keyboard, "a1")
    assert read(scanner) == RawScan("a1")


def test_the_end_of_a_code_that_was_being_typed_at_opening_is_no_code(make: Callable[..., HidScanner], keyboard: Keyboard) -> None:
    keyboard.press(9)
    scanner = make()
    keyboard.release(9)
    type_text(keyboard, "5678")
    assert read(scanner) is None
    assert scanner.dropped == 1
    type_text(keyboard, "1234")
    assert read(scanner) == RawScan("1234")


def test_a_code_that_ran_over_the_kernels_buffer_is_refused_and_shift_is_known_again(
    make: Callable[..., HidScanner], keyboard: Keyboard
) -> None:
    scanner = make()
    type_text(keyboard, "12", end=None)
    keyboard.press(SHIFT)
    keyboard.event(EV_SYN, SYN_DROPPED, 0)
    keyboard.event(EV_KEY, 30, 1)
    keyboard.release(SHIFT)
    keyboard.event(EV_KEY, 30, 0)
    keyboard.event(EV_SYN, SYN_REPORT, 0)
    type_text(keyboard, "34")
    assert read(scanner) is None
    assert scanner.dropped == 1
    type_text(keyboard, "a5")
    assert read(scanner) == RawScan("a5")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12), max_size=4))
def test_any_codes_come_out_as_they_were_typed(codes: list[str]) -> None:
    keyboard = Keyboard(vendor=VENDOR, product=PRODUCT)
    scanner = HidScanner(HidScannerOptions(vendor=VENDOR, product=PRODUCT), FakeClock(), FakeInput(keyboard))
    scanner.open()
    try:
        for code in codes:
            type_text(keyboard, code)
            assert read(scanner) == RawScan(code)
    finally:
        scanner.close()


def test_the_scanner_is_found_among_other_keyboards(make: Callable[..., HidScanner], keyboard: Keyboard) -> None:
    desk = Keyboard("/dev/input/event0", vendor=0x046D, product=0xC31C, phys="usb-1/input0")
    volume = Keyboard("/dev/input/event1", vendor=VENDOR, product=PRODUCT, phys="usb-0000:01:00.0-1.3/input1", keys=[113, 114, 115])
    scanner = make(desk, volume)
    desk.strike(2)
    type_text(keyboard, "81234")
    assert read(scanner) == RawScan("81234")
    assert desk.leaked != []
    assert desk.readers == volume.readers == []


@pytest.mark.parametrize("options", [{"serial": "S0001"}, {"phys": "usb-0000:01:00.0-1.3"}])
def test_one_of_two_scanners_of_a_model_is_told_by_serial_number_or_socket(
    make: Callable[..., HidScanner], keyboard: Keyboard, options: dict[str, str]
) -> None:
    other = Keyboard("/dev/input/event2", VENDOR, PRODUCT, serial="S0002", phys="usb-0000:01:00.0-1.4/input0")
    scanner = make(other, **options)
    type_text(keyboard, "81234")
    assert read(scanner) == RawScan("81234")


def test_two_scanners_of_a_model_are_not_guessed_between(keyboard: Keyboard, clock: FakeClock) -> None:
    other = Keyboard("/dev/input/event2", VENDOR, PRODUCT, serial="S0002", phys="usb-0000:01:00.0-1.4/input0")
    absent = why(HidScanner(HidScannerOptions(vendor=VENDOR, product=PRODUCT), clock, FakeInput(keyboard, other)))
    assert absent.code == "ambiguous"
    assert "S0001" in absent.detail
    assert "S0002" in absent.detail
    assert keyboard.readers == other.readers == []


def test_two_keyboards_of_one_scanner_are_no_two_scanners(make: Callable[..., HidScanner], keyboard: Keyboard) -> None:
    twin = Keyboard("/dev/input/event8", VENDOR, PRODUCT, phys="usb-0000:01:00.0-1.3/input1")
    scanner = make(twin)
    type_text(keyboard, "81234")
    assert read(scanner) == RawScan("81234")
    assert twin.readers == []


def test_a_path_is_opened_as_it_is(make: Callable[..., HidScanner], keyboard: Keyboard) -> None:
    scanner = make(path=keyboard.path)
    type_text(keyboard, "81234")
    assert read(scanner) == RawScan("81234")


def test_a_keyboard_that_may_not_be_opened_says_so(keyboard: Keyboard, clock: FakeClock) -> None:
    keyboard.forbidden = True
    devices = FakeInput(keyboard)
    assert why(HidScanner(HidScannerOptions(path=keyboard.path), clock, devices)).code == "no-permission"
    assert why(HidScanner(HidScannerOptions(vendor=VENDOR, product=PRODUCT), clock, devices)).code == "no-permission"


def test_a_keyboard_that_is_not_there_says_where_it_was_looked_for(clock: FakeClock) -> None:
    absent = why(HidScanner(HidScannerOptions(vendor=VENDOR, product=PRODUCT, serial="S9"), clock, FakeInput()))
    assert (absent.code, absent.detail.partition(":")[0]) == ("not-found", "0c2e")
    assert "0b61 S9" in absent.detail


def test_a_keyboard_pulled_while_it_is_opened_is_not_there(keyboard: Keyboard, clock: FakeClock) -> None:
    class Pulling(FakeInput):
        def InputDevice(self, dev: str, /) -> Any:  # noqa: N802 - evdev's own name
            device = super().InputDevice(dev)
            keyboard.pull()
            return device

    assert why(HidScanner(HidScannerOptions(path=keyboard.path), clock, Pulling(keyboard))).code == "not-found"


def test_options_are_checked_with_the_key_named(tmp_path: Path) -> None:
    def where(key: str, _value: object = None) -> str:
        return f"kiosk.toml: {key}"

    options = convert_table({"vendor": 0x0C2E, "product": 0x0B61, "layout": "de"}, DRIVER.options, where)
    assert isinstance(DRIVER.build(options, BuildContext("desk-scanner", FakeClock(), tmp_path)), HidScanner)
    for wrong, named in [
        ({"vendor": 1, "product": 2, "layot": "de"}, "did you mean 'layout'"),
        ({"vendor": 1, "product": 2, "layout": "dvorak"}, "layout"),
        ({}, "by path or by vendor"),
        ({"path": "/dev/input/event0", "vendor": 1, "product": 2}, "by path or by vendor"),
        ({"vendor": 1}, "belong together"),
    ]:
        with pytest.raises(ConfigError, match=named):
            convert_table(wrong, DRIVER.options, where)
