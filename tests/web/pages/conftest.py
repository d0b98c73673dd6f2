"""People in front of the staff's pages, over real services and a real database, without hardware."""

from collections.abc import Callable

import pytest

from kiosk.desk.actors import SYSTEM, Role
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation

PIN = "730518"

VisitorAs = Callable[..., Visitor]


@pytest.fixture
def visitor(station: WebStation) -> Visitor:
    """Nobody in particular: not logged in."""
    return Visitor(station.client())


@pytest.fixture
def visitor_as(station: WebStation) -> VisitorAs:
    """Make a visitor who is logged in with a role."""

    def make(role: Role = Role.SUPERVISOR, language: str = "en") -> Visitor:
        return Visitor(station.browser(role).client, language)

    return make


@pytest.fixture
def stored(station: WebStation) -> Callable[..., tuple[int, str]]:
    """Take bags in and let their ticket come out; returns id and code."""
    station.shelve()

    def make(pieces: int = 1, note: str = "") -> tuple[int, str]:
        bags = station.services.bags
        deposit = station.db.write(lambda session: bags.take_in(session, SYSTEM, pieces=pieces, note=note))
        assert deposit.job is not None
        station.print_out(deposit.job)
        return deposit.id, deposit.code

    return make
