"""The wheel has everything that a Pi needs at run time: built here, installed elsewhere, and asked."""

import re
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.fakes.station_process import StationProcess

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent

# What the build makes or brings, and git therefore does not list.
BROUGHT = (
    "kiosk/web/static/vendor/modern-normalize.css",
    "kiosk/web/static/vendor/icons/printer.svg",
    "kiosk/web/static/vendor/icons/LICENSE",
    "kiosk/web/static/vendor/kiosk/feedback.js",
    "kiosk/web/static/vendor/kiosk/sources.txt",
    "kiosk/web/translations/zh/LC_MESSAGES/messages.mo",
)


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run *command*; return what it printed."""
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(BIN / "hatchling", "build", "-t", "wheel", "-d", folder)
    (built,) = folder.glob("kiosk-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs' folder of a fresh environment with the wheel, and with the dependencies of this one beside it."""
    environment = tmp_path_factory.mktemp("machine") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    run(BIN / "uv", "pip", "install", "--quiet", "--offline", "--no-cache", "--no-deps", "--python", python, wheel)
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    # A path in a .pth file is searched for packages, but its own .pth files, such as the one of this checkout, are not read.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return environment / "bin"


def test_everything_that_belongs_to_the_product_is_in_the_wheel(wheel: Path) -> None:
    tracked = [name for name in run("git", "ls-files", "kiosk").splitlines() if (ROOT / name).exists()]
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
        entry_points = archive.read(next(name for name in packed if name.endswith("entry_points.txt"))).decode()
    assert not {*tracked, *BROUGHT} - packed
    for folder in ("web/templates", "web/static/js", "web/static/css", "demo/static", "demo/templates", "db/migrations/versions"):
        assert any(name.startswith(f"kiosk/{folder}/") for name in packed)
    assert "kiosk = kiosk.cli:main" in entry_points
    assert "escpos-network = kiosk.drivers.escpos_network:DRIVER" in entry_points


def test_nothing_else_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        others = [name for name in archive.namelist() if not re.match(r"kiosk/|kiosk-[0-9.]+\.dist-info/", name)]
        leftovers = [name for name in archive.namelist() if "__pycache__" in name or name.endswith((".pyc", ".db"))]
    assert (others, leftovers) == ([], [])


def test_a_station_from_the_wheel_is_ready_and_shows_its_pages(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import kiosk; print(kiosk.__file__)", cwd=tmp_path)
    assert where.startswith(str(installed.parent))
    assert run(installed / "kiosk", "--version", cwd=tmp_path).startswith("kiosk, version ")
    config = tmp_path / "kiosk.toml"
    config.write_text(
        f"""
[station]
state_dir = "{tmp_path}/state"
[database]
url = "sqlite:///{tmp_path}/kiosk.db"
[web]
port = 0
[devices.ticket-printer]
kind = "printer"
driver = "escpos-network"
host = "127.0.0.1"
port = 1
""",
        encoding="utf-8",
    )
    with StationProcess(config, "", program=(str(installed / "kiosk"),)) as station:
        station.ready()
        assert station.get("/readyz").body["status"] == "ready"
        address = f"http://127.0.0.1:{station.connect().port}"
        with urllib.request.urlopen(f"{address}/login", timeout=10) as answer:
            page = answer.read().decode()
        assert "请" in page or "谁" in page or "登录" in page
        linked = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
        assert linked
        for path in linked:
            with urllib.request.urlopen(address + path, timeout=10) as answer:
                assert answer.status == 200
        assert station.stop() == 0
        assert "Traceback" not in station.stderr


def test_the_demo_can_be_built_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    said = run(
        installed / "python",
        "-c",
        "import sys, pathlib, contextlib, kiosk.demo as demo\n"
        "with contextlib.closing(demo.build_demo(pathlib.Path(sys.argv[1]), port=0)) as built: print(built.config_path)",
        tmp_path / "demo",
        cwd=tmp_path,
    )
    assert Path(said.strip()).exists()
