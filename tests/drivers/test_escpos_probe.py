"""`kiosk device probe`: what a printer answers, the slip to choose the encoding from, and what goes into kiosk.toml."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kiosk.config import ConfigError, convert_table
from kiosk.demo.escpos_machine import VirtualPrinter
from kiosk.demo.model import PrinterModel
from kiosk.devices.registry import Driver
from kiosk.drivers import escpos_network, escpos_serial, escpos_usb
from kiosk.drivers.escpos.probe import encoding_slip
from tests.drivers.escpos_bench import ANSWERS_GS_R, HEALTH_ONLY, NAMES_JOBS, SILENT, Bench, bench, print_slip

DRIVERS = (escpos_network.DRIVER, escpos_serial.DRIVER, escpos_usb.DRIVER)
NEEDED = {"escpos-network": {"host": "192.0.2.10"}, "escpos-serial": {"port": "/dev/ttyS0"}, "escpos-usb": {}}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def put(stack: ExitStack, folder: Path, model: PrinterModel) -> Bench:
    return stack.enter_context(bench("network", folder, model))


@pytest.mark.parametrize(
    ("model", "confirmation"), [(NAMES_JOBS, "process-id"), (ANSWERS_GS_R, "processed"), (HEALTH_ONLY, "health"), (SILENT, "ask")]
)
def test_the_confirmation_to_configure_is_the_strongest_that_it_answers(
    stack: ExitStack, tmp_path: Path, model: PrinterModel, confirmation: str
) -> None:
    made = put(stack, tmp_path, model)
    report = made.open(reply_timeout_s=0.3).probe()
    assert report.suggestions == {"confirmation": confirmation}
    assert report.slip_printed


def test_what_it_suggests_is_accepted_by_the_driver(stack: ExitStack, tmp_path: Path) -> None:
    made = put(stack, tmp_path, NAMES_JOBS)
    suggestions = made.open().probe(print_slip=False).suggestions
    assert made.open(**suggestions).evidence.value == suggestions["confirmation"]


def test_the_report_says_in_words_what_was_found(stack: ExitStack, tmp_path: Path) -> None:
    report = put(stack, tmp_path, HEALTH_ONLY).open(reply_timeout_s=0.3).probe(print_slip=False)
    assert report.capabilities == {
        "real-time status (DLE EOT)": "1, 2, 3, 4",
        "names completed jobs (GS ( H)": "no",
        "answers when commands are executed (GS r)": "no",
        "reports faults by itself (GS a)": "no",
        "strongest evidence that a job was printed": "health",
    }
    assert not report.slip_printed


def test_a_printer_that_only_reports_by_itself_is_told_to(stack: ExitStack, tmp_path: Path) -> None:
    made = put(stack, tmp_path, PrinterModel(answers_dle_eot=False, answers_gs_r=False, answers_asb=True))
    report = made.open(reply_timeout_s=0.3).probe(print_slip=False)
    assert report.suggestions == {"confirmation": "ask", "automatic_status": True}


def test_printing_goes_on_as_before_after_a_probe(stack: ExitStack, tmp_path: Path) -> None:
    made = put(stack, tmp_path, ANSWERS_GS_R)
    printer = made.open()
    printer.probe(print_slip=False)
    assert print_slip(printer) is None
    assert made.printed() == ["存包凭证 38号"]


@pytest.mark.parametrize(
    ("model", "right"),
    [
        (PrinterModel(), [1]),
        (PrinterModel(chinese_at_start=True), [1, 2]),
        (PrinterModel(encoding="big5"), [3]),
        (PrinterModel(encoding="utf-8", chinese_at_start=True), [6]),
    ],
)
def test_the_right_line_of_the_slip_reads_well(model: PrinterModel, right: list[int]) -> None:
    printer = VirtualPrinter(model)
    printer.feed(encoding_slip())
    lines = printer.paper.parts[0].lines
    titles = {number: next(at for at, line in enumerate(lines) if line.startswith(f"{number}. ")) for number in range(1, 7)}
    readable = [
        number for number, at in titles.items() if "中文正常" in "".join(lines[at : at + 4]).split(f"{number + 1}. ", maxsplit=1)[0]
    ]
    assert set(right) <= set(readable)


def test_a_line_in_the_wrong_encoding_does_not_eat_the_next() -> None:
    for encoding in ("gb18030", "big5", "utf-8"):
        printer = VirtualPrinter(PrinterModel(encoding=encoding, chinese_at_start=True))
        printer.feed(encoding_slip())
        text = printer.paper.parts[0].text
        assert all(f"{number}. encoding" in text for number in range(1, 7))


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_every_option_is_described_and_has_a_default_but_the_address(driver: Driver) -> None:
    options = convert_table(NEEDED[driver.name], driver.options, lambda key, _value=None: key)
    assert options.confirmation == "auto"  # type: ignore[attr-defined]


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"paper_width": 80}, "did you mean 'paper_width_mm'"),
        ({"paper_width_mm": 76}, "paper_width_mm"),
        ({"encoding": "gb2312"}, "encoding"),
    ],
)
def test_wrong_options_are_named(driver: Driver, wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        convert_table(NEEDED[driver.name] | wrong, driver.options, lambda key, _value=None: key)
