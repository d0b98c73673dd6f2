"""What stands around every staff page: counters, the state of the devices, open questions, the person."""

from dataclasses import dataclass

from flask import render_template, url_for

from kiosk.desk.actors import Actor
from kiosk.devices.jobs import JobState
from kiosk.i18n import N_, Message, msg
from kiosk.web.auth import require_actor
from kiosk.web.context import current_services
from kiosk.web.pages import words


@dataclass(frozen=True, slots=True)
class Link:
    """One counter in the rail."""

    name: str
    text: str
    icon: str
    endpoint: str
    scope: str | None

    @property
    def href(self) -> str:
        return url_for(self.endpoint)


@dataclass(frozen=True, slots=True)
class Light:
    """One state in the strip; *remedy* makes it an alarm as well."""

    tone: str
    icon: str
    text: Message
    remedy: Message
    href: str


@dataclass(frozen=True, slots=True)
class Chrome:
    """The frame of one page for one person."""

    active: str
    person: str
    links: tuple[Link, ...]
    lights: tuple[Light, ...]
    idle_s: int

    @property
    def alarms(self) -> tuple[Light, ...]:
        return tuple(light for light in self.lights if light.remedy.text)


LINKS = (
    Link("home", N_("Desk"), "house", "home.desk", None),
    Link("bags", N_("Bags"), "bag", "bags.board", "bags:read"),
    Link("cases", N_("Cases"), "card-checklist", "cases.overview", "cases:read"),
    Link("returns", N_("Returns"), "arrow-return-left", "returns.overview", "returns:read"),
    Link("jobs", N_("Prints"), "printer", "jobs.queue", "jobs:read"),
    Link("technician", N_("Devices"), "tools", "technician.devices", "devices:write"),
    Link("staff", N_("Staff"), "people", "staff.people", "users:write"),
    Link("manage", N_("Manage"), "sliders", "manage.overview", "alerts:read"),
)


def page(template: str, active: str = "", status: int = 200, **context: object) -> tuple[str, int]:
    """Render a staff page within its frame."""
    return render_template(template, chrome=build_chrome(require_actor(), active), **context), status


def build_chrome(actor: Actor, active: str) -> Chrome:
    """Look up what the frame shows."""
    services = current_services()
    return Chrome(
        active=active,
        person=actor.name,
        links=tuple(link for link in LINKS if link.scope is None or actor.may(link.scope)),
        lights=tuple(_lights(actor)),
        idle_s=services.settings.security.idle_logout_min * 60,
    )


def _lights(actor: Actor) -> list[Light]:
    services = current_services()
    place = url_for("technician.devices") if actor.may("devices:write") else url_for("jobs.queue")
    lights = []
    for status in services.devices.statuses():
        printer = services.devices.printer_status(status.name) if status.kind == "printer" else None
        said = words.device_words(status, printer)
        # Whoever may not mend devices aims the camera all the same.
        aims = status.name in services.devices.cameras and actor.may("devices:read") and not actor.may("devices:write")
        here = url_for("cameras.look", name=status.name) if aims else place
        lights.append(Light(said.tone, said.icon, said.text, said.remedy, here))
    if actor.may("jobs:read") and (count := open_questions()):
        text = msg("Print questions: %(count)s", count=count)
        lights.append(Light(words.ASK, "question-circle", text, Message(""), url_for("jobs.queue")))
    if actor.may("alerts:write") and (count := _undelivered()):
        text = msg("Messages not delivered: %(count)s", count=count)
        lights.append(Light(words.ASK, "envelope-paper", text, Message(""), url_for("alerts.overview", state="open")))
    return lights


def _undelivered() -> int:
    services = current_services()
    with services.db.read() as session:
        return services.alerts.open_questions(session)


def open_questions() -> int:
    """How many print jobs wait for a person's decision."""
    services = current_services()
    with services.db.read() as session:
        jobs = services.jobs.list(session, states={JobState.UNCERTAIN, JobState.QUEUED}, limit=100)
    return sum(job.needs_decision for job in jobs)
