"""Reads the forms of the case pages: every wrong field is named beside itself, and all of them at once."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from kiosk.desk.cases.views import CaseKind, CaseSource, NewCase, Severity
from kiosk.desk.contacts import ContactData
from kiosk.errors import FieldError, Invalid
from kiosk.i18n import Message, msg
from kiosk.web.context import current_services
from kiosk.web.i18n import language
from kiosk.web.pages.forms import whole

E = TypeVar("E", bound=StrEnum)

# The intake's fields, as a form that came after the log-out keeps them for its screen.
INTAKE_FIELDS = (
    "kind",
    "content",
    "occurred_at",
    "contact.name",
    "contact.phone",
    "contact.email",
    "contact.note",
    "consent",
    "department",
    "product",
    "receipt",
    "severity",
    "written",
    "statutory",
    "call_back_at",
    "owner_id",
    "language",
)


class Form:
    """One form's fields; wrong ones are collected until `check`."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields, self._wrong = fields, list[FieldError]()

    def text(self, name: str) -> str:
        return self._fields.get(name, "").strip()

    def ticked(self, name: str) -> bool:
        return self._fields.get(name) == "yes"

    def person(self, name: str) -> int | None:
        """A person's id; nobody is chosen by an empty value."""
        return whole(self._fields.get(name)) or None

    def one_of(self, name: str, kind: type[E]) -> E | None:
        """A choice; None when nothing is chosen."""
        text = self.text(name)
        if not text:
            return None
        try:
            return kind(text)
        except ValueError:
            self.wrong(name, msg("Choose one of the answers."))
            return None

    def moment(self, name: str) -> datetime | None:
        """A day and time as a browser's field writes it, in the store's zone; None when it is empty."""
        text = self.text(name)
        if not text:
            return None
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            self.wrong(name, msg("A time is written as 2026-12-31 14:30."))
            return None
        zone = current_services().settings.store.zone
        return local.astimezone(zone) if local.tzinfo is not None else local.replace(tzinfo=zone)

    def contact(self) -> ContactData | None:
        """How the customer can be reached; it needs their consent."""
        data = ContactData(**{name: self.text(f"contact.{name}") for name in ContactData.__struct_fields__})
        if data == ContactData():
            return None
        if not self.ticked("consent"):
            self.wrong("consent", msg("Contact data is kept only when the customer agrees."))
        return data

    def wrong(self, name: str, said: Message) -> None:
        # Without the value: a refusal is stored with its key, and what was typed here may be personal.
        self._wrong.append(FieldError(name, None, said))

    def check(self) -> None:
        """Raises Invalid when any field was wrong."""
        if self._wrong:
            raise Invalid(msg("Please check the marked fields; nothing was changed."), fields=self._wrong)


def read_new_case(fields: Mapping[str, str]) -> NewCase:
    """What the intake form says. Raises Invalid."""
    form = Form(fields)
    settings = current_services().settings
    kind = form.one_of("kind", CaseKind)
    if kind is None and not form.text("kind"):
        form.wrong("kind", msg("Choose one of the answers."))
    if not form.text("content"):
        form.wrong("content", msg("Write down what the customer says."))
    chosen = form.text("language")
    contact = form.contact()
    case = NewCase(
        kind=kind or CaseKind.COMPLAINT,
        content=form.text("content"),
        source=CaseSource.DESK,
        severity=form.one_of("severity", Severity),
        contact=contact,
        consent_version=settings.privacy.consent_version if contact else "",
        occurred_at=form.moment("occurred_at"),
        department=form.text("department"),
        product=form.text("product"),
        receipt=form.text("receipt"),
        written=form.ticked("written"),
        statutory=form.ticked("statutory"),
        call_back_at=form.moment("call_back_at"),
        owner_id=form.person("owner_id"),
        language=chosen if chosen in settings.store.languages else language(),
        print_slip=not form.ticked("no_slip"),
    )
    form.check()
    return case


def field_value(moment: datetime | None) -> str:
    """*moment* as a browser's field writes it, in the store's zone."""
    return moment.astimezone(current_services().settings.store.zone).strftime("%Y-%m-%dT%H:%M") if moment else ""
