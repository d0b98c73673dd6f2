"""A signature as strokes of a pen: vectors with time, checked, drawn again on screens and paper."""

import msgspec

# A stroke's point: x and y in thousandths of the pad's width, milliseconds since the first point.
Point = tuple[int, int, int]
MAX_STROKES, MAX_POINTS = 100, 5000
MIN_POINTS = 8  # fewer is a tap, not a name


class Strokes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was written on a pad of *height* thousandths of its width."""

    height: int
    strokes: list[list[Point]]
