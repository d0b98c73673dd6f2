"""Goods that a vendor repairs: from the desk to the vendor, back, and to the customer, with due times."""

from kiosk.desk.repairs.service import RepairService

__all__ = ["RepairService"]
