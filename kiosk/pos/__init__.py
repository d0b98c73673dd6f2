"""Ways to the store's point of sale: reading its receipts, telling it of refunds. Built from the configuration."""

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.receipts.live import ReceiptSource


def build_sources(settings: Settings, clock: Clock) -> list[ReceiptSource]:
    """The live sources of [[receipts.sources]], in their order. Raises ConfigError for one that could never answer."""
    if settings.receipts.sources:
        raise AssertionError("not yet")
    return []
