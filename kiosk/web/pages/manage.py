"""The manager's way in: what is to be decided, looked at or set up, each for those who may."""

from dataclasses import dataclass

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk.actors import Actor
from kiosk.i18n import N_
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.pages.chrome import page

blueprint = Blueprint("manage", __name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """One tile: a page of the manager's, for people with *scope*."""

    scope: str
    endpoint: str
    icon: str
    title: str
    text: str

    @property
    def href(self) -> str:
        return url_for(self.endpoint)


DUTIES = (
    Duty("feedback:read", "manage_feedback.numbers", "bar-chart", N_("Feedback"), N_("What shoppers tapped, and what was flagged")),
    Duty("feedback:write", "surveys.overview", "ui-checks", N_("Surveys"), N_("Questions, faces, reasons, urgent words")),
    Duty("returns:approve", "policy.overview", "list-check", N_("Return policy"), N_("What may come back, and why not")),
    Duty("returns:approve", "return_flags.overview", "flag", N_("Returns for attention"), N_("Repeated, without receipt, near a limit")),
    Duty("privacy:write", "privacy.overview", "lock", N_("Privacy"), N_("Retention, keys, a person's data")),
    Duty("alerts:read", "alerts.overview", "envelope-paper", N_("Messages"), N_("What was told to whom, and what did not arrive")),
    Duty("users:write", "staff.people", "people", N_("Staff"), N_("People, PINs, badges")),
)


def duties_of(actor: Actor) -> tuple[Duty, ...]:
    """What *actor* may do here."""
    return tuple(duty for duty in DUTIES if actor.may(duty.scope))


@blueprint.get("/manage")
@page_requires()
def overview() -> ResponseReturnValue:
    """Every page of the manager's."""
    return page("manage/overview.html", "manage", duties=duties_of(require_actor()))
