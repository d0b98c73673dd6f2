"""The receipts of a store over a fresh database."""

import pytest

from kiosk.db import Database
from tests.desk.receipts.receipt_world import ReceiptWorld
from tests.fakes.clock import FakeClock


@pytest.fixture
def receipts(database: Database, clock: FakeClock) -> ReceiptWorld:
    """On each database in turn."""
    return ReceiptWorld(database, clock)


@pytest.fixture
def sqlite_receipts(sqlite_database: Database, clock: FakeClock) -> ReceiptWorld:
    """For rules that do not depend on the database."""
    return ReceiptWorld(sqlite_database, clock)
