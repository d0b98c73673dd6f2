"""Keyboard layouts: which character a key gives, for the layouts in which keyboard scanners are sold and set up.

Keys are the kernel's codes (linux/input-event-codes.h), which name places on a US keyboard, not what is printed on the keys.
The characters are those of the national layouts as Windows has them: that is what makers of scanners type for.
"""

from dataclasses import dataclass
from typing import Literal

LayoutName = Literal["us", "gb", "de", "fr", "it", "es"]

# Rows of keys from the top, left to right. A European keyboard has one more key in the lowest letter row (86, KEY_102ND),
# and its key 43 (KEY_BACKSLASH) stands beside Enter.
_ROWS = (
    (41, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13),
    (16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27),
    (30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 43),
    (86, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53),
)
_SPACE = 57
# Stands in a row for a key that gives nothing at this level.
_NONE = "\0"

# Accents that wait for the next key, and the Unicode combining character that joins them to a letter.
ACCENTS = {"^": "\u0302", "´": "\u0301", "`": "\u0300", "¨": "\u0308", "~": "\u0303"}


@dataclass(frozen=True, slots=True)
class Layout:
    """*levels*: by Shift and AltGr (plain, Shift, AltGr, Shift with AltGr) the character of each key; *dead*: (level, key) of accents."""

    levels: tuple[dict[int, str], dict[int, str], dict[int, str], dict[int, str]]
    dead: frozenset[tuple[int, int]]
    decimal: str  # the keypad's decimal key

    def character(self, key: int, *, shift: bool, alt_gr: bool) -> tuple[str, bool]:
        """What *key* gives, empty for nothing, and whether it is an accent that waits for the next key."""
        level = shift + 2 * alt_gr
        return self.levels[level].get(key, ""), (level, key) in self.dead


def _layout(
    plain: tuple[str, str, str, str],
    shifted: tuple[str, str, str, str],
    alt_gr: dict[str, str] | None = None,
    alt_gr_shifted: dict[str, str] | None = None,
    *,
    dead: str = "",
    decimal: str = ".",
) -> Layout:
    """*alt_gr* by the plain character of the key; *dead*: accents that wait, in the first two levels, and with AltGr where it has them."""
    keys = {}
    levels: list[dict[int, str]] = []
    for rows in (plain, shifted):
        level = {key: char for row, chars in zip(_ROWS, rows, strict=True) for key, char in zip(row, chars, strict=True) if char != _NONE}
        level[_SPACE] = " "
        levels.append(level)
    keys = {char: key for key, char in levels[0].items()}
    levels += [{keys[base]: char for base, char in (extra or {}).items()} for extra in (alt_gr, alt_gr_shifted)]
    waiting = {(number, key) for number, level in enumerate(levels) for key, char in level.items() if char in dead}
    return Layout((levels[0], levels[1], levels[2], levels[3]), frozenset(waiting), decimal)


_US = _layout(
    ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", "<zxcvbnm,./"),
    ("~!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"|', ">ZXCVBNM<>?"),
)
_GB = _layout(
    ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./"),
    ('¬!"£$%^&*()_+', "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>?"),
    {"`": "¦", "4": "€", "a": "á", "e": "é", "i": "í", "o": "ó", "u": "ú"},
    {"a": "Á", "e": "É", "i": "Í", "o": "Ó", "u": "Ú"},
)
_DE = _layout(
    ("^1234567890ß´", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-"),
    ('°!"§$%&/()=?`', "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_"),
    {"2": "²", "3": "³", "7": "{", "8": "[", "9": "]", "0": "}", "ß": "\\", "q": "@", "e": "€", "+": "~", "<": "|", "m": "µ"},
    dead="^´`",
    decimal=",",
)
_FR = _layout(
    ("²&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù*", "<wxcvbn,;:!"),
    (f"{_NONE}1234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%µ", ">WXCVBN?./§"),
    {"é": "~", '"': "#", "'": "{", "(": "[", "-": "|", "è": "`", "_": "\\", "ç": "^", "à": "@", ")": "]", "=": "}", "e": "€", "$": "¤"},
    dead="^¨~`",
)
# AltGr with 9 (the key of "ç") gives a "^" that does not wait: the one on the key beside P does.
_FR = Layout(_FR.levels, _FR.dead - {(2, 10)}, _FR.decimal)
_IT = _layout(
    ("\\1234567890'ì", "qwertyuiopè+", "asdfghjklòàù", "<zxcvbnm,.-"),
    ('|!"£$%&/()=?^', "QWERTYUIOPé*", "ASDFGHJKLç°§", ">ZXCVBNM;:_"),
    {"e": "€", "è": "[", "+": "]", "ò": "@", "à": "#"},
    {"è": "{", "+": "}"},
)
_ES = _layout(
    ("º1234567890'¡", "qwertyuiop`+", "asdfghjklñ´ç", "<zxcvbnm,.-"),
    ('ª!"·$%&/()=?¿', "QWERTYUIOP^*", "ASDFGHJKLÑ¨Ç", ">ZXCVBNM;:_"),
    {"º": "\\", "1": "|", "2": "@", "3": "#", "4": "~", "6": "¬", "e": "€", "`": "[", "+": "]", "´": "{", "ç": "}"},
    dead="`´^¨~",
)

LAYOUTS: dict[LayoutName, Layout] = {"us": _US, "gb": _GB, "de": _DE, "fr": _FR, "it": _IT, "es": _ES}
