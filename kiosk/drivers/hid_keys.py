"""Turns pressed and released keys into characters, as the computer would that a keyboard scanner types for.

Beyond layouts: accents that wait for a letter, control characters (GS1 data has GS between its elements, typed as Ctrl with
"]"), and characters typed as numbers on the keypad while Alt is held.
"""

import unicodedata
from collections.abc import Iterable
from typing import Literal

from kiosk.drivers.hid_layouts import ACCENTS, LAYOUTS, LayoutName

AltNumbers = Literal["gbk", "unicode"]

# linux/input-event-codes.h
_SHIFTS = frozenset({42, 54})  # KEY_LEFTSHIFT, KEY_RIGHTSHIFT
_CONTROLS = frozenset({29, 97})  # KEY_LEFTCTRL, KEY_RIGHTCTRL
_ALT, _ALT_GR = 56, 100  # KEY_LEFTALT, KEY_RIGHTALT
_METAS = frozenset({125, 126})  # KEY_LEFTMETA, KEY_RIGHTMETA
_MODIFIERS = _SHIFTS | _CONTROLS | _METAS | {_ALT, _ALT_GR}
_CAPS_LOCK = 58
_KEYPAD_DIGITS = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"}
_KEYPAD_OTHERS = {55: "*", 74: "-", 78: "+", 98: "/", 117: "=", 121: ","}
_KEYPAD_DECIMAL = 83
# KEY_TAB, KEY_ENTER, KEY_KPENTER: what scanners send after a code.
_ENDS = frozenset({15, 28, 96})
# KEY_ESC, KEY_BACKSPACE, KEY_DELETE: nothing that a code holds, and a frame with them in it is refused as noise.
_NOISE = {1: "\x1b", 14: "\x08", 111: "\x7f"}

END = "\r"
# No code holds it: a frame with it in it is refused as noise.
SPOILT = "\0"


class KeyReader:
    """What is typed, key by key; owned by one thread."""

    def __init__(self, layout: LayoutName, *, dead_keys: bool, alt_numbers: AltNumbers) -> None:
        """*dead_keys*: accents wait for the next key; *alt_numbers*: what an Alt number above 255 is."""
        self._layout = LAYOUTS[layout]
        self._has_alt_gr = bool(self._layout.levels[2])
        self._dead_keys, self._alt_numbers = dead_keys, alt_numbers
        self._ignored: set[int] = set()
        self.reset()

    def reset(self, held: Iterable[int] = ()) -> None:
        """Begin anew; keys that are *held* down now are not the scanner's typing, nor is their release."""
        self._down: set[int] = set()
        self._ignored = set(held)
        self._accent = self._number = ""
        self._caps = False

    def rest(self) -> None:
        """Nothing was typed for a while: a half-typed accent, a number and Caps Lock are forgotten, held keys are not."""
        self._accent = self._number = ""
        self._caps = False

    def press(self, key: int) -> str:
        """The characters that pressing *key* gives, empty for none."""
        self._ignored.discard(key)
        if key in _MODIFIERS:
            self._down.add(key)
            if self._is_alt(key):
                self._number = ""
            return ""
        if key == _CAPS_LOCK:
            self._caps = not self._caps
            return ""
        if key in _ENDS:
            return self._joined(END)
        if key in _NOISE:
            return self._joined(_NOISE[key])
        if any(self._is_alt(down) for down in self._down) and not self._alt_gr:
            # Anything but a number is a shortcut of some program, and types nothing.
            self._number = self._number + _KEYPAD_DIGITS[key] if key in _KEYPAD_DIGITS else ""
            return ""
        if self._down & _METAS:
            return ""
        if self._down & _CONTROLS and not self._alt_gr:
            return self._joined(self._control(key))
        return self._character(key)

    def release(self, key: int) -> str:
        """The characters that letting *key* go gives: those of an Alt number."""
        if key in self._ignored:
            self._ignored.discard(key)
            return ""
        self._down.discard(key)
        if self._is_alt(key) and self._number:
            number, self._number = self._number, ""
            return self._joined(_of_alt_number(number, self._alt_numbers))
        return ""

    @property
    def _shift(self) -> bool:
        return bool(self._down & _SHIFTS)

    @property
    def _alt_gr(self) -> bool:
        """Ctrl with Alt is AltGr on keyboards that have one."""
        return self._has_alt_gr and (_ALT_GR in self._down or (_ALT in self._down and bool(self._down & _CONTROLS)))

    def _is_alt(self, key: int) -> bool:
        return key == _ALT or (key == _ALT_GR and not self._has_alt_gr)

    def _character(self, key: int) -> str:
        if key in _KEYPAD_DIGITS:
            return self._joined(_KEYPAD_DIGITS[key])
        if key in _KEYPAD_OTHERS:
            return self._joined(_KEYPAD_OTHERS[key])
        if key == _KEYPAD_DECIMAL:
            return self._joined(self._layout.decimal)
        char, waits = self._layout.character(key, shift=self._shift, alt_gr=self._alt_gr)
        if not char:
            return ""
        if self._caps:
            # Caps Lock changes letters alone; on a French keyboard digits need Shift nevertheless.
            other, _ = self._layout.character(key, shift=not self._shift, alt_gr=self._alt_gr)
            char = other if other == char.swapcase() else char
        if not (waits and self._dead_keys):
            return self._joined(char)
        if self._accent:
            # Windows: two accents in a row are two characters, and nothing waits.
            before, self._accent = self._accent, ""
            return before + char
        self._accent = char
        return ""

    def _joined(self, char: str) -> str:
        """*char* with the accent that waits for it."""
        accent, self._accent = self._accent, ""
        if not accent or not char:
            return accent + char
        if char == " ":
            return accent
        joined = unicodedata.normalize("NFC", char + ACCENTS[accent])
        return joined if len(joined) == 1 else accent + char

    def _control(self, key: int) -> str:
        """Ctrl with the key of ``@A-Z[\\]^_`` (ASCII 40 to 5F) is the control character 40 below it."""
        for layout, shift, alt_gr in (
            (self._layout, self._shift, False),
            (self._layout, False, True),
            # Scanners send Ctrl with the place of the character on a US keyboard as well.
            (LAYOUTS["us"], self._shift, False),
        ):
            char = layout.character(key, shift=shift, alt_gr=alt_gr)[0].upper()
            if len(char) == 1 and "@" <= char <= "_":
                control = chr(ord(char) - 0x40)
                # Ctrl with J, M or I: line feed, carriage return, tab.
                return END if control in "\n\r\t" else control
        return ""


def _of_alt_number(number: str, wide: AltNumbers) -> str:
    """The character of an Alt number: with a leading 0 from Windows' own character set, without from the DOS one."""
    value = int(number[:10])
    if value < 256:
        if not number.startswith("0"):
            return bytes((value,)).decode("cp437")
        try:
            return bytes((value,)).decode("cp1252")
        except UnicodeDecodeError:
            return chr(value)  # five places of the set are empty: Windows gives the control character
    try:
        if wide == "unicode":
            return chr(value) if not 0xD800 <= value <= 0xDFFF else SPOILT
        return value.to_bytes((value.bit_length() + 7) // 8, "big").decode("gb18030")
    except (ValueError, OverflowError):
        return SPOILT
