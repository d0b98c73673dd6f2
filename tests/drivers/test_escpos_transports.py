"""What only one transport can do wrong."""

import socket
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from usb.core import NoBackendError

from kiosk.clock import SystemClock
from kiosk.demo.escpos_machine import VirtualPrinter
from kiosk.devices.errors import DeviceAbsent, DeviceLost, NoAnswer, SendFailed
from kiosk.devices.registry import BuildContext
from kiosk.drivers import escpos_network, escpos_serial, escpos_usb
from kiosk.drivers.escpos.printer import EscposPrinter
from tests.drivers.escpos_bench import ANSWERS_GS_R, HEALTH_ONLY, Bench, bench, cache_dir, print_slip, slip
from tests.fakes.usb import UsbPrinter

CONTEXT = BuildContext("ticket-printer", SystemClock(), cache_dir())


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Bench]:
    with bench("network", tmp_path, HEALTH_ONLY) as made:
        yield made


@pytest.fixture
def serial(tmp_path: Path) -> Iterator[Bench]:
    with bench("serial", tmp_path, ANSWERS_GS_R) as made:
        yield made


@pytest.fixture
def usb(tmp_path: Path) -> Iterator[Bench]:
    with bench("usb", tmp_path, ANSWERS_GS_R) as made:
        yield made


def socket_of(printer: EscposPrinter) -> socket.socket:
    assert printer._talk is not None
    connection = printer._talk.transport._device  # type: ignore[attr-defined]
    assert isinstance(connection, socket.socket)
    return connection


# -- network


def test_connecting_to_a_printer_that_does_not_answer_ends_in_time() -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):  # a full queue: the next SYN is not answered
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        port = full.getsockname()[1]
        printer = escpos_network.build(escpos_network.NetworkOptions(host="127.0.0.1", port=port, connect_timeout_s=0.3), CONTEXT)
        started = time.monotonic()
        with pytest.raises(DeviceAbsent) as failed:
            printer.open()
        assert time.monotonic() - started < 2.0
        assert failed.value.code == "connect-timeout"


def test_a_refused_connection_says_so(network: Bench) -> None:
    network.wire.refuse()
    with pytest.raises(DeviceAbsent) as failed:
        network.open()
    assert failed.value.code == "refused"


def test_a_printer_that_accepts_and_says_nothing_does_not_hold_up_the_opening(network: Bench) -> None:
    network.printer.fall_silent()
    started = time.monotonic()
    network.open(reply_timeout_s=0.2)
    assert time.monotonic() - started < 2.0


def test_the_connection_delays_no_small_write_and_is_watched_by_the_system(network: Bench) -> None:
    printer = network.open(confirmation="health")
    assert socket_of(printer).getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert socket_of(printer).getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_a_reset_connection_is_noticed_before_a_job_is_trusted_to_it(network: Bench) -> None:
    printer = network.open(confirmation="health")
    rendered = printer.render(slip(), job=1)
    network.wire.drop(abort=True)
    with pytest.raises(SendFailed) as failed:
        printer.send(rendered)
    assert failed.value.bytes_sent == 0
    assert failed.value.code == "peer-closed"


def test_a_connection_that_breaks_off_in_the_middle_is_not_called_unsent(network: Bench) -> None:
    printer = network.open(confirmation="health")
    rendered = printer.render(slip(), job=1)
    network.wire.cut_off_after(10)
    with pytest.raises(SendFailed) as failed:
        printer.send(rendered)
    assert failed.value.bytes_sent > 0


def test_a_job_that_only_this_machine_holds_is_not_called_sent(network: Bench) -> None:
    """The cable is out: the bytes sit in the kernel. Small as the job is, the peer never acknowledges what it has no room for."""
    printer = network.open(confirmation="health", write_timeout_s=0.3)
    network.wire.hang()
    connection = socket_of(printer)
    connection.settimeout(0.3)
    with pytest.raises(TimeoutError):  # fill every buffer on the way
        connection.sendall(b" " * 1_000_000)
    connection.setblocking(False)
    with pytest.raises(SendFailed) as failed:
        printer.send(printer.render(slip(), job=1))
    assert failed.value.code == "write-stalled"


