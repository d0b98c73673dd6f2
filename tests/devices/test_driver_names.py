"""Drivers are found by kind and name; third parties may still use a plain name."""

import pytest

from kiosk.config import DeviceSettings
from kiosk.devices.registry import check_devices, driver_names, find_driver
from kiosk.errors import ConfigError


def mistakes(**device: object) -> str:
    settings = DeviceSettings(**{"options": {}, **device})
    with pytest.raises(ConfigError) as caught:
        check_devices({"it": settings}, lambda *_names: lambda key, _value=None: f"kiosk.toml: {key}")
    return str(caught.value)


@pytest.mark.parametrize(("kind", "name"), [("input", "gpio"), ("audio", "wav-file"), ("audio", "sounddevice"), ("speech", "espeak-ng")])
def test_a_driver_is_found_by_its_kind_and_name(kind: str, name: str) -> None:
    driver = find_driver(name, kind)
    assert (driver.kind, driver.name) == (kind, name)


def test_a_plain_name_is_found_with_and_without_a_kind() -> None:
    assert find_driver("serial") is find_driver("serial", "scanner")


def test_every_driver_is_found_by_the_name_of_its_entry_point() -> None:
    for name in driver_names():
        assert find_driver(name).name == name.rpartition(".")[2]


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        ("relay", "gpio", "driver 'gpio' is for an input, not for a relay"),
        ("audio", "serial", "driver 'serial' is for a scanner, not for an audio"),
        ("audio", "sound-device", "no driver 'sound-device'; did you mean 'sounddevice'?"),
        ("input", "espeak-ng", "driver 'espeak-ng' is for a speech, not for an input"),
    ],
)
def test_a_wrong_driver_is_said_plainly(kind: str, name: str, says: str) -> None:
    assert says in mistakes(kind=kind, driver=name)


def test_names_of_other_kinds_are_not_offered() -> None:
    assert "espeak" not in mistakes(kind="input", driver="xyz")
