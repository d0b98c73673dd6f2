"""The first start of a real station, as a technician sees it in the terminal."""

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.fakes.station_process import StationProcess


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A configuration without database and state folder."""
    path = tmp_path / "kiosk.toml"
    path.write_text(
        f'[station]\nstate_dir = "{tmp_path}/state"\n[database]\nurl = "sqlite:///{tmp_path}/kiosk.db"\n[web]\nport = 0\n', encoding="utf-8"
    )
    return path


def test_the_first_technicians_pin_is_printed_once_and_only_on_standard_output(empty: Path) -> None:
    with StationProcess(empty, "") as station:
        first, second = station.ready().stdout.splitlines()
        found = re.fullmatch(r"first start: log in as technician with the one-time PIN (\d{6}), then choose your own", first)
        assert found
        assert re.fullmatch(r"kiosk is at http://127\.0\.0\.1:\d+/", second)
        assert found[1] not in station.stderr
        assert station.get("/readyz").body["status"] == "ready"
        assert station.stop() == 0
    with StationProcess(empty, "") as again:
        (only,) = again.ready().stdout.splitlines()
        assert only.startswith("kiosk is at ")
        assert again.stop() == 0
    assert (empty.parent / "state").stat().st_mode & 0o077 == 0
    assert "Traceback" not in again.stderr


def test_the_demo_prints_its_address_and_its_logins_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kiosk", "run", "--demo", "--demo-folder", str(tmp_path / "demo"), "--port", "0"]
    errors = tmp_path / "stderr"
    with errors.open("wb") as stderr, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as demo:
        try:
            assert demo.stdout is not None
            lines: list[str] = []
            for line in demo.stdout:
                lines.append(line.rstrip())
                if line.startswith("Ctrl+C"):
                    break
            said = "\n".join(lines)
            found = re.search(r"^demo desk: +(http://127\.0\.0\.1:\d+/)$", said, re.MULTILINE)
            assert found, said + errors.read_text(encoding="utf-8")
            assert f"{found[1]}bench" in said
            assert str(tmp_path / "demo") in said
            assert len(re.findall(r"^  \S.* PIN \d{4,}$", said, re.MULTILINE)) >= 3
            with urllib.request.urlopen(f"{found[1]}readyz", timeout=10) as answer:
                assert answer.status == 200
            demo.send_signal(signal.SIGINT)
            assert demo.wait(15) == 0
        finally:
            demo.kill()
    assert "Traceback" not in errors.read_text(encoding="utf-8")
