"""Records what face buttons are pressed: in order, retried while the database is away, told to the kiosk's screen.

A press is on disk before its lamp says so. Until then it waits in memory, where a power cut would lose it: its lamp blinks.
"""

import logging
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import Database
from kiosk.desk.feedback import FeedbackService, SurveyService
from kiosk.desk.feedback.views import NewPress, PressSource
from kiosk.devices.button_service import Answer, ButtonPress
from kiosk.errors import NotFound, Refusal, StorageError
from kiosk.events import emit
from kiosk.i18n import N_, msg

log = logging.getLogger(__name__)

# Presses that wait at most: an hour without a database at one press every two seconds. A press is some 200 bytes.
_MAX_WAITING = 2000
# Seconds between tries while the database is away.
_FIRST_RETRY_S, _LONGEST_RETRY_S = 0.5, 15.0
# The screen thanks for a press of just now (seconds); later, somebody else stands there.
_TELL_WITHIN_S = 8.0
_KEY_BYTES = 16  # 128 bits


class NothingAsked(NotFound):
    """At the time of the press no survey was asked, or none with so many faces."""

    slug = "nothing-asked"
    title = N_("Nothing is asked at this hour")


@dataclass(slots=True)
class _Waiting:
    press: ButtonPress
    answer: Answer
    # Made once, so that a try whose answer was lost is the same press.
    key: str = field(default_factory=lambda: secrets.token_urlsafe(_KEY_BYTES))


class ButtonPresses:
    """The sink of all button panels of a station. A thread of its own records, so that no panel waits for the database."""

    def __init__(
        self, db: Database, feedback: FeedbackService, surveys: SurveyService, clock: Clock, station: str, *, most: int = _MAX_WAITING
    ) -> None:
        """*most* presses wait in memory; a press beyond them is refused, which its lamp says."""
        self._db, self._feedback, self._surveys, self._clock = db, feedback, surveys, clock
        self._station, self._most = station, most
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._waiting: deque[_Waiting] = deque()
        self._stopping = False
        self._away = False  # whether the database refused the newest try
        self._thread: threading.Thread | None = None

    def take(self, press: ButtonPress, answer: Answer) -> None:
        """Take *press*; *answer* is called once, from another thread, when it is on disk or refused. Never blocks."""
        with self._lock:
            full = self._stopping or len(self._waiting) >= self._most
            if not full:
                self._waiting.append(_Waiting(press, answer))
                if self._thread is None:  # a station without buttons needs no thread
                    self._thread = threading.Thread(target=self._run, name="button-presses", daemon=True)
                    self._thread.start()
        if full:
            log.error("a press of button %d is refused: %d wait for the database already", press.button, self._most)
            answer(False)
        self._woken.set()

    @property
    def waiting(self) -> int:
        """How many presses are not on disk yet."""
        with self._lock:
            return len(self._waiting)

    def stop(self, timeout_s: float = 2.0) -> None:
        """Try once more to record what waits, then end; what is lost is counted in the log."""
        with self._lock:
            self._stopping = True
        self._woken.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        with self._lock:
            lost, self._waiting = list(self._waiting), deque()
        if lost:
            log.error("%d button presses are lost: the database did not take them before the stop", len(lost))
        for item in lost:
            item.answer(False)

    def _run(self) -> None:
        wait_s = _FIRST_RETRY_S
        while True:
            self._woken.clear()  # before the look: what comes after it ends the wait
            with self._lock:
                item = self._waiting[0] if self._waiting else None
                stopping = self._stopping
            if item is None:
                if stopping:
                    return
                self._woken.wait()
            elif self._record(item):
                wait_s = _FIRST_RETRY_S
            elif stopping:
                return
            elif not self._clock.wait(self._woken, wait_s):
                wait_s = min(2 * wait_s, _LONGEST_RETRY_S)

    def _record(self, item: _Waiting) -> bool:
        """Record one press; False: the database is away, the press stays at the head of the queue."""
        recorded = False
        try:
            self._db.write(lambda session: self._write(session, item))
            recorded = True
        except StorageError as error:
            if not self._away:
                log.warning("button presses wait in memory: %s", error)
            self._away = True
            return False
        except Refusal as refusal:
            log.info("a press of button %d is not recorded: %s", item.press.button, refusal)
        except Exception:  # one press that cannot be recorded must not hold up all later ones
            log.exception("a press of button %d cannot be recorded", item.press.button)
        if self._away:
            self._away = False
            log.info("the database takes button presses again")
        with self._lock:
            given_up = not self._waiting  # by a stop that could wait no longer: the lamp has its answer
            if not given_up:
                self._waiting.popleft()
        if given_up:
            log.warning("a press of button %d was recorded after all: its commit outlasted the stop", item.press.button)
        else:
            item.answer(recorded)
        return True

    def _write(self, session: Session, item: _Waiting) -> None:
        rating, at = item.press.button, item.press.at
        survey = self._surveys.current(session, station=self._station, counter=False, at=at)
        if survey is None or rating > survey.survey.scale.steps:
            raise NothingAsked(msg("No survey asks for %(rating)s at this hour.", rating=rating))
        press = NewPress(
            key=item.key,
            survey=f"{survey.survey.slug}@{survey.version}",
            rating=rating,
            source=PressSource.BUTTON,
            language=survey.survey.languages[0] if survey.survey.languages else "zh",
            pressed_at=at,
        )
        recorded = self._feedback.press(session, press, station=self._station)
        if _age_s(self._clock.now(), at) <= _TELL_WITHIN_S:
            data = {"key": recorded.key, "rating": recorded.rating, "survey": recorded.survey, "version": recorded.version}
            emit(session, "button.pressed", data, screen=f"kiosk:{self._station}")


def _age_s(now: datetime, at: datetime) -> float:
    return (now - at).total_seconds()
