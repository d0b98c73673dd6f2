"""Sends what the outbox holds: one thread a channel, so that a robot that stalls holds up nobody else.

A thread sleeps until something is queued or the next message is due; it does not poll, but for a look every five
minutes at what a station that died may have left behind in a shared database.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import Database
from kiosk.desk.alerts.channel import Channel, Outcome, Verdict
from kiosk.desk.alerts.compose import Origin, Say, compose
from kiosk.desk.alerts.outbox import Claim, Outbox
from kiosk.desk.alerts.service import CHANGED
from kiosk.errors import StorageError
from kiosk.events import Event, EventBus

log = logging.getLogger(__name__)

# Seconds between two looks at a shared database for what nobody else sends.
LOOK_AROUND_S = 300.0
# Seconds between two tries of a database that takes no record, or gives none.
_STORAGE_RETRY_S = 5.0
# Seconds until the next try where `claim` found nothing though something was due: another station was quicker.
_OVERTAKEN_S = 1.0
# Seconds that a stop waits for all threads together; what is being sent by then is asked about at the next start.
_STOP_S = 1.0


class Courier:
    """Sends the messages of one channel, one after the other."""

    def __init__(self, channel: Channel, outbox: Outbox, db: Database, clock: Clock, origin: Origin, say: Say) -> None:
        self.channel = channel
        self._outbox, self._db, self._clock, self._origin, self._say = outbox, db, clock, origin, say
        self._stopped = threading.Event()
        self._failing = False
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=f"alerts-{self.channel.name}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look again, now."""
        self._woken.set()

    def stop(self) -> None:
        """Begin to end: nothing more is claimed, a try under way is broken off."""
        self._stopped.set()
        self._woken.set()
        self.channel.interrupt()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; returns whether it came."""
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def step(self) -> float:
        """Send the next message if one may go out now; return the seconds until the next step is due."""
        name, limits = self.channel.name, self.channel.limits
        with self._db.read() as session:
            at = self._outbox.next_at(session, name, limits)
        if at is None:
            return LOOK_AROUND_S
        wait_s = (at - self._clock.now()).total_seconds()
        if wait_s > 0:
            return min(wait_s, LOOK_AROUND_S)
        claim = self._db.write(lambda session: self._outbox.claim(session, name, limits))
        if claim is None:
            return self._until_next()
        outcome = self._send(claim)
        if outcome.verdict is not Verdict.DELIVERED:
            log.warning("message on %s: %s, %s %s", name, outcome.verdict.value, outcome.reason, outcome.detail)
        self._record(lambda session: self._outbox.record(session, claim, limits, outcome))
        return 0.0

    def _until_next(self) -> float:
        """What `claim` put off or gave up is not due any more; what still is, another station holds at this moment."""
        with self._db.read() as session:
            at = self._outbox.next_at(session, self.channel.name, self.channel.limits)
        wait_s = (at - self._clock.now()).total_seconds() if at is not None else LOOK_AROUND_S
        return min(wait_s, LOOK_AROUND_S) if wait_s > 0 else _OVERTAKEN_S

    def _send(self, claim: Claim) -> Outcome:
        try:
            message = compose(claim.queued, self._origin, self.channel.language, self._say)
        except Exception:  # a text that cannot be rendered must not hold up those behind it
            log.exception("messages %s cannot be composed", claim.ids)
            return Outcome(Verdict.DEAD, "not-composable")
        try:
            return self.channel.send(message)
        except Exception:  # whatever broke: the request may have left
            log.exception("channel %s failed", self.channel.name)
            return Outcome(Verdict.UNCERTAIN, "internal")

    def _record(self, unit: Callable[[Session], object]) -> None:
        """Write what happened, however long the database takes to accept it.

        A stop ends the tries: then the row still says ``sent``, and the next start asks about it.
        """
        while True:
            try:
                self._db.write(unit)
            except StorageError as error:
                if self._stopped.is_set():
                    return
                self._storage_fails(error)
                self._clock.wait(self._woken, _STORAGE_RETRY_S)
                self._woken.clear()
            else:
                self._failing = False
                return

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                wait_s = self.step()
                self._failing = False
            except (StorageError, SQLAlchemyError) as error:
                if self._stopped.is_set():
                    return
                self._storage_fails(error)
                wait_s = _STORAGE_RETRY_S
            if self._stopped.is_set():
                return
            if wait_s > 0:
                self._clock.wait(self._woken, wait_s)

    def _storage_fails(self, error: Exception) -> None:
        if not self._failing:
            log.error("messages on %s wait for the database: %s", self.channel.name, error)
        self._failing = True


class Dispatcher:
    """All couriers of the station."""

    def __init__(
        self, channels: Sequence[Channel], outbox: Outbox, *, db: Database, bus: EventBus, clock: Clock, origin: Origin, say: Say
    ) -> None:
        self._outbox, self._db, self._bus = outbox, db, bus
        self.couriers = {channel.name: Courier(channel, outbox, db, clock, origin, say) for channel in channels}
        self._unsubscribe: Callable[[], None] = lambda: None

    def recover(self) -> None:
        """Ask about what an earlier process was sending when it ended; before `start`."""
        idempotent = {name: courier.channel.limits.idempotent for name, courier in self.couriers.items()}
        if found := self._db.write(lambda session: self._outbox.recover(session, idempotent)):
            log.warning("%d messages were being sent when the station stopped", found)

    def start(self) -> None:
        """Start the threads, one a channel."""
        self.recover()
        self._unsubscribe = self._bus.subscribe(self._hear)
        for courier in self.couriers.values():
            courier.start()

    def stop(self) -> None:
        """End the threads within a second, also while a robot stalls; harmless when nothing was started."""
        self._unsubscribe()
        for courier in self.couriers.values():
            courier.stop()
        deadline = time.monotonic() + _STOP_S
        for name, courier in self.couriers.items():
            if not courier.join(max(0.0, deadline - time.monotonic())):
                log.warning("channel %s did not stop in time; what it was sending is asked about at the next start", name)

    def _hear(self, event: Event) -> None:
        if event.name != CHANGED:
            return
        courier = self.couriers.get(str(event.data.get("channel")))
        if courier is not None:
            courier.wake()
