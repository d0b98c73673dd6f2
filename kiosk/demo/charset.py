"""How the simulated printer reads characters: single bytes by code page, or Chinese in two or four bytes."""

import unicodedata

CODE_PAGES = {0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858"}

_GB_LEAD = range(0x81, 0xFF)
_GB_SECOND_OF_FOUR = range(0x30, 0x3A)


def character_size(buffer: bytes | bytearray, encoding: str, *, chinese: bool) -> int:
    """Return how many bytes the character at the start of *buffer* has; 0 when not enough have come to know.

    As in a real printer, a lead byte takes whatever follows it, a line feed included.
    """
    first = buffer[0]
    if first < 0x80:
        return 1
    if encoding == "utf-8":
        size = 4 if first >= 0xF0 else 3 if first >= 0xE0 else 2 if first >= 0xC0 else 1
        return size if len(buffer) >= size else 0
    if not chinese or first not in _GB_LEAD:
        return 1
    if len(buffer) < 2:
        return 0
    size = 4 if encoding == "gb18030" and buffer[1] in _GB_SECOND_OF_FOUR else 2
    return size if len(buffer) >= size else 0


def decode_character(data: bytes, encoding: str, *, code_page: int) -> str:
    """Return the character that is printed for *data*; ``?`` for what the printer has no glyph for."""
    if len(data) == 1 and data[0] >= 0x80:
        return data.decode(CODE_PAGES.get(code_page, "ascii"), "replace").replace("\ufffd", "?")
    if len(data) == 1:
        return chr(data[0])
    text = data.decode(encoding, "replace")
    return "?" if "\ufffd" in text else text


def is_wide(data: bytes, character: str, encoding: str) -> bool:
    """Whether *character* takes a 24 dot cell: all that came in two or four bytes, or is wide by Unicode on a UTF-8 printer."""
    if encoding == "utf-8":
        return unicodedata.east_asian_width(character) in "WFA"
    return len(data) > 1
