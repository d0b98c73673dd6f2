"""Importing python-escpos: late, without leftovers, and surviving a damaged cache. Each test is a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LOAD = "from pathlib import Path; from kiosk.drivers.escpos.library import load_library; load_library(Path({folder!r}))"


def python(code: str, tmp_path: Path) -> str:
    """Run *code* in a fresh interpreter whose temporary folder is ours; return its standard output."""
    temporary = tmp_path / "tmp"
    temporary.mkdir(exist_ok=True)
    environ = {**os.environ, "TMPDIR": str(temporary)}
    environ.pop("ESCPOS_CAPABILITIES_PICKLE_DIR", None)
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def load(cache: Path, then: str = "") -> str:
    return LOAD.format(folder=str(cache)) + "\n" + then


def test_no_temporary_folder_is_left_behind(tmp_path: Path, cache: Path) -> None:
    for _ in range(2):
        python(load(cache), tmp_path)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert [path.suffix for path in cache.iterdir()] == [".pickle"]


def test_nothing_is_printed_and_the_logging_of_the_station_stays_as_it_is(tmp_path: Path, cache: Path) -> None:
    out = python(load(cache, "import logging, tempfile; print(logging.getLogger().handlers, tempfile.tempdir)"), tmp_path)
    assert out == "[] None\n"


@pytest.mark.parametrize("damage", [b"", b"\x80\x02}q", b"no pickle", b"\x80\x04\x95\xff\xff"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, cache: Path, damage: bytes) -> None:
    python(load(cache), tmp_path)
    (pickle,) = cache.iterdir()
    pickle.write_bytes(damage)
    python(load(cache, "import escpos.printer"), tmp_path)
    assert pickle.stat().st_size > 10_000


def test_a_driver_costs_nothing_before_it_is_opened(tmp_path: Path, cache: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from kiosk.clock import SystemClock
from kiosk.devices.registry import BuildContext
from kiosk.drivers import escpos_network, escpos_serial, escpos_usb
context = BuildContext("p", SystemClock(), Path({str(cache)!r}))
escpos_network.build(escpos_network.NetworkOptions(host="127.0.0.1"), context)
escpos_serial.build(escpos_serial.SerialOptions(port="/dev/null"), context)
escpos_usb.build(escpos_usb.UsbOptions(), context)
print(sorted({{"escpos.escpos", "PIL", "serial", "usb", "qrcode", "barcode", "yaml"}} & sys.modules.keys()))
"""
    assert python(code, tmp_path) == "[]\n"
