"""A signature as strokes of a pen: vectors with time, checked, drawn again on screens and paper."""

from itertools import pairwise

import msgspec

from kiosk.devices.document import Drawing
from kiosk.errors import FieldError, Invalid
from kiosk.i18n import N_, Message, msg

# A stroke's point: x and y in thousandths of the pad's width, milliseconds since the first point.
Point = tuple[int, int, int]
MAX_STROKES, MAX_POINTS = 100, 5000
MIN_POINTS = 8  # fewer is a tap, not a name
WIDTH = 1000  # the pad's width in the unit of the points
# A pad that is flatter or higher than these is no pad, but a mistake of whoever sends it.
MIN_HEIGHT, MAX_HEIGHT = 100, 2000
# Strokes that stay within this of each other are a blot: a thirtieth of the pad is less than a letter.
_MIN_EXTENT = 30
# Nobody signs for longer; a clock that jumps gives such times.
_MAX_MS = 10 * 60_000
# A point of three numbers with its brackets has at most this many characters.
_MAX_TEXT = MAX_POINTS * 24
# Points nearer than this to the one before cannot be told from it on paper.
_STEP = 3


class WrongSignature(Invalid):
    """It is no signature, or was garbled on its way."""

    slug = "signature-input"
    title = N_("Please sign again")

    @classmethod
    def of(cls, message: Message) -> "WrongSignature":
        """*message* says what is wrong with it; its strokes are not repeated."""
        return cls(message, msg("Clear the pad and sign once more."), fields=[FieldError("strokes", None, message)])


class Strokes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was written on a pad of *height* thousandths of its width."""

    height: int
    strokes: list[list[Point]]


def parse(text: str) -> Strokes | None:
    """The signature that a page sends as JSON; None when the pad was left empty. Raises WrongSignature."""
    if not text.strip():
        return None
    if len(text) > _MAX_TEXT:
        raise WrongSignature.of(msg("The signature has too many points."))
    try:
        strokes = msgspec.json.decode(text, type=Strokes)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise WrongSignature.of(msg("The signature did not arrive whole.")) from None
    if not strokes.strokes:
        return None
    return checked(strokes)


def checked(strokes: Strokes) -> Strokes:
    """*strokes*, when somebody may have written them with a pen or finger. Raises WrongSignature."""
    points = [point for stroke in strokes.strokes for point in stroke]
    if not MIN_HEIGHT <= strokes.height <= MAX_HEIGHT:
        raise WrongSignature.of(msg("The signature does not say how high its pad is."))
    if len(strokes.strokes) > MAX_STROKES or len(points) > MAX_POINTS:
        raise WrongSignature.of(msg("The signature has too many points."))
    if any(not stroke for stroke in strokes.strokes):
        raise WrongSignature.of(msg("The signature has an empty stroke."))
    if len(points) < MIN_POINTS:
        raise WrongSignature.of(msg("This is too short for a signature."))
    if any(not (0 <= x <= WIDTH and 0 <= y <= strokes.height) for x, y, _at in points):
        raise WrongSignature.of(msg("The signature leaves its pad."))
    if not 0 <= points[0][2] <= points[-1][2] <= _MAX_MS or any(after[2] < before[2] for before, after in pairwise(points)):
        raise WrongSignature.of(msg("The times of the signature do not follow each other."))
    across, down = ([point[axis] for point in points] for axis in (0, 1))
    if max(max(across) - min(across), max(down) - min(down)) < _MIN_EXTENT:
        raise WrongSignature.of(msg("This is too small for a signature."))
    return strokes


def pack(strokes: Strokes) -> str:
    """The JSON text that a table keeps."""
    return msgspec.json.encode(strokes).decode()


def unpack(text: str | None) -> Strokes | None:
    """What a table keeps; None: there is none, or its time is over."""
    return msgspec.json.decode(text, type=Strokes) if text else None


def path_data(strokes: Strokes) -> str:
    """The ``d`` of an SVG path in a view box of 1000 by *height*; drawn with round ends, a dot is a dot."""
    parts = []
    for (first_x, first_y, _at), *rest in strokes.strokes:
        parts.append(f"M{first_x} {first_y}")
        parts.append("".join(f"L{x} {y}" for x, y, _later in rest) or "l0 0")
    return "".join(parts)


def drawing(strokes: Strokes) -> Drawing:
    """The same for paper, without the points that nobody could tell apart."""
    return Drawing(tuple(_thinned(stroke) for stroke in strokes.strokes), strokes.height)


def _thinned(stroke: list[Point]) -> tuple[tuple[int, int], ...]:
    kept = [stroke[0][:2]]
    for x, y, _at in stroke[1:-1]:
        if abs(x - kept[-1][0]) >= _STEP or abs(y - kept[-1][1]) >= _STEP:
            kept.append((x, y))
    if len(stroke) > 1:
        kept.append(stroke[-1][:2])
    return tuple(kept)
