"""The demo's folder: an ordinary configuration, one demo at a time, nothing left running."""

from pathlib import Path

import pytest

from kiosk.config import load_configuration
from kiosk.demo import build_demo
from kiosk.devices.registry import check_devices
from kiosk.errors import ConfigError


def test_the_demo_is_configured_like_any_station(tmp_path: Path) -> None:
    demo = build_demo(tmp_path / "demo", language="en", port=0)
    try:
        loaded = load_configuration(demo.config_path, {})
        devices = check_devices(loaded.settings.devices, loaded.locate)
        assert [(device.driver.kind, device.driver.name) for device in devices] == [
            ("printer", "escpos-network"),
            ("scanner", "serial"),
            ("scanner", "camera"),
            ("input", "gpio"),
            ("audio", "wav-file"),
        ]
        assert loaded.settings.store.languages == ["en", "zh"]
        assert str(tmp_path) in loaded.settings.database.url
    finally:
        demo.close()


def test_links_for_phones_name_the_port_that_was_asked_for(tmp_path: Path) -> None:
    demo = build_demo(tmp_path, port=8097)
    try:
        assert load_configuration(demo.config_path, {}).settings.feedback.public_url == "http://127.0.0.1:8097"
    finally:
        demo.close()


def test_a_folder_name_with_quotes_and_spaces_is_no_trouble(tmp_path: Path) -> None:
    demo = build_demo(tmp_path / 'a "b" 演示', port=0)
    try:
        assert load_configuration(demo.config_path, {}).settings.station.state_dir.endswith('a "b" 演示/state')
    finally:
        demo.close()


def test_a_second_demo_in_the_same_folder_is_refused_and_disturbs_nothing(tmp_path: Path) -> None:
    first = build_demo(tmp_path)
    try:
        written, scanner = first.config_path.read_text(encoding="utf-8"), first.scanner.link.readlink()
        with pytest.raises(ConfigError, match="already"):
            build_demo(tmp_path)
        assert first.config_path.read_text(encoding="utf-8") == written
        assert first.scanner.link.readlink() == scanner
    finally:
        first.close()
    build_demo(tmp_path).close()


def test_everybody_s_login_is_told(tmp_path: Path) -> None:
    demo = build_demo(tmp_path)
    demo.close()
    assert {role for _, role, _ in demo.logins} == {"bag-check", "desk", "supervisor", "manager", "technician"}
    assert all(pin.isdigit() and len(pin) >= 6 for _, _, pin in demo.logins)


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    demo = build_demo(tmp_path)
    demo.close()
    demo.close()
    assert not demo.scanner.link.exists()
