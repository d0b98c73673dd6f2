"""Who gets which events, and what happens to streams that break, lag, expire or outlive the station."""

import socket
import threading
import time
from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.desk.actors import SYSTEM
from kiosk.events import EventBus, emit
from kiosk.web.server import WebServer
from tests.fakes.clock import FakeClock
from tests.fakes.waiting import eventually
from tests.fakes.web_station import Follower, WebStation, serving


def _bearer(station: WebStation, *scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {station.token(*scopes)}"}


def _tell(station: WebStation, name: str = "job.state", screen: str | None = None, **data: object) -> None:
    station.bus.publish(name, data, at=station.clock.now(), screen=screen)


def _follow(station: WebStation, server: WebServer, headers: dict[str, str], query: str = "") -> Follower:
    """A stream that has begun: its first block has been read."""
    follower = Follower(server.port, headers, query)
    assert follower.head().startswith("HTTP/1.1 200 OK")
    assert "retry" in follower.block()
    return follower


def test_an_event_reaches_a_program_with_the_scope(station: WebStation, server: WebServer) -> None:
    with _follow(station, server, _bearer(station, "events:read")) as follower:
        station.db.write(lambda session: emit(session, "job.state", {"id": 3, "state": "confirmed"}))
        name, data = follower.event()
    assert name == "job.state"
    assert (data["id"], data["state"]) == (3, "confirmed")
    assert data["at"].startswith("2026-03-10T06:00:00")


def test_the_head_of_a_stream_says_what_it_is_and_carries_the_security_headers(station: WebStation, server: WebServer) -> None:
    with Follower(server.port, _bearer(station)) as follower:
        head = follower.head().lower()
    assert "content-type: text/event-stream" in head
    assert "cache-control: no-store" in head
    assert "x-content-type-options: nosniff" in head
    assert "connection: close" in head
    assert "content-length" not in head


def test_a_program_without_the_scope_is_refused(station: WebStation, server: WebServer) -> None:
    with Follower(server.port, _bearer(station, "bags:read")) as follower:
        assert follower.head().startswith("HTTP/1.1 403")


def test_no_server_thread_is_held_by_a_stream(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> None:
    station = WebStation(sqlite_database, bus, clock, tmp_path, threads=2)
    server = station.serve()
    headers = _bearer(station)
    followers = [_follow(station, server, headers) for _ in range(20)]
    try:
        # With two threads and twenty streams, an ordinary request is still answered.
        with socket.create_connection(("127.0.0.1", server.port), 5) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert plain.recv(100).startswith(b"HTTP/1.1 200")
        _tell(station)
        assert all(follower.event()[0] == "job.state" for follower in followers)
    finally:
        for follower in followers:
            follower.socket.close()
        server.stop()


def test_a_screen_gets_the_events_meant_for_it_and_no_other_screen_does(station: WebStation, server: WebServer) -> None:
    mine, other = station.browser(), station.browser()
    with (
        _follow(station, server, {"Cookie": mine.cookie}) as at_mine,
        _follow(station, server, {"Cookie": other.cookie}) as at_other,
        _follow(station, server, _bearer(station)) as at_program,
    ):
        _tell(station, "scan", screen=mine.screen, kind="ticket")
        _tell(station, "bag.stored")
        assert at_mine.event()[0] == "scan"
        assert at_other.event()[0] == "bag.stored"
        assert at_program.event()[0] == "bag.stored"


def test_before_the_log_in_a_screen_learns_only_of_its_badge_scans(station: WebStation, server: WebServer) -> None:
    browser = station.browser()
    browser.client.get("/probe/log-out")
    with _follow(station, server, {"Cookie": browser.cookie}) as follower:
        _tell(station, "bag.stored")
        _tell(station, "scan", screen=browser.screen, kind="ticket")
        _tell(station, "scan", kind="badge")
        _tell(station, "scan", screen=browser.screen, kind="badge", id="b")
        name, data = follower.event()
    assert (name, data["kind"], data["id"]) == ("scan", "badge", "b")


def test_strangers_elsewhere_cannot_take_the_places_of_the_staffs_screens(
    sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path
) -> None:
    station = WebStation(sqlite_database, bus, clock, tmp_path, screens=["192.0.2.1"])
    for server in serving(station):
        with Follower(server.port, {"Accept-Language": "en"}) as stranger:
            assert stranger.head().startswith("HTTP/1.1 401")
        with Follower(server.port, {"Cookie": station.browser().cookie}) as clerk:
            assert clerk.head().startswith("HTTP/1.1 200")


def test_a_person_who_must_choose_a_new_pin_is_as_good_as_nobody(station: WebStation, server: WebServer) -> None:
    user_id = station.person(must_change_pin=True)
    browser = station.browser()
    browser.log_in(user_id, station.epoch(user_id))
    with _follow(station, server, {"Cookie": browser.cookie}) as follower:
        _tell(station, "bag.stored")
        _tell(station, "scan", screen=browser.screen, kind="badge")
        assert follower.event()[0] == "scan"


def test_a_stream_goes_on_where_it_broke_off(station: WebStation, server: WebServer) -> None:
    headers = _bearer(station)
    _tell(station, number=1)
    last_seen = station.bus.last_id
    _tell(station, number=2)
    _tell(station, number=3)
    with _follow(station, server, {**headers, "Last-Event-ID": last_seen}) as follower:
        _tell(station, number=4)
        assert [follower.event()[1]["number"] for _ in range(3)] == [2, 3, 4]


def test_a_page_can_name_the_event_that_it_was_made_after(station: WebStation, server: WebServer) -> None:
    made_after = station.bus.last_id
    _tell(station, number=1)
    with _follow(station, server, _bearer(station), f"?since={made_after}") as follower:
        assert follower.event()[1]["number"] == 1


@pytest.mark.parametrize("last_id", ["deadbeef-1", "nonsense", "-", "x" * 5000])
def test_a_gap_that_cannot_be_filled_is_said(station: WebStation, server: WebServer, last_id: str) -> None:
    with Follower(server.port, {**_bearer(station), "Last-Event-ID": last_id}) as follower:
        assert follower.head().startswith("HTTP/1.1 200")
        assert follower.event()[0] == "resync"


def test_a_browser_that_got_no_event_yet_still_knows_where_to_go_on(station: WebStation, server: WebServer) -> None:
    with Follower(server.port, _bearer(station)) as follower:
        follower.head()
        assert follower.block()["id"] == station.bus.last_id


def test_a_quiet_stream_shows_that_it_is_alive(station: WebStation, server: WebServer, clock: FakeClock) -> None:
    with _follow(station, server, _bearer(station)) as follower:
        clock.advance(16)
        assert follower.block() == {"": ": still here"}


def test_a_closed_browser_is_noticed_at_once(station: WebStation, server: WebServer) -> None:
    with _follow(station, server, _bearer(station)):
        assert station.services.streams.count == 1
    eventually(lambda: station.services.streams.count == 0)


def test_a_reader_that_lags_is_dropped_and_holds_up_nobody(station: WebStation, server: WebServer) -> None:
    headers = _bearer(station)
    with Follower(server.port, headers, receive_buffer=4096) as lazy, _follow(station, server, headers) as keen:
        eventually(lambda: station.services.streams.count == 2)
        big = "x" * 30_000
        for _ in range(400):
            _tell(station, "job.state", text=big)
            assert keen.event()[0] == "job.state"
            if station.services.streams.dropped:
                break
        assert station.services.streams.dropped == 1
        assert lazy.ended()


def test_more_streams_than_allowed_are_refused(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> None:
    station = WebStation(sqlite_database, bus, clock, tmp_path, max_event_streams=2)
    server = station.serve()
    headers = _bearer(station)
    with _follow(station, server, headers), _follow(station, server, headers) as second:
        with Follower(server.port, headers) as third:
            head = third.head()
            assert head.startswith("HTTP/1.1 503")
            assert "retry-after: 5" in head.lower()
        second.socket.close()
        eventually(lambda: station.services.streams.count == 1)
        with _follow(station, server, headers):
            assert station.services.streams.count == 2
    server.stop()


def test_a_log_out_ends_the_streams_of_its_browser_at_once(station: WebStation, server: WebServer) -> None:
    leaving, staying = station.browser(), station.browser()
    with _follow(station, server, {"Cookie": leaving.cookie}) as gone, _follow(station, server, {"Cookie": staying.cookie}) as kept:
        leaving.client.get("/probe/log-out")
        assert gone.ended()
        _tell(station)
        assert kept.event()[0] == "job.state"


def test_an_idle_session_loses_its_streams_and_they_do_not_keep_it_alive(station: WebStation, server: WebServer, clock: FakeClock) -> None:
    browser = station.browser()
    with _follow(station, server, {"Cookie": browser.cookie}) as follower:
        clock.advance(11 * 60)
        assert follower.ended()


def test_a_deactivated_person_loses_their_streams(station: WebStation, server: WebServer, clock: FakeClock) -> None:
    user_id = station.person()
    browser = station.browser()
    browser.log_in(user_id, station.epoch(user_id))
    with _follow(station, server, {"Cookie": browser.cookie}) as follower:
        station.db.write(lambda session: station.services.staff.deactivate(session, SYSTEM, user_id))
        clock.advance(6)
        assert follower.ended()


def test_a_revoked_token_loses_its_streams(station: WebStation, server: WebServer, clock: FakeClock) -> None:
    headers = _bearer(station)
    with _follow(station, server, headers) as follower:
        (token,) = station.db.write(lambda session: station.services.tokens.list(session))
        station.db.write(lambda session: station.services.tokens.revoke(session, SYSTEM, token.id))
        clock.advance(6)
        assert follower.ended()


def test_stopping_with_twenty_streams_open_takes_less_than_a_second(station: WebStation) -> None:
    server = station.serve()
    headers = _bearer(station)
    followers = [_follow(station, server, headers) for _ in range(20)]
    before = time.monotonic()
    server.stop()
    took = time.monotonic() - before
    assert all(follower.ended() for follower in followers)
    for follower in followers:
        follower.socket.close()
    assert took < 1.0


def test_events_are_delivered_in_order_while_eight_threads_write(station: WebStation, server: WebServer) -> None:
    each, writers = 20, 8
    with _follow(station, server, _bearer(station)) as follower:

        def write() -> None:
            for _ in range(each):
                station.db.write(lambda session: emit(session, "probe", {}))

        threads = [threading.Thread(target=write) for _ in range(writers)]
        for thread in threads:
            thread.start()
        ids = []
        while len(ids) < each * writers:
            block = follower.block()
            if "event" in block:
                ids.append(int(block["id"].partition("-")[2]))
        for thread in threads:
            thread.join()
    assert ids == sorted(set(ids))


def test_without_the_products_server_the_answer_says_so(station: WebStation) -> None:
    answer = station.program().get("/api/v1/events")
    assert answer.status_code == 503
    assert answer.get_json()["type"] == "/problems/no-streams"


def test_a_stopped_station_can_serve_again(station: WebStation) -> None:
    for _ in range(2):
        for server in serving(station):
            with _follow(station, server, _bearer(station)) as follower:
                _tell(station)
                assert follower.event()[0] == "job.state"
