"""What a driver raises. The supervisor turns each into a device state; none ends the process."""

from kiosk.errors import KioskError


class DeviceError(KioskError, OSError):
    """The device cannot be used now. *code* is a stable reason (``refused``, ``no-answer``, ``unplugged``...)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class DeviceLost(DeviceError):
    """It was there and is gone: peer closed, unplugged, write or read failed."""


class DeviceAbsent(DeviceError):
    """It could not be opened: refused, not found, no permission, taken by another program."""


class NoAnswer(DeviceError):
    """It did not answer a question in time. Silence is never good news."""

    def __init__(self, detail: str) -> None:
        super().__init__("no-answer", detail)


class SendFailed(DeviceLost):
    """Writing broke off. *bytes_sent* counts what the transport took: 0 proves that nothing can be on paper."""

    def __init__(self, code: str, detail: str, *, bytes_sent: int) -> None:
        super().__init__(code, detail)
        self.bytes_sent = bytes_sent
