"""Money in fen and quantities in thousandths: read from what people and files write, never by way of floats."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CURRENCY = "CNY"
# Quantities are kept in thousandths: one piece is 1000, and scales weigh to the gram.
MILLI = 1000
# Above these a number is a mistake or a scanner's burst, never an amount of a supermarket: ten million yuan, 100,000 pieces.
MAX_FEN = 1_000_000_000
MAX_MILLI = 100_000 * MILLI


def milli(quantity: Decimal) -> int:
    """*quantity* in thousandths. Raises ValueError when it has more than three decimals, is no number, or is out of range."""
    if not quantity.is_finite() or abs(quantity) > MAX_MILLI // MILLI:
        raise ValueError(f"{quantity} is no quantity")
    scaled = quantity * MILLI
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{quantity} has more than three decimals")
    return int(scaled)


def quantity(thousandths: int) -> Decimal:
    """Thousandths as a number without needless zeros: 2000 is 2, 1250 is 1.25."""
    return Decimal(thousandths).scaleb(-3).normalize() + 0 if thousandths % MILLI else Decimal(thousandths // MILLI)


def fen_of_yuan(text: str) -> int:
    """*text* such as ``12.50``, ``¥1,234.5`` or ``-3`` in fen. Raises ValueError for anything else, also for parts of a fen."""
    plain = text.strip().lstrip("¥￥").replace(",", "")
    try:
        yuan = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no amount") from error
    if not yuan.is_finite() or abs(yuan) > MAX_FEN // 100 or yuan != yuan.quantize(Decimal("0.01")):
        raise ValueError(f"{text!r} is no amount in yuan and fen")
    return int(yuan.scaleb(2))


def yuan(fen: int) -> str:
    """*fen* as ``12.50``."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def share(fen: int, part: int, whole: int) -> int:
    """The *part* of *whole* of *fen*, rounded half up to a fen; the shares of 0..*part* grow steadily and end at *fen*."""
    if whole <= 0:
        raise ValueError("a share of nothing")
    return int((Decimal(fen) * part / whole).quantize(Decimal(1), ROUND_HALF_UP))
