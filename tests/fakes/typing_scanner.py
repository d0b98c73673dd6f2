"""Types text as keyboard scanners do: by the places of keys in a layout, as control characters, or by Alt numbers."""

from collections.abc import Iterator
from typing import Protocol

from kiosk.drivers.hid_layouts import LAYOUTS, LayoutName

SHIFT, CONTROL, ALT, ALT_GR, CAPS, ENTER, TAB, SPACE = 42, 29, 56, 100, 58, 28, 15, 57
RIGHT_BRACE = 27
KEYPAD = {"0": 82, "1": 79, "2": 80, "3": 81, "4": 75, "5": 76, "6": 77, "7": 71, "8": 72, "9": 73}
_MODIFIERS = ((), (SHIFT,), (ALT_GR,), (SHIFT, ALT_GR))


class Strikes(Protocol):
    """A keyboard that can be struck: the fake one, or a real one of the kernel."""

    def strike(self, *keys: int) -> None: ...


def typable(layout: LayoutName) -> str:
    """Every character that *layout* has a key for."""
    return "".join(sorted({char for level in LAYOUTS[layout].levels for char in level.values()}))


def strokes(text: str, layout: LayoutName) -> Iterator[tuple[int, ...]]:
    """The keys of *text*: modifiers first, the key last."""
    table = LAYOUTS[layout]
    for char in text:
        if char == "\x1d":
            yield CONTROL, RIGHT_BRACE
            continue
        level, key = next((level, key) for level, keys in enumerate(table.levels) for key, found in keys.items() if found == char)
        yield *_MODIFIERS[level], key
        if (level, key) in table.dead:
            yield (SPACE,)


def type_text(keyboard: Strikes, text: str, layout: LayoutName = "us", end: int | None = ENTER) -> None:
    """Type *text* and *end* (None: nothing)."""
    for keys in strokes(text, layout):
        keyboard.strike(*keys)
    if end is not None:
        keyboard.strike(end)


def alt_keys(number: str) -> list[int]:
    """The keypad's keys of an Alt number."""
    return [KEYPAD[digit] for digit in number]
