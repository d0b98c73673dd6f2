"""Ways to the store's point of sale: reading its receipts, telling it of refunds. Built from the configuration."""

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.config_returns import LiveSource
from kiosk.desk.receipts.live import ReceiptSource


def build_sources(settings: Settings, clock: Clock) -> list[ReceiptSource]:
    """The live sources of [[receipts.sources]], in their order. Raises ConfigError for one that could never answer."""
    return [_build(source, settings, clock) for source in settings.receipts.sources]


def _build(source: LiveSource, settings: Settings, clock: Clock) -> ReceiptSource:
    if source.kind == "sql":
        from kiosk.pos.sql import SqlSource

        return SqlSource(source, settings)
    from kiosk.pos.http import HttpSource

    return HttpSource(source, settings, clock)
