"""Gives every device a thread, a state with a reason, and a life: open, serve, on any fault close, back off, reopen."""

from typing import Protocol

from kiosk.devices.state import DeviceState, Reason


class Control(Protocol):
    """What the supervisor hands to a service: how it is stopped, woken, and reports."""

    @property
    def stopping(self) -> bool: ...

    def wait(self, timeout_s: float | None) -> bool:
        """Sleep until woken (`wake`, a stop) or *timeout_s* passed; return whether woken. Clears the wake-up."""
        ...

    def report(self, state: DeviceState, reason: Reason | None = None) -> None:
        """Say how the device is; only differences are passed on and logged."""
        ...


class Service(Protocol):
    """One device's work. All methods but `wake` are called in the device's own thread."""

    def open(self) -> None:
        """Open the device; raises DeviceError."""
        ...

    def serve(self, control: Control) -> None:
        """Work until ``control.stopping``; raises DeviceError when the device is lost."""
        ...

    def close(self) -> None:
        """Let go of the device; never raises."""
        ...

    def wake(self) -> None:
        """Called from any thread after the control was woken: break off a blocking read, if there is one."""
        ...