def test_an_unknown_host_name_says_so() -> None:
    printer = escpos_network.build(escpos_network.NetworkOptions(host="no-such-printer.invalid"), CONTEXT)
    with pytest.raises(DeviceAbsent) as failed:
        printer.open()
    assert failed.value.code in {"unknown-host", "unreachable"}


# -- serial


def test_a_serial_port_has_one_owner(serial: Bench) -> None:
    serial.open()
    with pytest.raises(DeviceAbsent) as failed:
        serial.open()
    assert failed.value.code == "taken"


def test_a_missing_serial_port_says_so(tmp_path: Path) -> None:
    printer = escpos_serial.build(escpos_serial.SerialOptions(port=str(tmp_path / "none")), CONTEXT)
    with pytest.raises(DeviceAbsent) as failed:
        printer.open()
    assert failed.value.code == "not-found"


def test_a_file_that_is_no_serial_port_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    printer = escpos_serial.build(escpos_serial.SerialOptions(port=str(tmp_path / "file")), CONTEXT)
    with pytest.raises(DeviceAbsent) as failed:
        printer.open()
    assert failed.value.code == "cannot-open"


def test_a_serial_job_takes_at_least_its_time_on_the_wire(serial: Bench) -> None:
    context = BuildContext("slow", SystemClock(), cache_dir())
    printer = escpos_serial.build(escpos_serial.SerialOptions(port=str(serial.wire.link), baudrate=1200), context)
    printer.open()
    try:
        rendered = printer.render(slip("满" * 500), job=1)
    finally:
        printer.close()
    assert rendered.seconds >= len(rendered.data) * 10 / 1200


@pytest.mark.parametrize("flow_control", ["rts-cts", "xon-xoff"])
def test_flow_control_is_set_at_the_port(serial: Bench, flow_control: str) -> None:
    printer = serial.open(flow_control=flow_control)
    assert printer._talk is not None
    port = printer._talk.transport._device  # type: ignore[attr-defined]
    assert (port.rtscts, port.xonxoff) == (flow_control == "rts-cts", flow_control == "xon-xoff")


def test_a_break_or_a_broken_byte_on_the_line_is_dropped_by_the_port(serial: Bench) -> None:
    """Read as a zero, either would be GS r's answer "all well": it comes when a printer is switched off and on."""
    printer = serial.open()
    assert printer._talk is not None
    port = printer._talk.transport._device  # type: ignore[attr-defined]
    flags = termios.tcgetattr(port.fileno())[0]
    assert flags & termios.IGNBRK
    assert flags & termios.IGNPAR


def test_flow_control_bytes_of_a_printer_are_no_answer(serial: Bench) -> None:
    printer = serial.open()
    serial.wire._send_back(b"\x13\x11")
    assert printer.status().printable


# -- USB


def test_short_usb_writes_are_completed(usb: Bench) -> None:
    printer = usb.open()
    usb.wire.most_at_once = 7
    assert print_slip(printer, "存包凭证" * 20) is None
    assert usb.printed()[0].replace("\n", "") == "存包凭证" * 20


def test_a_usb_job_is_one_transfer_where_the_printer_takes_it(usb: Bench) -> None:
    printer = usb.open()
    rendered = printer.render(slip("存包凭证" * 200), job=1)
    before = usb.wire.writes
    printer.send(rendered)
    assert usb.wire.writes == before + 1


def test_a_usb_printer_that_pauses_gets_the_rest_afterwards(usb: Bench) -> None:
    printer = usb.open()
    usb.wire.stop_reading_after(50)
    goes_on = threading.Timer(0.3, usb.wire.stop_reading_after, (None,))
    goes_on.start()
    try:
        assert print_slip(printer, "存包凭证" * 20) is None
    finally:
        goes_on.join()
    assert usb.printed()[0].replace("\n", "") == "存包凭证" * 20


def test_usblp_is_detached_once_and_the_printer_never_reset(usb: Bench) -> None:
    usb.wire.usblp = True
    for _ in range(2):
        printer = usb.open()
        printer.close()
    assert usb.wire.calls.count("detach") == 1
    assert "reset" not in usb.wire.calls
    assert "set_configuration" not in usb.wire.calls


