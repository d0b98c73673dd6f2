"""Face buttons and their lamps on GPIO pins (gpiozero), through the pin factory that the configuration names.

Edges are handed on raw, with the time at which the back end saw them; debouncing stands above, in `kiosk.devices.debounce`.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from kiosk.clock import Clock
from kiosk.devices.buttons import SCAN_LAMP, ButtonOptions, Edge
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.registry import BuildContext, Driver
from kiosk.drivers.gpio_pins import FACTORIES, PinFactoryName, plain_errors

if TYPE_CHECKING:
    from gpiozero import DigitalOutputDevice, InputDevice

# Edges that wait at most. A bouncing contact makes some tens; beyond this only a broken one does.
_MAX_WAITING = 4096
# Ages of an edge (seconds) beyond these are no ages: some kernels stamp edges with another clock than gpiozero reads.
_YOUNGEST_S, _OLDEST_S = 0.001, 60.0

Pin = Annotated[int, Meta(ge=0, le=63)]


class GpioInputOptions(ButtonOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``kind = "input"``, ``driver = "gpio"``."""

    buttons: Annotated[dict[str, Pin], Meta(max_length=10, description="GPIO number of each face's button: 1 (worst) to 10.")] = (
        msgspec.field(default_factory=dict)
    )
    leds: Annotated[dict[str, Pin], Meta(max_length=10, description="GPIO number of the lamp in each face's button.")] = msgspec.field(
        default_factory=dict
    )
    scan_led: Annotated[Pin | None, Meta(description="GPIO number of a lamp that answers scans.")] = None
    pull_up: Annotated[bool, Meta(description="Buttons connect to ground and the Pi pulls up; false: to 3.3 V and it pulls down.")] = True
    active_high: Annotated[bool, Meta(description="Lamps are lit by a high pin; false: by a low one.")] = True
    pin_factory: Annotated[PinFactoryName, Meta(description="gpiozero's back end; never another one by itself.")] = "lgpio"
    chip: Annotated[
        Annotated[int, Meta(ge=0, le=999)] | None, Meta(description="Number N of /dev/gpiochipN, for lgpio; without it the board's own.")
    ] = None

    def __post_init__(self) -> None:
        for name in (*self.buttons, *self.leds):
            if not (name.isascii() and name.isdecimal() and 1 <= int(name) <= 10 and name == str(int(name))):
                raise ValueError(f"buttons and leds are named by ratings, 1 to 10, not {name!r}")
        if not self.buttons and self.scan_led is None:
            raise ValueError("buttons or scan_led must name a pin")
        if alone := sorted(set(self.leds) - set(self.buttons)):
            raise ValueError(f"leds: there is no button {alone[0]}")


