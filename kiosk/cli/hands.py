"""What ``kiosk device probe`` and ``test`` do with buttons and loudspeakers: things that a person presses, sees and hears."""

from typing import Any

import click
import msgspec

from kiosk.clock import Clock, SystemClock
from kiosk.devices.audio import AudioOptions, AudioOutput, tone
from kiosk.devices.buttons import ButtonOptions, ButtonPanel
from kiosk.devices.debounce import Debouncer
from kiosk.errors import KioskError

# Seconds for which a lamp is lit, and for which a person has time to press all buttons.
_LAMP_S = 0.5
_PRESS_PATIENCE_S = 15.0
_CHUNK_S = 0.04


def probe_buttons(panel: ButtonPanel) -> None:
    """Say how the contacts stand: a wrong pull_up shows as all of them being closed."""
    closed = panel.closed()
    for button in panel.buttons:
        lamp = "with a lamp" if button in panel.lamps else "without a lamp"
        click.echo(f"button {button}: {'pressed' if button in closed else 'open'}, {lamp}")
    if len(closed) == len(panel.buttons):
        click.echo(
            "Every button seems pressed: if nobody presses them, set pull_up to false (buttons to 3.3 V) or true (to ground).", err=True
        )


def try_buttons(name: str, panel: ButtonPanel, options: msgspec.Struct, *, clock: Clock | None = None) -> None:
    """Light the lamps in turn, then wait until every button was pressed once. Raises KioskError for those that were not."""
    clock = clock or SystemClock()
    for button in sorted(panel.lamps):
        click.echo(f"lamp {button}")
        panel.light(button, True)
        _look_at_it(panel, clock)
        panel.light(button, False)
    click.echo(f"Press each button within {_PRESS_PATIENCE_S:.0f} seconds...", err=True)
    settle_s = (options if isinstance(options, ButtonOptions) else ButtonOptions()).debounce_ms / 1000
    missing = _pressed_all(panel, settle_s, clock)
    if missing:
        raise KioskError(f"{name}: not pressed, or not connected: {', '.join(f'button {button}' for button in sorted(missing))}")
    click.echo("ok: every button was pressed")


def _look_at_it(panel: ButtonPanel, clock: Clock) -> None:
    """Give a person time to see the lamp; what is pressed meanwhile does not count."""
    until = clock.monotonic() + _LAMP_S
    while (left := until - clock.monotonic()) > 0:
        panel.read(left, lambda: False)


def _pressed_all(panel: ButtonPanel, settle_s: float, clock: Clock) -> set[int]:
    began = clock.monotonic()
    held = panel.closed()
    contacts = {button: Debouncer(settle_s, closed=button in held, now=began) for button in panel.buttons}
    missing = set(panel.buttons)
    while missing and (left := began + _PRESS_PATIENCE_S - clock.monotonic()) > 0:
        due = [contact.due for contact in contacts.values() if contact.due is not None]
        edge = panel.read(min([left, *(max(0.0, moment - clock.monotonic()) for moment in due)]), lambda: False)
        if edge is not None:
            contacts[edge.button].edge(edge.closed, edge.at)
            continue
        now = clock.monotonic()
        for button, contact in contacts.items():
            if any(change.closed and change.moved for change in contact.settle(now)) and button in missing:
                missing.discard(button)
                click.echo(f"button {button}")
    return missing


def probe_audio(output: AudioOutput) -> None:
    """Say what plays, and what else there is."""
    click.echo(f"plays through: {output.describe()}")
    outputs: Any = getattr(output, "outputs", None)
    if outputs is not None:
        for name in outputs():
            click.echo(f"output: {name}")
        click.echo("\nSet `device` to a part of the name of the one that is to play.")


def try_audio(output: AudioOutput, options: msgspec.Struct) -> None:
    """Play a short tone at the configured volume."""
    sound = tone().at_volume(options.volume if isinstance(options, AudioOptions) else 100)
    output.begin(sound.format)
    step = sound.format.bytes_for(_CHUNK_S)
    for place in range(0, len(sound.frames), step):
        output.write(sound.frames[place : place + step])
    output.finish()
    click.echo(f"ok: a tone was played through {output.describe()}; if nothing was heard, look at volume and cable")
