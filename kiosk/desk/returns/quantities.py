"""Quantities as people and scanners give them: a burst of a scanner into the wrong field is never taken for one."""

from decimal import Decimal

from kiosk.desk.amounts import milli
from kiosk.i18n import Message, msg

# The shortest code that a scanner reads has eight digits (EAN-8), the shortest that is typed in a supermarket (a price
# look-up code) four or five; nobody brings ten thousand pieces to the desk.
MOST = 9999
DECIMALS = 3


def thousandths(wanted: Decimal, *, by_the_piece: bool) -> int | Message:
    """*wanted* in thousandths, or why it is no quantity."""
    if not wanted.is_finite():
        return msg("This is no quantity.")
    if wanted >= MOST + 1:
        return msg("This looks like a scanned code, not like a quantity; at most %(most)s are possible.", most=MOST)
    if wanted <= 0:
        return msg("A quantity is more than nothing.")
    try:
        scaled = milli(wanted)
    except ValueError:
        return msg("A quantity has at most %(decimals)s decimals.", decimals=DECIMALS)
    if by_the_piece and scaled % 1000:
        return msg("These goods are sold by the piece; give a whole number.")
    return scaled