class GpioPanel:
    """Implements `kiosk.devices.buttons.ButtonPanel`."""

    def __init__(self, options: GpioInputOptions, clock: Clock, folder: Path) -> None:
        """*folder* takes the files that the pin library writes."""
        self._options, self._clock, self._folder = options, clock, folder
        self._buttons = tuple(sorted(int(name) for name in options.buttons))
        self._lamp_pins = {int(name): pin for name, pin in options.leds.items()}
        if options.scan_led is not None:
            self._lamp_pins[SCAN_LAMP] = options.scan_led
        self._lamps = frozenset(self._lamp_pins)
        self._factory: Any = None
        self._inputs: dict[int, InputDevice] = {}
        self._outputs: dict[int, DigitalOutputDevice] = {}
        # gpiozero holds its listeners by weak references.
        self._listeners: list[Callable[[Any, Any], None]] = []
        self._edges: deque[Edge] = deque(maxlen=_MAX_WAITING)
        self._woken = threading.Event()
        self._interrupted = False

    @property
    def buttons(self) -> tuple[int, ...]:
        return self._buttons

    @property
    def lamps(self) -> frozenset[int]:
        return self._lamps

    def open(self) -> None:
        self.close()
        options = self._options
        self._refuse_pins_named_twice()
        with plain_errors("gpiozero"):
            from gpiozero import DigitalOutputDevice, InputDevice

        self._factory = FACTORIES.take(options.pin_factory, options.chip, self._folder)
        try:
            for lamp, pin in self._lamp_pins.items():
                with plain_errors(f"{_lamp_name(lamp)} at GPIO {pin}"):
                    self._outputs[lamp] = DigitalOutputDevice(
                        pin, active_high=options.active_high, initial_value=False, pin_factory=self._factory
                    )
            for name, pin in options.buttons.items():
                with plain_errors(f"button {name} at GPIO {pin}"):
                    self._inputs[int(name)] = InputDevice(pin, pull_up=options.pull_up, pin_factory=self._factory)
                    self._listen(int(name), self._inputs[int(name)])
        except DeviceAbsent:
            self.close()
            raise

    def close(self) -> None:
        # Also without waiting edges: what a panel that was lost has seen is not handed on by the next.
        for device in (*self._inputs.values(), *self._outputs.values()):
            with contextlib.suppress(Exception):  # a line that is gone cannot be let go; the factory's own close follows
                device.pin.when_changed = None
            with contextlib.suppress(Exception):
                device.close()
        self._inputs, self._outputs, self._listeners = {}, {}, []
        self._edges.clear()
        factory, self._factory = self._factory, None
        if factory is not None:
            with contextlib.suppress(Exception):
                FACTORIES.give_back(self._options.pin_factory, self._options.chip)

    def read(self, timeout_s: float | None, stopped: Callable[[], bool]) -> Edge | None:
        if self._factory is None:
            raise DeviceLost("closed", "the buttons are not open")
        deadline = None if timeout_s is None else self._clock.monotonic() + timeout_s
        while not stopped():
            self._woken.clear()
            if self._edges:
                return self._edges.popleft()
            if self._interrupted:
                self._interrupted = False
                return None
            patience = None if deadline is None else deadline - self._clock.monotonic()
            if patience is not None and patience <= 0:
                return None
            self._clock.wait(self._woken, patience)
        return None

    def closed(self) -> frozenset[int]:
        with self._lost("read"):
            return frozenset(button for button, device in self._inputs.items() if device.is_active)

    def light(self, button: int, on: bool) -> None:
        if button in self._lamps and self._factory is None:
            raise DeviceLost("closed", "the buttons are not open")
        if button in self._outputs:
            with self._lost("lit"):
                self._outputs[button].value = on

    def interrupt(self) -> None:
        self._interrupted = True
        self._woken.set()

    def _refuse_pins_named_twice(self) -> None:
        named = [(f"button {name}", pin) for name, pin in self._options.buttons.items()]
        named += [(_lamp_name(lamp), pin) for lamp, pin in self._lamp_pins.items()]
        seen: dict[int, str] = {}
        for what, pin in named:
            if pin in seen:
                raise DeviceAbsent("pin-twice", f"GPIO {pin} is named twice: for {seen[pin]} and for {what}")
            seen[pin] = what

    def _listen(self, button: int, device: "InputDevice") -> None:
        closed_level = not self._options.pull_up

        def changed(ticks: Any, level: Any) -> None:
            """Called in the back end's thread."""
            self._edges.append(Edge(button, bool(level) is closed_level, self._seen_at(ticks)))
            self._woken.set()

        self._listeners.append(changed)
        device.pin.edges = "both"
        device.pin.when_changed = changed

    def _seen_at(self, ticks: Any) -> float:
        factory = self._factory
        now = self._clock.monotonic()
        age = factory.ticks_diff(factory.ticks(), ticks) if factory is not None else 0.0
        return now - age if _YOUNGEST_S <= age <= _OLDEST_S else now

    @contextlib.contextmanager
    def _lost(self, done: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # lgpio.error, OSError, gpiozero's own: the lines are gone
            raise DeviceLost("gpio-error", f"a pin could not be {done}: {error}") from error


def _lamp_name(lamp: int) -> str:
    return "the scan lamp" if lamp == SCAN_LAMP else f"lamp {lamp}"


def _build(options: GpioInputOptions, context: BuildContext) -> GpioPanel:
    return GpioPanel(options, context.clock, context.cache_dir)


DRIVER = Driver(
    kind="input",
    name="gpio",
    options=GpioInputOptions,
    build=_build,
    summary="Face buttons and their lamps on GPIO pins",
)
