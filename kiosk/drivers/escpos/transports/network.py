"""A printer at a TCP port, mostly 9100."""

import array
import errno
import fcntl
import socket
import termios

from escpos.printer import Network

from kiosk.clock import Clock
from kiosk.devices.errors import DeviceAbsent, DeviceLost, SendFailed
from kiosk.drivers.escpos.transport import WriteLimits, drain_bounded, wait_readable, write_bounded

# Seconds of silence after which the system asks whether the peer is still there, between two such questions, and how many.
_KEEPALIVE = ((socket.TCP_KEEPIDLE, 10), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
# Bytes that this machine keeps for the printer; by default it takes megabytes, and a stalled printer goes unnoticed.
_SEND_BUFFER = 16384
_CHUNK = 4096
_GONE = frozenset({errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.ESHUTDOWN, errno.ECONNABORTED})


class NetworkTransport(Network):  # type: ignore[misc]  # python-escpos has no type information
    """python-escpos's `Network` with bounds: its own waits 60 s, loses the first job to a closed peer and never reconnects."""

    def __init__(self, host: str, port: int, connect_timeout_s: float, clock: Clock) -> None:
        super().__init__(host, port=port, timeout=connect_timeout_s)
        self._where = f"{host}:{port}"
        self._clock = clock

    def connect(self) -> None:
        self.open()

    def open(self, raise_not_found: bool = True) -> None:
        """Connect; unlike the original it closes the socket of a failed try, takes IPv6, and says what went wrong."""
        self.close()
        try:
            connection = socket.create_connection((self.host, self.port), timeout=self.timeout)
        except TimeoutError as error:
            raise DeviceAbsent(
                "connect-timeout", f"{self._where} did not answer within {self.timeout:g} s; is it switched on and in this network?"
            ) from error
        except ConnectionRefusedError as error:
            raise DeviceAbsent(
                "refused", f"{self._where} refused the connection; is the port right, does another program hold it?"
            ) from error
        except socket.gaierror as error:
            raise DeviceAbsent("unknown-host", f"{self.host} is not known: {error.strerror}; give the printer's address") from error
        except OSError as error:
            raise DeviceAbsent("unreachable", f"{self._where} cannot be reached: {error.strerror or error}") from error
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
        connection.setblocking(False)
        self.device = connection

    def write(self, data: bytes, limits: WriteLimits) -> None:
        connection = self._connection()
        write_bounded(connection.fileno(), connection.send, data, limits, self._clock, _code)

    def drain(self, limits: WriteLimits) -> bool:
        """Wait for the peer's acknowledgement of every byte: what only this machine holds is not with the printer."""
        connection = self._connection()
        unacknowledged = array.array("i", [0])

        def waiting() -> int:
            fcntl.ioctl(connection, termios.TIOCOUTQ, unacknowledged)
            return unacknowledged[0]

        try:
            return drain_bounded(connection.fileno(), waiting, limits, self._clock)
        except OSError as error:
            raise DeviceLost(_code(error), f"{self._where} broke off: {error}") from error

    def read(self, timeout_s: float) -> bytes:
        connection = self._connection()
        if not wait_readable(connection.fileno(), timeout_s):
            return b""
        try:
            data = connection.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            raise DeviceLost(_code(error), f"{self._where}: reading failed: {error}") from error
        if not data:
            raise DeviceLost("peer-closed", f"{self._where} closed the connection")
        return data

    def wire_seconds(self, count: int) -> float:
        return 0.0 * count  # 100 Mbit/s is never what a print waits for

    def _connection(self) -> socket.socket:
        device = self._device  # not `device`, which would silently connect again
        if not device:
            raise SendFailed("not-open", f"{self._where} is not open", bytes_sent=0)
        connection: socket.socket = device
        return connection


def _code(error: OSError) -> str:
    return "peer-closed" if error.errno in _GONE else "network-error"
