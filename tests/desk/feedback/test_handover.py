"""Going on by phone: one link, one phone, one sending, some minutes; and who is told."""

import pytest

from kiosk.config import Settings
from kiosk.config_service import Feedback
from kiosk.db import Database
from kiosk.desk.feedback.handover import (
    TOKEN_LENGTH,
    FeedbackHandover,
    HandoverService,
    HandoverState,
    LinkExpired,
    LinkTaken,
    LinkUsed,
    NotConfigured,
    UnknownLink,
)
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock

KEY = "a-key-of-a-press-0001"
MINE, OTHER = "phone-of-the-shopper", "phone-of-somebody-else"


class Links:
    """The service over a database, each step in a unit of its own."""

    def __init__(self, db: Database, clock: FakeClock, bus: EventBus, public_url: str = "https://kiosk.example/") -> None:
        self.db, self.clock = db, clock
        self.service = HandoverService(Settings(feedback=Feedback(public_url=public_url)), clock)
        self.told: list[Event] = []
        bus.subscribe(self.told.append)

    def offer(self, key: str = KEY) -> str:
        return self.db.write(lambda session: self.service.offer(session, key)).token

    def look(self, token: str, phone: str = MINE) -> HandoverState:
        with self.db.read() as session:
            return self.service.look(session, token, phone).state

    def take_over(self, token: str, phone: str = MINE) -> HandoverState:
        return self.db.write(lambda session: self.service.take_over(session, token, phone)).state

    def use(self, token: str, phone: str = MINE) -> str:
        return self.db.write(lambda session: self.service.use(session, token, phone)).press_key

    @property
    def states(self) -> list[object]:
        return [event.data["state"] for event in self.told]


@pytest.fixture
def links(database: Database, clock: FakeClock, bus: EventBus) -> Links:
    return Links(database, clock, bus)


def test_a_link_leads_to_the_press_that_it_was_made_for(links: Links) -> None:
    token = links.offer()
    assert len(token) == TOKEN_LENGTH
    assert links.look(token) is HandoverState.OFFERED
    assert links.use(token) == KEY


def test_the_token_itself_is_kept_nowhere(links: Links) -> None:
    token = links.offer()
    with links.db.read() as session:
        (row,) = session.query(FeedbackHandover).all()
    assert token not in str(vars(row))


def test_looking_at_a_link_does_not_use_it_up(links: Links) -> None:
    token = links.offer()
    assert {links.look(token, phone) for phone in (MINE, OTHER, "a messenger's check")} == {HandoverState.OFFERED}
    assert links.told == []


def test_whoever_has_the_page_has_the_link_alone(links: Links) -> None:
    token = links.offer()
    assert links.take_over(token) is HandoverState.TAKEN
    assert links.take_over(token) is HandoverState.TAKEN
    assert links.look(token) is HandoverState.TAKEN
    for wrong in (links.look, links.take_over, links.use):
        with pytest.raises(LinkTaken):
            wrong(token, OTHER)
    assert links.states == ["taken"]


def test_a_link_is_used_once(links: Links) -> None:
    token = links.offer()
    links.use(token)
    with pytest.raises(LinkUsed):
        links.use(token)
    with pytest.raises(LinkUsed):
        links.look(token, OTHER)
    assert links.look(token) is HandoverState.SENT
    assert links.states == ["sent"]


def test_a_link_dies_with_its_minutes(links: Links) -> None:
    token = links.offer()
    links.clock.advance(15 * 60 - 1)
    assert links.look(token) is HandoverState.OFFERED
    links.clock.advance(1)
    for late in (links.look, links.take_over, links.use):
        with pytest.raises(LinkExpired):
            late(token)


def test_a_new_link_ends_the_older_one_of_the_same_press(links: Links) -> None:
    first, second = links.offer(), links.offer()
    other = links.offer("a-key-of-a-press-0002")
    with pytest.raises(UnknownLink):
        links.look(first)
    assert links.look(second) is HandoverState.OFFERED
    assert links.look(other) is HandoverState.OFFERED


@pytest.mark.parametrize("token", ["", "x" * 24, "\x00", "\ud800", "9" * 5000])
def test_anything_else_is_no_link(links: Links, token: str) -> None:
    links.offer()
    with pytest.raises(UnknownLink):
        links.look(token)


def test_only_the_stations_own_screens_are_told_the_key(links: Links) -> None:
    links.take_over(links.offer())
    (event,) = links.told
    assert (event.name, event.screen) == ("feedback.handover", "kiosk:desk-1")
    assert event.data == {"key": KEY, "state": "taken"}


def test_without_a_public_address_no_link_is_made(database: Database, clock: FakeClock, bus: EventBus) -> None:
    with pytest.raises(NotConfigured):
        Links(database, clock, bus, public_url="").offer()


def test_dead_links_are_deleted_a_day_later(links: Links) -> None:
    links.use(links.offer("a-key-of-a-press-0002"))
    links.clock.advance(24 * 3600 + 15 * 60 + 1)
    links.offer()
    with links.db.read() as session:
        assert [row.press_key for row in session.query(FeedbackHandover)] == [KEY]
