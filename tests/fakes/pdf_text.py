"""Reads the text of the PDFs that the product writes: page by page, line by line, as a viewer's search would find it."""

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\n(.*)\nendstream", re.DOTALL)
_TEXT = re.compile(rb"Td \(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages(pdf: bytes) -> list[list[str]]:
    """The lines of each page, in the order in which they were written. For documents in a single font."""
    assert pdf.startswith(b"%PDF-")
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    letters = next(
        (_letters(_stream(objects[int(found[1])])) for body in objects.values() if (found := re.search(rb"/ToUnicode (\d+)", body))), {}
    )
    found_pages = []
    for _number, body in sorted(objects.items()):
        contents = re.search(rb"/Contents (\d+)", body)
        if contents and b"/Type /Page\n" in body:
            texts = _TEXT.findall(_stream(objects[int(contents[1])]))
            found_pages.append(["".join(letters.get(glyph, "\ufffd") for glyph in _glyphs(text)) for text in texts])
    return found_pages


def text(pdf: bytes) -> str:
    """All of it."""
    return "\n".join("\n".join(page) for page in pages(pdf))


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]


def _glyphs(escaped: bytes) -> list[int]:
    plain = re.sub(rb"\\(.)", lambda match: _ESCAPED.get(match[1], match[1]), escaped, flags=re.DOTALL)
    return [int.from_bytes(plain[at : at + 2], "big") for at in range(0, len(plain), 2)]


def _letters(to_unicode: bytes) -> dict[int, str]:
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>\n", to_unicode)
    return {int(glyph, 16): bytes.fromhex(code.decode()).decode("utf-16-be") for glyph, code in pairs}
