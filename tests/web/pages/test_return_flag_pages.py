"""Returns for attention: supervisor and manager see what happened, and note that they looked."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from kiosk.desk.actors import ROLE_SCOPES, SYSTEM, Actor, Role
from kiosk.desk.returns.policy.views import ReturnKind
from kiosk.desk.returns.views import FlagKind, FlagView, Goods, NewReturn, Override
from kiosk.web.pages.return_flags import KINDS
from tests.fakes.visitor import Page, Visitor
from tests.fakes.web_station import WebStation
from tests.web.pages.test_held_entries import go_idle, log_in

VisitorAs = Callable[..., Visitor]

FLAGS = "/manage/returns/flags"
BOSS = Actor("user", 900, "Chen", ROLE_SCOPES[Role.MANAGER], Role.MANAGER)


@pytest.fixture
def flagged(station: WebStation) -> FlagView:
    """Goods without a receipt were taken back."""
    goods = [Goods(product="P1", name="Mug", quantity=Decimal(1), unit_price_fen=2990, reason="质量问题 Faulty")]
    wanted = NewReturn(kind=ReturnKind.RETURN, goods=goods, override=Override(BOSS, "Known customer"))
    station.db.write(lambda session: station.services.returns.record(session, SYSTEM, wanted))
    return flags(station)[0]


def flags(station: WebStation) -> list[FlagView]:
    with station.db.read() as session:
        return station.services.returns.flags(session)


def test_a_flag_says_what_happened_and_leads_to_its_return(flagged: FlagView, visitor_as: VisitorAs) -> None:
    page = visitor_as(Role.SUPERVISOR).open(FLAGS)
    assert "Goods without a receipt" in page.text
    assert "it does not say that anybody did wrong" in page.text
    assert f"/desk/returns/{flagged.return_id}" in page.links
    assert FLAGS in visitor_as(Role.SUPERVISOR).open("/manage").links


def test_whoever_looked_says_so_and_the_flag_leaves_the_list(station: WebStation, flagged: FlagView, visitor_as: VisitorAs) -> None:
    boss = visitor_as(Role.SUPERVISOR)
    answer = boss.send(boss.open(FLAGS).form(f"/{flagged.id}/seen"), note="The customer brought it yesterday")
    assert "Nothing to look at here." in boss.follow(answer).text
    page = boss.open(f"{FLAGS}?show=seen")
    assert "Looked at by P0" in page.text
    assert "The customer brought it yesterday" in page.text
    (seen,) = flags(station)
    assert (seen.seen_by, seen.note) == ("P0", "The customer brought it yesterday")
    assert "Goods without a receipt" in boss.open(f"{FLAGS}?show=all").text
    assert boss.open(f"{FLAGS}?show=elsewhere").status == 200


def test_a_note_written_after_the_log_out_is_offered_again(station: WebStation, flagged: FlagView, visitor_as: VisitorAs) -> None:
    boss = visitor_as(Role.SUPERVISOR)
    form = boss.open(FLAGS).form(f"/{flagged.id}/seen")
    go_idle(station)
    headers = {"Referer": f"http://localhost{FLAGS}"}
    sent_away = Page(boss.client.post(form.action, data=form.fields | {"note": "Seen by the door"}, headers=headers))
    page = boss.follow(log_in(station, boss, sent_away, Role.SUPERVISOR))
    assert ("input", "value", "Seen by the door") in page.attributes
    assert flags(station)[0].seen_at is None


def test_what_cannot_be_kept_is_said(flagged: FlagView, visitor_as: VisitorAs) -> None:
    boss = visitor_as(Role.SUPERVISOR)
    page = boss.send(boss.open(FLAGS).form(f"/{flagged.id}/seen"), note="x" * 1000)
    assert page.status == 422
    form = boss.open(FLAGS).form(f"/{flagged.id}/seen")
    form.action = f"{FLAGS}/99/seen"
    assert boss.send(form).status == 404


def test_the_desk_does_not_see_them(flagged: FlagView, visitor_as: VisitorAs) -> None:
    assert visitor_as(Role.DESK).open(FLAGS).status == 403


def test_every_kind_has_its_words() -> None:
    assert set(KINDS) == set(FlagKind)
