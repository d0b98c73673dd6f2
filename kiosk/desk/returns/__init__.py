"""Returns and exchanges: what may come back, what came back, and the money that the point of sale has to pay for it."""

from kiosk.desk.returns.service import ReturnService

__all__ = ["ReturnService"]
