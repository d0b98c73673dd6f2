"""kiosk.toml: typed, forgiving in nothing, helpful in everything."""

from pathlib import Path

import pytest

from kiosk.config import load_configuration
from kiosk.devices.registry import check_devices
from kiosk.errors import ConfigError

PRINTER = '[devices.ticket-printer]\nkind = "printer"\ndriver = "escpos-network"\nhost = "192.0.2.10"\n'


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.toml"


def load(path: Path, text: str, **environ: str) -> object:
    path.write_text(text, encoding="utf-8")
    return load_configuration(path, environ).settings


def mistakes(path: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, text, **environ)
    return str(caught.value).replace(str(path), "kiosk.toml")


def test_without_a_file_every_setting_has_a_default() -> None:
    settings = load_configuration(None, {}).settings
    assert settings.store.languages == ["zh", "en"]
    assert settings.web.port == 8080


def test_a_misspelt_key_is_answered_with_file_line_and_the_nearest_key(toml: Path) -> None:
    assert mistakes(toml, '[store]\ncode = "S2"\n\n[web]\nprot = 80\n') == ("kiosk.toml:5: [web]: unknown key 'prot'; did you mean 'port'?")


def test_a_misspelt_section_is_answered_likewise(toml: Path) -> None:
    assert "kiosk.toml:1: [stroe]: unknown section [stroe]; did you mean 'store'?" in mistakes(toml, '[stroe]\ncode = "S2"\n')


def test_every_mistake_is_named_at_once(toml: Path) -> None:
    text = mistakes(toml, '[web]\nport = "many"\nthreads = 1\n[bags]\nclosing_time = "25:00"\n')
    assert [line.split(": ")[0] for line in text.splitlines()] == ["kiosk.toml:2", "kiosk.toml:3", "kiosk.toml:5"]
    assert "port = 'many'" in text


def test_an_unknown_time_zone_is_a_mistake(toml: Path) -> None:
    assert "not a known IANA time zone" in mistakes(toml, '[store]\ntimezone = "Asia/Shangri-La"\n')


def test_a_broken_regular_expression_is_a_mistake(toml: Path) -> None:
    assert "not a regular expression" in mistakes(toml, '[scans]\nbadge_regex = "("\n')


def test_the_environment_overrides_the_file(toml: Path) -> None:
    settings = load(toml, "[web]\nport = 80\n", KIOSK_WEB__PORT="8081", KIOSK_DATABASE__URL="sqlite:////tmp/x.db", KIOSK_CONFIG="ignored")
    assert settings.web.port == 8081  # type: ignore[attr-defined]
    assert settings.database.url == "sqlite:////tmp/x.db"  # type: ignore[attr-defined]


def test_the_environment_reaches_a_device_with_a_hyphen(toml: Path) -> None:
    settings = load(toml, PRINTER, KIOSK_DEVICES__TICKET_PRINTER__HOST="192.0.2.99")
    assert settings.devices["ticket-printer"].options["host"] == "192.0.2.99"  # type: ignore[attr-defined]


def test_a_wrong_value_from_the_environment_is_named(toml: Path) -> None:
    assert "port = 'x'" in mistakes(toml, "", KIOSK_WEB__PORT="x")


@pytest.mark.parametrize(
    ("content", "says"), [(b"[web", "is not TOML"), (b"\xff\xfe", "is not UTF-8"), (None, "cannot be read: No such file")]
)
def test_a_file_that_cannot_be_used_says_why(toml: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        toml.write_bytes(content)
    with pytest.raises(ConfigError, match=says):
        load_configuration(toml, {})


def test_a_device_without_driver_is_a_mistake(toml: Path) -> None:
    assert "driver is missing" in mistakes(toml, '[devices.p]\nkind = "printer"\n')


def device_mistakes(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    configuration = load_configuration(path, {})
    with pytest.raises(ConfigError) as caught:
        check_devices(configuration.settings.devices, configuration.locate)
    return str(caught.value).replace(str(path), "kiosk.toml")


def test_a_driver_checks_its_own_options(toml: Path) -> None:
    assert device_mistakes(toml, PRINTER + "prot = 9100\n") == (
        "kiosk.toml:5: [devices.ticket-printer]: unknown key 'prot'; did you mean 'port'?"
    )


def test_an_unknown_driver_is_answered_with_the_nearest(toml: Path) -> None:
    text = device_mistakes(toml, PRINTER.replace("escpos-network", "escpos-netwrok"))
    assert text == "kiosk.toml:3: [devices.ticket-printer]: no driver 'escpos-netwrok'; did you mean 'escpos-network'?"


def test_a_driver_of_another_kind_is_a_mistake(toml: Path) -> None:
    assert "is for a printer, not for a scanner" in device_mistakes(toml, PRINTER.replace('"printer"', '"scanner"'))


def test_good_devices_come_out_typed(toml: Path) -> None:
    toml.write_text(PRINTER + "required = true\n", encoding="utf-8")
    configuration = load_configuration(toml, {})
    (device,) = check_devices(configuration.settings.devices, configuration.locate)
    assert (device.name, device.kind, device.driver.name, device.required) == ("ticket-printer", "printer", "escpos-network", True)


def test_a_mistake_in_the_environment_names_its_variable_not_the_file(toml: Path) -> None:
    assert "environment variable KIOSK_WEB__PORT: port = 'x'" in mistakes(toml, "[web]\nport = 1\n", KIOSK_WEB__PORT="x")
    assert "environment variable KIOSK_WEB__PROT: unknown key 'prot'" in mistakes(toml, "", KIOSK_WEB__PROT="1")


def test_a_list_in_the_environment_is_written_as_in_the_file(toml: Path) -> None:
    toml.write_text("", encoding="utf-8")
    loaded = load_configuration(toml, {"KIOSK_STATION__SCREENS": '["10.0.0.7", "::1"]', "KIOSK_STORE__LANGUAGES": '["en"]'})
    assert loaded.settings.station.screens == ["10.0.0.7", "::1"]
    assert loaded.settings.store.languages == ["en"]
    assert "KIOSK_STATION__SCREENS" in mistakes(toml, "", KIOSK_STATION__SCREENS='["10.0.0.7"')
    assert "KIOSK_STORE__LANGUAGES" in mistakes(toml, "", KIOSK_STORE__LANGUAGES='["fr"]')


def test_a_byte_order_mark_is_no_mistake(toml: Path) -> None:
    toml.write_bytes(b"\xef\xbb\xbf[web]\nport = 8123\n")
    assert load_configuration(toml, {}).settings.web.port == 8123


def test_a_mistake_never_repeats_what_may_be_a_password(toml: Path) -> None:
    said = mistakes(toml, '[database]\nurl = ["postgresql://kiosk:s3cret@host/kiosk"]\n')
    assert "[database]: url" in said
    assert "s3cret" not in said


def test_a_device_that_none_resembles_is_answered_without_an_empty_list(toml: Path) -> None:
    assert "no device 'printer'; there is none" in mistakes(toml, '[bags]\nprinter = "printer"\n')
    scanner = '[devices.desk-scanner]\nkind = "scanner"\ndriver = "serial"\n'
    assert "'desk-scanner' is a scanner, not a printer" in mistakes(toml, f'[bags]\nprinter = "desk-scanner"\n{scanner}')
