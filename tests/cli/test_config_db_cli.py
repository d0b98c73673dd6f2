"""`kiosk config` and `kiosk db`."""

import json
import tomllib
from pathlib import Path

import pytest

from kiosk.config import SECTIONS, load_configuration
from kiosk.db.schema import HEAD
from tests.cli.conftest import Kiosk, assert_one_line

SECRET = "s3cret-word"
PRINTER = """
[devices.ticket-printer]
kind = "printer"
driver = "escpos-network"
host = "192.0.2.10"
encoding = "gb18030"
"""


def append(folder: Path, text: str) -> None:
    with (folder / "kiosk.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def test_a_good_file_is_ok_and_nothing_more(fresh: Kiosk, folder: Path) -> None:
    answer = fresh("config", "check")
    assert (answer.status, answer.out, answer.err) == (0, "ok: 0 devices\n", "")
    append(folder, PRINTER)
    assert fresh("config", "check").out == "ok: 1 device\n"


def test_every_mistake_is_a_line_with_file_line_and_remedy(fresh: Kiosk, folder: Path) -> None:
    append(folder, PRINTER.replace("encoding", "encodnig") + "[web]\nprot = 1\n")
    answer = fresh("config", "check")
    assert (answer.status, answer.out) == (2, "")
    assert "kiosk.toml:13: [web]: unknown key 'prot'; did you mean 'port'?" in answer.err
    (folder / "kiosk.toml").write_text(PRINTER.replace("encoding", "encodnig"), encoding="utf-8")
    assert_one_line(fresh("config", "check"), 2, "kiosk.toml:6: [devices.ticket-printer]: unknown key 'encodnig'; did you mean 'encoding'?")


def test_a_check_notices_an_address_that_is_no_database(fresh: Kiosk) -> None:
    assert_one_line(fresh("config", "check", environ={"KIOSK_DATABASE__URL": "kiosk.db"}), 2, "database.url", "sqlite:////PATH")


def test_what_is_shown_is_toml_that_means_the_same(fresh: Kiosk, folder: Path) -> None:
    append(folder, PRINTER)
    shown = fresh("config", "show", environ={"KIOSK_WEB__PORT": "8123", "KIOSK_BAGS__EXTRA_RULES": '["Keep \\"dry\\"", "伞"]'})
    assert shown.status == 0
    copy = folder / "shown.toml"
    copy.write_text(shown.out, encoding="utf-8")
    settings = load_configuration(copy, {}).settings
    assert settings.web.port == 8123
    assert settings.bags.extra_rules == ['Keep "dry"', "伞"]
    assert settings.devices["ticket-printer"].options["encoding"] == "gb18030"
    assert tomllib.loads(shown.out).keys() == {*SECTIONS, "devices"}


def test_what_is_shown_is_json_on_request(fresh: Kiosk) -> None:
    shown = json.loads(fresh("config", "show", "--json").out)
    assert shown["station"]["name"] == "desk-1"
    assert shown["store"]["languages"] == ["zh", "en"]


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_how_the_point_of_sale_is_reached_is_never_shown(fresh: Kiosk, folder: Path, form: tuple[str, ...]) -> None:
    append(
        folder,
        f"""
[returns.refunds]
kind = "webhook"
url = "https://till.example/{SECRET}"
secret = "{SECRET}"
[[receipts.sources]]
name = "pos"
kind = "http"
url = "https://till.example/{SECRET}/{{number}}"
secret = "{SECRET}"
""",
    )
    answer = fresh("config", "show", *form)
    assert answer.status == 0
    assert SECRET not in answer.out + answer.err
    assert "webhook" in answer.out


def test_a_way_to_the_point_of_sale_that_tells_nothing_is_found_by_the_check(fresh: Kiosk, folder: Path) -> None:
    append(folder, '[returns.refunds]\nkind = "file"\n')
    answer = fresh("config", "check")
    assert answer.status == 2
    assert "returns.refunds.folder" in answer.err


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_password_is_never_shown(fresh: Kiosk, form: tuple[str, ...]) -> None:
    answer = fresh("config", "show", *form, environ={"KIOSK_DATABASE__URL": f"postgresql+psycopg://kiosk:{SECRET}@db.example/kiosk"})
    assert answer.status == 0
    assert SECRET not in answer.out + answer.err
    assert "postgresql+psycopg://kiosk:********@db.example/kiosk" in answer.out


def test_the_schema_describes_every_section_and_every_driver(fresh: Kiosk, typed: Kiosk) -> None:
    answer = typed("config", "schema")
    assert answer.status == 0
    document = json.loads(answer.out)
    definitions = document["$defs"]
    for driver in ("escpos-network", "escpos-serial", "escpos-usb", "serial"):
        assert definitions[f"driver:{driver}"]["title"]
    assert set(SECTIONS) <= set(definitions["Settings"]["properties"])
    assert "TCP port" in json.dumps(definitions["Web"])


def test_a_database_is_made_by_the_upgrade_and_a_second_one_does_nothing(fresh: Kiosk, folder: Path) -> None:
    assert fresh("db", "upgrade").out == f"upgraded to {HEAD}\n"
    assert fresh("db", "upgrade").out == f"already at {HEAD}\n"
    answer = fresh("db", "status")
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.splitlines() == [f"database: sqlite:///{folder}/kiosk.db", f"revision: {HEAD}", f"needed:   {HEAD}"]
    assert json.loads(fresh("db", "status", "--json").out) == {
        "database": f"sqlite:///{folder}/kiosk.db",
        "revision": HEAD,
        "needed": HEAD,
        "ok": True,
    }


def test_an_old_or_empty_database_is_a_failure_with_its_remedy(fresh: Kiosk, folder: Path) -> None:
    (folder / "kiosk.db").touch()
    answer = fresh("db", "status")
    assert answer.status == 1
    assert "revision: none" in answer.out
    assert "kiosk db upgrade" in answer.err
    found = fresh("db", "status", "--json")
    assert found.status == 1
    assert json.loads(found.out)["ok"] is False
