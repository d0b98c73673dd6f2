"""Tells people of a device that has been away for minutes: whoever unplugs and plugs in again tells nobody."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.desk.alerts.service import AlertService
from kiosk.desk.alerts.views import Alert
from kiosk.devices.state import DeviceState, DeviceStatus
from kiosk.i18n import msg

TOPIC = "device.state"
# The event after which the devices are looked at again.
WAKES = frozenset({"device.state"})
# A printer that gets new paper, a scanner that is plugged in again, a restart of the router: all within this.
_PATIENCE = timedelta(minutes=5)
_AWAY = frozenset({DeviceState.OFFLINE, DeviceState.DISABLED})


class DeviceWatch:
    """An appointment of the agenda: one alert for each time that a device stays away."""

    def __init__(
        self, alerts: AlertService, clock: Clock, station: str, required: Collection[str], statuses: Callable[[], Sequence[DeviceStatus]]
    ) -> None:
        """*required*: devices without which the station does not do its work; *statuses*: how all of them are now."""
        self._alerts, self._clock, self._station = alerts, clock, station
        self._required, self._statuses = required, statuses
        # Since when each one is away; looked after by the agenda's thread and the writer, one after the other.
        self._away: dict[str, datetime] = {}

    def next_due(self, session: Session) -> datetime | None:
        """When the first device will have been away for too long."""
        return min((since + _PATIENCE for since, _alert in self._untold(session)), default=None)

    def run_due(self, session: Session) -> None:
        """Raise the alerts that are due."""
        now = self._clock.now()
        for since, alert in self._untold(session):
            if since + _PATIENCE <= now:
                self._alerts.raise_alert(session, alert)

    def _untold(self, session: Session) -> list[tuple[datetime, Alert]]:
        now = self._clock.now()
        away = {status.name for status in self._statuses() if status.state in _AWAY}
        self._away = {name: self._away.get(name, now) for name in sorted(away)}
        untold = []
        for name, since in self._away.items():
            alert = self._alert(name, since)
            # What no channel carries leaves no record by which it would be known: it is not waited for.
            if not self._alerts.is_carried(alert) or self._alerts.is_known(session, alert):
                continue
            if since > now:  # the clock was set back: nobody waits for the other one's moment
                since = self._away[name] = now
                alert = self._alert(name, since)
            untold.append((since, alert))
        return untold

    def _alert(self, name: str, since: datetime) -> Alert:
        return Alert(
            topic=TOPIC,
            severity="high" if name in self._required else "normal",
            title=msg("The device %(device)s does not work", device=name),
            key=f"{TOPIC}:{self._station}:{name}:{since.timestamp():.3f}",
            lines=[msg("Since %(since)s.", since=since)],
            path="/technician",
        )
