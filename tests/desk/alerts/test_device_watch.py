"""A device that stays away is told once; one that comes back within minutes is not."""

import pytest

from kiosk.desk.agenda import Agenda
from kiosk.desk.alerts.devices import DeviceWatch
from kiosk.devices.state import DeviceState, DeviceStatus
from tests.desk.alerts.alert_world import AlertWorld, ScriptedChannel


class Watched:
    """A desk, two devices, and the agenda that looks at them."""

    def __init__(self, desk: AlertWorld) -> None:
        self.desk = desk
        self.states = {"ticket-printer": DeviceState.READY, "desk-scanner": DeviceState.READY}
        self.agenda = Agenda(desk.db, desk.clock, desk.bus)
        watch = DeviceWatch(desk.alerts, desk.clock, "desk-1", {"ticket-printer"}, self.statuses)
        self.agenda.register("devices", watch.next_due, watch.run_due)

    def statuses(self) -> list[DeviceStatus]:
        return [DeviceStatus(name, "printer", "driver", state) for name, state in self.states.items()]

    def becomes(self, name: str, state: DeviceState, after_s: float) -> list[tuple[str, str]]:
        """*name* changes its state, *after_s* pass; returns severity and title of all that was raised so far."""
        self.states[name] = state
        self.agenda.run_due()
        self.desk.clock.advance(after_s)
        self.agenda.run_due()
        return [(view.severity, view.title) for view in self.desk.all()]


@pytest.fixture
def watched(desk: AlertWorld) -> Watched:
    return Watched(desk)


def test_a_device_that_stays_away_is_told_once(watched: Watched) -> None:
    assert watched.becomes("ticket-printer", DeviceState.OFFLINE, 299) == []
    told = [("high", "The device ticket-printer does not work")]
    assert watched.becomes("ticket-printer", DeviceState.OFFLINE, 1) == told
    assert watched.becomes("ticket-printer", DeviceState.DISABLED, 3600) == told


def test_one_that_comes_back_in_time_is_not_told(watched: Watched) -> None:
    watched.becomes("ticket-printer", DeviceState.OFFLINE, 200)
    watched.becomes("ticket-printer", DeviceState.DEGRADED, 200)
    assert watched.becomes("ticket-printer", DeviceState.OFFLINE, 200) == []


def test_each_absence_is_told(watched: Watched) -> None:
    watched.becomes("desk-scanner", DeviceState.OFFLINE, 400)
    watched.becomes("desk-scanner", DeviceState.READY, 10)
    assert watched.becomes("desk-scanner", DeviceState.OFFLINE, 400) == [("normal", "The device desk-scanner does not work")] * 2


def test_a_clock_that_is_set_back_delays_no_alert_for_hours_and_repeats_none(watched: Watched) -> None:
    watched.becomes("desk-scanner", DeviceState.OFFLINE, 400)
    watched.becomes("ticket-printer", DeviceState.OFFLINE, 100)
    watched.desk.clock.jump(-6 * 3600)
    told = watched.becomes("ticket-printer", DeviceState.OFFLINE, 301)
    assert told == [("normal", "The device desk-scanner does not work"), ("high", "The device ticket-printer does not work")]


def test_where_no_channel_carries_it_nothing_is_kept(watched: Watched, desk: AlertWorld) -> None:
    silent = Watched(desk.another("desk-2"))
    assert silent.becomes("ticket-printer", DeviceState.OFFLINE, 4000) == []


def test_what_is_told_reaches_the_channel(watched: Watched, desk: AlertWorld, channel: ScriptedChannel) -> None:
    watched.becomes("ticket-printer", DeviceState.OFFLINE, 300)
    desk.work()
    assert channel.titles == ["[high] The device ticket-printer does not work"]
