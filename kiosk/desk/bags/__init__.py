"""Bag check: bags taken in under a ticket, kept in a slot, and given back exactly once."""

from kiosk.desk.bags.service import BagService

__all__ = ["BagService"]
