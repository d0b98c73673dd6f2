"""What a scanned code is, which screen is shown it, and the short memory that keeps codes out of browsers."""

from kiosk.desk.scans.classify import Classifier, ScannedKind
from kiosk.desk.scans.recent import ClaimedScan, RecentScans
from kiosk.desk.scans.router import RoutedScan, ScanRouter, TicketLookup
from kiosk.desk.scans.screens import ActiveScreens, Screen

__all__ = [
    "ActiveScreens",
    "ClaimedScan",
    "Classifier",
    "RecentScans",
    "RoutedScan",
    "ScanRouter",
    "ScannedKind",
    "Screen",
    "TicketLookup",
]
