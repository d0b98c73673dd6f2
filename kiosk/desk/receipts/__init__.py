"""Receipts of the point of sale: how they come in, how they are found, what they say."""

from kiosk.desk.receipts.service import ReceiptService

__all__ = ["ReceiptService"]
