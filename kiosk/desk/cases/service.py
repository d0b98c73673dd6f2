"""The cases of one station: the one class that web, feedback and agenda talk to.

Methods that change something take the session of a write unit first, check the actor's permission, append to history and
audit trail and emit ``case.changed``; look-ups take any session. All answers are frozen values from views.py.
"""

import random
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.alerts import AlertService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags.days import TradingDays
from kiosk.desk.bags.throttle import WrongCodes
from kiosk.desk.cases import intake, look, photos, replies, slips, steps, stories, views
from kiosk.desk.cases.alarms import Alarms
from kiosk.desk.cases.context import Context, FindWords
from kiosk.desk.cases.photos import PreparedPhoto
from kiosk.desk.cases.privacy import CasePrivacy
from kiosk.desk.cases.throttle import CaseCodes
from kiosk.desk.contacts import ContactData, ContactVault
from kiosk.desk.hours import BusinessHours
from kiosk.devices.queue import JobQueue


class CaseService:
    """Takes cases in and keeps them moving until they are answered."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        jobs: JobQueue,
        audit: AuditTrail,
        alerts: AlertService,
        contacts: ContactVault,
        hours: BusinessHours,
        printer_name: Callable[[], str],
        rng: random.Random | None = None,
    ) -> None:
        """*printer_name* names the printer of slips at the moment of printing, "" when there is none; *rng* makes codes."""
        self._context = Context(
            settings=settings,
            clock=clock,
            jobs=jobs,
            audit=audit,
            alerts=alerts,
            contacts=contacts,
            hours=hours,
            printer_name=printer_name,
            rng=rng or secrets.SystemRandom(),
            days=TradingDays(settings.store, settings.bags),
            wrong_codes=CaseCodes(WrongCodes(settings.security.wrong_codes_per_min, clock)),
        )
        self._alarms = Alarms(self._context)
        self._privacy = CasePrivacy(self._context)

    def judge_by(self, find_words: FindWords) -> None:
        """Have *find_words* look for the store's urgent words in what a new case says; the list is kept elsewhere."""
        self._context.find_words = find_words

    # -- intake: in a write unit

    def open(self, session: Session, actor: Actor, case: views.NewCase) -> views.CaseReceipt:
        """Take a case in: record, contact, due times, slip and alert in one transaction."""
        return intake.open_case(self._context, session, actor, case)

    def said_again(
        self, session: Session, actor: Actor, case_id: int, text: str, contact: ContactData | None = None, consent_version: str = ""
    ) -> None:
        """Add what a shopper says after their case was opened, and their contact where it has none; the same again adds nothing."""
        intake.said_again(self._context, session, actor, case_id, text, contact, consent_version)

    def update(self, session: Session, actor: Actor, case_id: int, changes: views.CaseChanges) -> views.CaseView:
        """Correct what intake took down; only what differs is recorded."""
        intake.change(self._context, session, actor, case_id, changes)
        return self.get(session, case_id)

    def set_severity(self, session: Session, actor: Actor, case_id: int, severity: views.Severity, reason: str) -> views.CaseView:
        """Say by hand how bad it is; due times of clocks that still run are reckoned anew. Lowering needs a *reason*."""
        intake.set_severity(self._context, session, actor, case_id, severity, reason)
        return self.get(session, case_id)

    def reprint_slip(self, session: Session, actor: Actor, case_id: int) -> views.CaseView:
        """Print the slip once more, marked as a copy."""
        slips.reprint(self._context, session, actor, case_id)
        return self.get(session, case_id)

    # -- steps

    def acknowledge(self, session: Session, actor: Actor, case_id: int) -> views.CaseView:
        """See to a new case, or to one that was passed up the ladder."""
        steps.acknowledge(self._context, session, actor, case_id)
        return self.get(session, case_id)

    def assign(
        self, session: Session, actor: Actor, case_id: int, *, owner_id: int | None, department: str | None = None
    ) -> views.CaseView:
        """Say who owns it; *department* None leaves that."""
        steps.assign(self._context, session, actor, case_id, owner_id, department)
        return self.get(session, case_id)

    def start(self, session: Session, actor: Actor, case_id: int) -> views.CaseView:
        """Begin or go on to work on it."""
        steps.start(self._context, session, actor, case_id)
        return self.get(session, case_id)

    def wait(self, session: Session, actor: Actor, case_id: int, waiting_for: str) -> views.CaseView:
        """Say for whom it waits; its clocks run on."""
        steps.wait(self._context, session, actor, case_id, waiting_for)
        return self.get(session, case_id)

    def note(self, session: Session, actor: Actor, case_id: int, text: str, first_answer: bool = False) -> views.CaseView:
        """Write something down; with *first_answer* it is what the customer was told first."""
        (steps.first_answer if first_answer else steps.note)(self._context, session, actor, case_id, text)
        return self.get(session, case_id)

    def first_answer(self, session: Session, actor: Actor, case_id: int, text: str) -> views.CaseView:
        """Note what the customer was told first: that clock stops."""
        return self.note(session, actor, case_id, text, first_answer=True)

    def resolve(self, session: Session, actor: Actor, case_id: int, outcome: str) -> views.CaseView:
        """Note what was done about it; where a contact was left, a call-back becomes due."""
        steps.resolve(self._context, session, actor, case_id, outcome)
        return self.get(session, case_id)

    def close(self, session: Session, actor: Actor, case_id: int, *, call_back: str) -> views.CaseView:
        """End it with how the call-back went, or `views.NO_CONTACT_LEFT`."""
        steps.close(self._context, session, actor, case_id, call_back)
        return self.get(session, case_id)

    def reopen(self, session: Session, actor: Actor, case_id: int, reason: str) -> views.CaseView:
        """Take a resolved or closed case up again."""
        steps.reopen(self._context, session, actor, case_id, reason)
        return self.get(session, case_id)

    # -- photos, letters, stories

    def prepare_photo(self, image: bytes) -> PreparedPhoto:
        """Decode and shrink *image* before the write unit: it takes up to seconds on a Pi. Raises Invalid (field ``photo``)."""
        return photos.prepare(self._context, image)

    def add_photo(self, session: Session, actor: Actor, case_id: int, image: bytes | PreparedPhoto) -> int:
        """Keep a photo, best one from `prepare_photo`; return its number."""
        prepared = image if isinstance(image, PreparedPhoto) else photos.prepare(self._context, image)
        return photos.add(self._context, session, actor, case_id, prepared)

    def remove_photo(self, session: Session, actor: Actor, case_id: int, photo_id: int) -> views.CaseView:
        """Delete a photo."""
        photos.remove(self._context, session, actor, case_id, photo_id)
        return self.get(session, case_id)

    def write_reply(self, session: Session, actor: Actor, case_id: int, text: str) -> int:
        """Keep the text of a letter; return its number."""
        return replies.write(self._context, session, actor, case_id, text)

    def mark_reply_sent(self, session: Session, actor: Actor, case_id: int, how: str) -> views.CaseView:
        """Note that the newest letter went out."""
        replies.mark_sent(self._context, session, actor, case_id, how)
        return self.get(session, case_id)

    def release_story(
        self, session: Session, actor: Actor, case_id: int, said: Mapping[str, str], did: Mapping[str, str]
    ) -> views.CaseView:
        """Show "you said, we did" of a closed case on the attract screen; texts in each of the store's languages."""
        stories.release(self._context, session, actor, case_id, said, did)
        return self.get(session, case_id)

    def withdraw_story(self, session: Session, actor: Actor, case_id: int) -> views.CaseView:
        """Take it off the screen."""
        stories.withdraw(self._context, session, actor, case_id)
        return self.get(session, case_id)

    # -- the agenda

    def next_alarm(self, session: Session) -> datetime | None:
        """When the next reminder, warning or step of the ladder is due."""
        return self._alarms.next_due(session)

    def run_alarms(self, session: Session) -> None:
        """Give what is due; a write unit."""
        self._alarms.run(session)

    # -- look-ups: in any session

    def get(self, session: Session, case_id: int) -> views.CaseView:
        """One case; raises UnknownCase."""
        return look.get(self._context, session, case_id)

    def history(self, session: Session, case_id: int) -> "list[views.CaseEntry]":
        """What happened to it, oldest first."""
        return look.history(session, case_id)

    def photos(self, session: Session, case_id: int) -> "list[views.PhotoView]":
        """Its photos, oldest first, without the pictures."""
        return photos.views(session, case_id)

    def photo(self, session: Session, case_id: int, photo_id: int) -> bytes:
        """One picture, as JPEG."""
        return photos.jpeg(self._context, session, case_id, photo_id)

    def replies(self, session: Session, case_id: int) -> "list[views.Reply]":
        """Its letters, oldest first."""
        return replies.views(session, case_id)

    def reply_pdf(self, session: Session, case_id: int) -> bytes:
        """The newest letter on A4; raises NoReply."""
        return replies.pdf(self._context, session, case_id)

    def stories(self, session: Session, limit: int = 10) -> "list[views.Story]":
        """What the attract screen tells, newest first."""
        return stories.newest(session, limit)

    def state_of(self, session: Session, code: str, *, address: str = "") -> views.PublicState:
        """The state alone, by the code on a slip; wrong codes from *address* are counted and throttled."""
        return look.state_of(self._context, session, code, address)

    def call_backs(self, session: Session, limit: int = look.MAX_ROWS) -> "list[views.CaseView]":
        """Whom to call, the earliest first."""
        return look.call_backs(self._context, session, limit)

    def counts(self, session: Session) -> views.CaseCounts:
        """How much there is to do."""
        return look.counts(self._context, session)

    # -- last, because its name hides the type of the same name from what follows in this class

    def list(
        self,
        session: Session,
        *,
        states: Collection[views.CaseState] | None = None,
        owner_id: int | None = None,
        department: str | None = None,
        severity: views.Severity | None = None,
        overdue: bool | None = None,
        query: str = "",
        limit: int = 50,
        before_id: int | None = None,
        unowned: bool = False,
    ) -> list[views.CaseView]:
        """The newest cases first that meet every condition; *query* is a number, a code, or part of what was said."""
        return look.list_cases(
            self._context,
            session,
            states=states,
            owner_id=owner_id,
            department=department,
            severity=severity,
            overdue=overdue,
            query=query,
            limit=limit,
            before_id=before_id,
            unowned=unowned,
        )
