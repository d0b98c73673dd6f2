"""What every transport has to keep: the same suite against a TCP socket, a pty and a USB backend."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from kiosk.demo.model import PrinterModel
from kiosk.devices.document import Barcode, Cut, Document, Feed, Qr, Text
from kiosk.devices.errors import DeviceAbsent, DeviceError, DeviceLost, NoAnswer, SendFailed
from kiosk.devices.printer import Evidence, PrinterFault
from tests.drivers.escpos_bench import ANSWERS_GS_R, HASTY, HEALTH_ONLY, NAMES_JOBS, SILENT, TRANSPORTS, Bench, bench, print_slip, slip

Open = Callable[[PrinterModel], Bench]

# More than any buffer on the way: the sockets' and the pty's.
LARGE = Document((*(Text("满" * 24) for _ in range(1000)), Cut()))


@pytest.fixture(params=TRANSPORTS)
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Puts a printer of a model behind the transport under test."""
    benches: list[AbstractContextManager[Bench]] = []

    def put(model: PrinterModel) -> Bench:
        benches.append(bench(request.param, tmp_path, model))
        return benches[-1].__enter__()

    yield put
    for made in benches:
        made.__exit__(None, None, None)


def test_a_job_is_printed_and_confirmed(at: Open) -> None:
    made = at(NAMES_JOBS)
    printer = made.open()
    assert print_slip(printer) is None
    assert made.printed() == ["存包凭证 38号"]
    assert not made.printer.unknown


