"""Fits a message into the bytes that a channel takes: whole lines as far as they go, cut between characters, never within."""

from collections.abc import Callable, Sequence

_DOTS = "…"
# Parts of a character as people see it: what joins or changes the one before it is not left without that, or alone.
_JOINERS = frozenset("\u200d\ufe0e\ufe0f\u20e3")


def size(text: str) -> int:
    """The bytes of *text* in UTF-8."""
    return len(text.encode())


def cut(text: str, limit: int, escape: Callable[[str], str] = str) -> str:
    """*text*, escaped, in at most *limit* bytes; what is cut ends with an ellipsis and is never cut within an escape."""
    whole = escape(text)
    if size(whole) <= limit:
        return whole
    room = limit - size(_DOTS)
    if room < 0:
        return ""
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits; an escape never makes a longer text shorter
        middle = (low + high + 1) // 2
        if size(escape(text[:middle])) <= room:
            low = middle
        else:
            high = middle - 1
    while low and (text[low] in _JOINERS or text[low - 1] in _JOINERS):
        low -= 1
    return escape(text[:low]) + _DOTS


def fit(
    title: str,
    lines: Sequence[str],
    tail: str,
    more: str,
    limit: int,
    *,
    escape: Callable[[str], str] = str,
    newline: str = "\n",
) -> str:
    """*title*, as many *lines* as fit, and *tail*, in at most *limit* bytes.

    *title* and *lines* are escaped, *tail* (a link in the channel's own form; may be empty) is taken as it is and given up
    only when it alone does not fit. *more* names how many lines were left out: ``"… and %(count)s more"``.
    """
    ending = newline + tail if tail and size(newline + tail) <= limit else ""
    room = limit - size(ending)
    text = cut(title, room, escape)
    for number, line in enumerate(lines):
        left = len(lines) - number
        # The line must leave room for the note about those after it, unless it is the last.
        note = newline + escape(more % {"count": left - 1}) if left > 1 else ""
        whole = newline + escape(line)
        if size(text) + size(whole) + size(note) <= room:
            text += whole
            continue
        note = newline + escape(more % {"count": left})
        if left == 1 and room - size(text) - size(newline) > 40:
            text += newline + cut(line, room - size(text) - size(newline), escape)
        elif size(text) + size(note) <= room:
            text += note
        break
    return text + ending
