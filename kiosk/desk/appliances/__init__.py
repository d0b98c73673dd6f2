"""Tests of appliances that come back: checklist, serial number, result, the customer's signature, slip."""

from kiosk.desk.appliances.service import ApplianceService

__all__ = ["ApplianceService"]
