"""Staff services on a fresh database, with cheap hashes: the product's cost is tested once, in test_pins."""

from collections.abc import Callable

import pytest

from kiosk.config import Security
from kiosk.db import Database
from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.audit import AuditTrail
from kiosk.desk.staff import StaffService, StaffView, TokenService
from kiosk.desk.staff.pins import PinHasher
from tests.fakes.clock import FakeClock

CHEAP = PinHasher(passes=1, memory_kib=8, lanes=1)


@pytest.fixture
def audit(clock: FakeClock) -> AuditTrail:
    return AuditTrail("desk-1", clock)


@pytest.fixture
def security() -> Security:
    return Security(lockout_after=3, lockout_first_s=30, lockout_max_s=300)


@pytest.fixture
def staff(security: Security, clock: FakeClock, audit: AuditTrail) -> StaffService:
    return StaffService(security, clock, audit, CHEAP)


@pytest.fixture
def tokens(clock: FakeClock, audit: AuditTrail) -> TokenService:
    return TokenService(clock, audit)


Hire = Callable[..., StaffView]


@pytest.fixture
def hire(database: Database, staff: StaffService) -> Hire:
    """Adds a person: ``hire("li", Role.DESK, pin="482915", badge=None)``."""

    def add(
        name: str, role: Role = Role.DESK, *, pin: str | None = "482915", badge: str | None = None, one_time: bool = False
    ) -> StaffView:
        prepared = None if pin is None else staff.prepare_pin(pin)
        return database.write(
            lambda session: staff.create_user(session, SYSTEM, name=name, role=role, pin=prepared, badge=badge, must_change_pin=one_time)
        )

    return add