def test_jobs_come_out_in_order_and_whole(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    for job in range(1, 6):
        assert print_slip(printer, f"第{job}张", job=job) is None
    assert made.printed(5) == [f"第{job}张" for job in range(1, 6)]


def test_a_large_job_arrives_whole(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    printer.send(printer.render(LARGE, job=1))
    assert printer.confirm(1, timeout_s=20, keep_waiting=lambda: True) is None
    assert made.printed()[0].count("满") == 24_000


def test_codes_are_printed_by_the_printer_itself(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    printer.send(printer.render(Document((Barcode("81234567890123"), Qr("存包 38"), Cut())), job=1))
    assert printer.confirm(1, timeout_s=5, keep_waiting=lambda: True) is None
    assert made.printer.paper.codes == [("code128", "81234567890123"), ("qr", "存包 38")]


def test_rendering_does_not_touch_the_printer(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    before = made.printer.received
    assert printer.render(slip(), job=1).data
    assert made.printer.received == before


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("pull_paper", PrinterFault.PAPER_OUT),
        ("open_cover", PrinterFault.COVER_OPEN),
        ("jam_cutter", PrinterFault.CUTTER),
        ("overheat", PrinterFault.OVERHEATED),
        ("fail", PrinterFault.UNRECOVERABLE),
        ("press_feed", PrinterFault.FEEDING),
        ("take_offline", PrinterFault.OFFLINE),
    ],
)
def test_each_fault_is_reported(at: Open, fault: str, expected: PrinterFault) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    assert printer.status().printable
    getattr(made.printer, fault)()
    assert printer.status().faults == {expected}


def test_paper_near_its_end_is_a_warning_and_no_fault(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    made.printer.near_end()
    status = printer.status()
    assert status.paper_near_end
    assert status.printable


def test_a_printer_that_falls_silent_is_noticed_within_the_reply_time_and_never_called_well(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open(reply_timeout_s=0.5)
    made.printer.fall_silent()
    started = time.monotonic()
    with pytest.raises(NoAnswer):
        printer.status()
    assert time.monotonic() - started < 2.0


def test_a_printer_that_never_answers_is_not_called_well(at: Open) -> None:
    made = at(SILENT)
    printer = made.open(reply_timeout_s=HASTY)
    assert printer.evidence is Evidence.NONE
    assert not printer.status().known


def test_a_status_costs_milliseconds(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    started = time.monotonic()
    for _ in range(5):
        printer.status()
    assert time.monotonic() - started < 2.0  # the library's own takes 1 s each on a serial port


def test_automatic_status_that_nobody_read_is_not_the_answer_to_a_question(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open(automatic_status=True)
    assert print_slip(printer) is None
    made.printer.open_cover()
    made.printer.close_cover()
    made.printer.near_end()
    status = printer.status()
    assert (status.faults, status.paper_near_end) == (frozenset(), True)


def test_a_peer_that_has_gone_is_noticed_before_a_job_is_trusted_to_it(at: Open) -> None:
    made = at(HEALTH_ONLY)
    printer = made.open(confirmation="health")
    rendered = printer.render(slip(), job=1)
    made.lose()
    with pytest.raises(SendFailed) as failed:
        printer.send(rendered)
    assert failed.value.bytes_sent == 0


def test_a_printer_that_has_gone_is_lost_and_can_be_opened_again(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    made.lose()
    with pytest.raises(DeviceLost):
        printer.status()
    printer.close()
    made.regain()
    printer.open()
    assert print_slip(printer) is None
    assert made.printed() == ["存包凭证 38号"]


def test_going_while_evidence_is_awaited_ends_the_wait(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    made.printer.delay_answers(60)
    printer.send(printer.render(slip(), job=1))
    made.lose()
    with pytest.raises(DeviceLost):
        printer.confirm(1, timeout_s=20, keep_waiting=lambda: True)


def test_a_printer_that_stops_reading_stalls_the_write_for_a_bounded_time(at: Open) -> None:
    made = at(HEALTH_ONLY)
    printer = made.open(confirmation="health", write_timeout_s=0.3)
    made.wire.stop_reading_after(1000)
    rendered = printer.render(LARGE, job=1)
    started = time.monotonic()
    with pytest.raises(SendFailed) as failed:
        printer.send(rendered)
    assert time.monotonic() - started < 3.0
    assert failed.value.code == "write-stalled"
    assert 1000 <= failed.value.bytes_sent < len(rendered.data)


def test_closing_does_not_wait_for_a_printer_that_has_stopped_reading(at: Open) -> None:
    made = at(HEALTH_ONLY)
    printer = made.open(confirmation="health", write_timeout_s=0.3)
    made.wire.stop_reading_after(1000)
    with pytest.raises(SendFailed):
        printer.send(printer.render(LARGE, job=1))
    started = time.monotonic()
    printer.close()
    assert time.monotonic() - started < 1.0


def test_a_printer_that_is_not_there_is_absent_and_can_be_opened_later_with_the_same_object(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    made.wire.power_off()
    printer = made.build()
    for _ in range(2):
        with pytest.raises(DeviceAbsent):
            printer.open()
    made.wire.power_on()
    printer.open()
    assert print_slip(printer) is None


def test_a_second_thread_is_turned_away(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    refused: list[BaseException] = []

    def intrude() -> None:
        try:
            printer.status()
        except RuntimeError as error:
            refused.append(error)

    thread = threading.Thread(target=intrude)
    thread.start()
    thread.join(5)
    assert len(refused) == 1
    assert printer.status().printable


def test_what_is_not_open_says_so(at: Open) -> None:
    printer = at(ANSWERS_GS_R).build()
    with pytest.raises(DeviceError) as failed:
        printer.status()
    assert failed.value.code == "not-open"
    printer.close()


def test_nothing_is_printed_on_standard_output(at: Open, capfd: pytest.CaptureFixture[str]) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    printer.send(printer.render(Document((Text("罕\U00020bb7"), Barcode("81234567890123"), Qr("x"), Feed(), Cut())), job=1))
    assert printer.confirm(1, timeout_s=5, keep_waiting=lambda: True) is None
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "big5", "utf-8"])
def test_chinese_is_read_in_every_encoding(at: Open, encoding: str) -> None:
    made = at(PrinterModel(encoding=encoding))
    printer = made.open(encoding=encoding)
    assert print_slip(printer, "中文正常 38") is None
    assert made.printed() == ["中文正常 38"]
