"""A station as far as its outbox goes: real service, outbox and couriers without threads; the test is the receiver."""

import random
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.config_service import Alerts
from kiosk.config_service import Channel as ChannelSettings
from kiosk.db import Database
from kiosk.desk.actors import ROLE_SCOPES, Actor, Role
from kiosk.desk.alerts import Alert, AlertService
from kiosk.desk.alerts.channel import Limits, Outcome, Outgoing, Verdict
from kiosk.desk.alerts.compose import Origin
from kiosk.desk.alerts.dispatcher import Dispatcher
from kiosk.desk.alerts.models import DeliveryState
from kiosk.desk.alerts.outbox import Outbox
from kiosk.desk.alerts.views import DeliveryView, Resolution
from kiosk.desk.audit import AuditTrail
from kiosk.events import EventBus
from kiosk.i18n import Speaker, msg
from tests.fakes.clock import FakeClock

T = TypeVar("T")

MANAGER = Actor("user", 2, "Chen", ROLE_SCOPES[Role.MANAGER], Role.MANAGER)
CLERK = Actor("user", 1, "Wang", ROLE_SCOPES[Role.DESK], Role.DESK)
DELIVERED = Outcome(Verdict.DELIVERED)
UNCERTAIN = Outcome(Verdict.UNCERTAIN, "timeout")
REFUSED = Outcome(Verdict.REFUSED, "server-error", "HTTP 500")
AWAY = Outcome(Verdict.REFUSED, "refused", pause=True)
DEAD = Outcome(Verdict.DEAD, "rejected", "93000 invalid webhook url")
# Wide enough not to matter where a test is not about limits.
WIDE = Limits(per_minute=1000, burst=50)


class ScriptedChannel:
    """Takes everything, unless told what to do with the next messages: an outcome, or something to raise."""

    def __init__(self, name: str = "group", limits: Limits = WIDE, language: str = "en") -> None:
        self.name, self.limits, self.language = name, limits, language
        self.sent: list[Outgoing] = []
        self.interrupted = 0
        self.during_send: Callable[[], None] = lambda: None
        self._script: list[Outcome | BaseException] = []

    def do(self, *steps: Outcome | BaseException) -> None:
        self._script += steps

    def send(self, message: Outgoing) -> Outcome:
        self.sent.append(message)
        self.during_send()
        step = self._script.pop(0) if self._script else DELIVERED
        if isinstance(step, BaseException):
            raise step
        return step

    def interrupt(self) -> None:
        self.interrupted += 1

    @property
    def titles(self) -> list[str]:
        return [message.title for message in self.sent]


class AlertWorld:
    """One station on one database; `another` is a second one beside it."""

    def __init__(
        self, database: Database, clock: FakeClock, bus: EventBus, channels: list[ScriptedChannel], station: str = "desk-1", **alerts: Any
    ) -> None:
        self.db, self.clock, self.bus, self.channels = database, clock, bus, channels
        listed = [
            ChannelSettings(channel.name, "wecom", "http://127.0.0.1/", language=channel.language)  # type: ignore[arg-type]
            for channel in channels
        ]
        settings = Settings()
        self.settings = msgspec.structs.replace(
            settings,
            station=msgspec.structs.replace(settings.station, name=station),
            alerts=Alerts(**{"channels": listed, "give_up_h": 12.0, **alerts}),
        )
        self.audit = AuditTrail(station, clock)
        self.alerts = AlertService(self.settings, clock, self.audit)
        self.dispatcher = self._dispatcher()
        self._numbers = iter(range(1, 10_000))

    def another(self, station: str, *channels: ScriptedChannel) -> "AlertWorld":
        return AlertWorld(self.db, self.clock, self.bus, list(channels), station)

    def restart(self) -> None:
        """A new process on the same database."""
        self.dispatcher = self._dispatcher()
        self.dispatcher.recover()

    def _dispatcher(self) -> Dispatcher:
        name = self.settings.station.name
        return Dispatcher(
            self.channels,
            Outbox(name, self.clock, timeout_s=10, rng=random.Random(7)),
            db=self.db,
            bus=self.bus,
            clock=self.clock,
            origin=Origin("S001", "超市", "Store", name, "http://desk"),
            say=Speaker(self.settings.store.zone).say,
        )

    # -- the desk

    def tell(self, severity: str = "normal", title: str = "", topic: str = "case.opened", key: str = "") -> int:
        """Raise an alert; returns how many channels it was queued for."""
        number = next(self._numbers)
        alert = Alert(topic, severity, msg("%(title)s", title=title or f"case {number}"), key or f"case:{number}", path="/desk/cases/1")
        return self.write(lambda session: self.alerts.raise_alert(session, alert))

    def write(self, unit: Callable[[Session], T]) -> T:
        return self.db.write(unit)

    def decide(self, delivery_id: int, outcome: Resolution, actor: Actor = MANAGER) -> DeliveryView:
        return self.write(lambda session: self.alerts.resolve(session, actor, delivery_id, outcome)).view

    # -- the couriers

    def work(self, steps: int = 100, channel: str = "group") -> float:
        """Let the courier of *channel* work until it waits; returns the seconds that it would wait."""
        for _ in range(steps):
            wait_s = self.dispatcher.couriers[channel].step()
            if wait_s > 0:
                return wait_s
        return 0.0

    def work_for(self, seconds: float, channel: str = "group") -> None:
        """Let *seconds* pass with the courier at work."""
        end = self.clock.monotonic() + seconds
        while (left := end - self.clock.monotonic()) > 1e-6:
            self.clock.advance(min(left, self.work(channel=channel)))
        self.work(channel=channel)

    # -- what is on disk

    def all(self) -> list[DeliveryView]:
        """Every delivery, oldest first."""
        with self.db.read() as session:
            return [listed.view for listed in reversed(self.alerts.list(session, limit=1000))]

    def states(self) -> list[DeliveryState]:
        return [view.state for view in self.all()]