def test_a_usb_printer_that_answers_with_nothing_is_neither_asked_all_the_time_nor_called_silent_too_soon(usb: Bench) -> None:
    printer = usb.open(reply_timeout_s=0.4)
    usb.wire.answers_empty = True
    usb.printer.fall_silent()
    usb.wire.reads = 0
    started = time.monotonic()
    with pytest.raises(NoAnswer):
        printer.status()
    assert time.monotonic() - started >= 0.4
    assert usb.wire.reads < 50


def test_a_usb_printer_has_one_owner(usb: Bench) -> None:
    usb.open()
    with pytest.raises(DeviceAbsent) as failed:
        usb.open()
    assert failed.value.code == "taken"


def test_everything_of_a_closed_usb_printer_is_given_back(usb: Bench) -> None:
    printer = usb.open()
    printer.close()
    assert usb.wire.calls[-2:] == ["release", "close"]


def test_the_printer_is_found_by_its_class_among_other_devices(usb: Bench) -> None:
    usb.bus.printers.insert(0, UsbPrinter(VirtualPrinter(HEALTH_ONLY), vendor=0x1111, interface_class=3))
    assert print_slip(usb.open()) is None
    assert usb.printed() == ["存包凭证 38号"]


def test_two_printers_of_one_model_are_told_apart_by_serial_number(usb: Bench) -> None:
    usb.bus.printers.insert(0, UsbPrinter(VirtualPrinter(HEALTH_ONLY), serial="OTHER"))
    assert print_slip(usb.open(vendor_id=0x04B8, serial_number="K1")) is None
    assert usb.printed() == ["存包凭证 38号"]


def test_a_usb_printer_that_is_not_there_says_so(usb: Bench) -> None:
    with pytest.raises(DeviceAbsent) as failed:
        usb.open(vendor_id=0x1234)
    assert failed.value.code == "not-found"


def test_the_setting_with_a_way_back_is_chosen(usb: Bench) -> None:
    usb.wire.one_way_setting_first = True
    assert print_slip(usb.open()) is None
    assert "set_interface_altsetting 1" in usb.wire.calls


def test_a_usb_printer_pulled_in_the_middle_of_a_job_is_not_called_unsent(usb: Bench) -> None:
    printer = usb.open()
    usb.wire.stop_reading_after(20)
    pulled = threading.Timer(0.2, usb.wire.unplug)
    pulled.start()
    try:
        with pytest.raises(SendFailed) as failed:
            printer.send(printer.render(slip(), job=1))
    finally:
        pulled.join()
    assert failed.value.code == "unplugged"
    assert failed.value.bytes_sent == 20


def test_a_usb_transfer_that_breaks_off_is_not_called_unsent_though_nobody_says_how_much_went(usb: Bench) -> None:
    """libusb reports an unplugged cable without the count of what the printer had taken of that transfer."""
    printer = usb.open()
    rendered = printer.render(slip(), job=1)
    usb.wire.unplug_after(20)
    with pytest.raises(SendFailed) as failed:
        printer.send(rendered)
    assert (failed.value.code, failed.value.bytes_sent > 0) == ("unplugged", True)


def test_a_usb_printer_replugged_is_found_again(usb: Bench) -> None:
    printer = usb.open()
    usb.lose()
    with pytest.raises(DeviceLost):
        printer.status()
    printer.close()
    with pytest.raises(DeviceAbsent):
        printer.open()
    usb.regain()
    usb.bus.claimed.clear()  # the kernel forgets claims with the device
    printer.open()
    assert print_slip(printer) is None


class NoUsb:
    """Fails as pyusb does without any libusb."""

    def enumerate_devices(self) -> list[object]:
        raise NoBackendError("No backend available")


def test_without_libusb_the_message_names_the_package() -> None:
    printer = escpos_usb.build(escpos_usb.UsbOptions(), CONTEXT, NoUsb())
    with pytest.raises(DeviceAbsent) as failed:
        printer.open()
    assert "libusb-1.0-0" in str(failed.value)
