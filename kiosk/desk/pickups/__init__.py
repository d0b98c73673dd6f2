"""Pickup lists: returned goods by department, checked line by line by the floor supervisor, and signed for."""

from kiosk.desk.pickups.service import PickupService

__all__ = ["PickupService"]
