"""The page on a shopper's phone: goes on with the press that was made at the kiosk, by the one-time link of its QR code."""

from dataclasses import dataclass
from typing import Literal, cast

from flask import Blueprint, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from kiosk.desk.bags.codes import grouped
from kiosk.desk.contacts import ContactData
from kiosk.desk.contacts.consent import consent
from kiosk.desk.feedback.errors import WrongFeedback
from kiosk.desk.feedback.handover import Handover, HandoverState, LinkExpired, LinkTaken, LinkUsed, UnknownLink
from kiosk.desk.feedback.views import Complaint, FollowUp, PressSource, PressView, Reason, Recorded, SurveyVersion
from kiosk.errors import Conflict, Refusal
from kiosk.i18n import N_, msg
from kiosk.web.auth import passive, public
from kiosk.web.commands import Answer, command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.i18n import LANGUAGE_COOKIE, language, translate
from kiosk.web.problems import status_of
from kiosk.web.sessions import screen_id

blueprint = Blueprint("phone", __name__, url_prefix="/feedback/phone")

# Reasons that one rating offers; the kiosk shows as many.
_MOST_REASONS = 6
_DEAD_LINK = (UnknownLink, LinkExpired, LinkUsed, LinkTaken)
KINDS = (("", N_("Just my opinion")), ("complaint", N_("A complaint: please look into it")), ("suggestion", N_("A suggestion")))


@dataclass(frozen=True, slots=True)
class Subject:
    """What the phone goes on with: a link, the press behind it, and the survey as it was asked."""

    link: Handover
    press: PressView
    survey: SurveyVersion
    recorded: Recorded

    @property
    def reasons(self) -> list[Reason]:
        """The reasons that the press's rating offers."""
        return [reason for reason in self.survey.survey.reasons if self.press.rating in reason.ratings][:_MOST_REASONS]


@blueprint.get("/<token>")
@public
@passive
def show(token: str) -> ResponseReturnValue:
    """The form; after it was sent, what became of it."""
    try:
        subject = _subject(token)
    except _DEAD_LINK as refusal:
        return _dead(refusal)
    if LANGUAGE_COOKIE not in request.cookies and "lang" not in session:
        # The phone speaks as the kiosk did when its person rated, until they choose.
        session["lang"] = subject.press.language
    if subject.link.state is HandoverState.SENT:
        return render_template("shopper/sent.html", recorded=subject.recorded, grouped=grouped)
    return _form(token, subject, MultiDict({"reason": list(subject.press.reasons)}), None)


@blueprint.post("/<token>/open")
@public
def take_over(token: str) -> ResponseReturnValue:
    """The page says that a person has it: previews and security checks of messengers run no scripts."""
    services, phone = current_services(), screen_id()
    return command(lambda unit: services.handovers.take_over(unit, token, phone), lambda _taken: Answer(204))


@blueprint.post("/<token>")
@public
def send(token: str) -> ResponseReturnValue:
    """Add what was written to the press, and use the link up, in one transaction."""
    phone, form = screen_id(), request.form
    subject: Subject | None = None
    try:
        subject = _subject(token)
        added = _follow_up(form)
        return command(
            lambda unit: _record(unit, token, phone, added),
            lambda _recorded: redirect_answer(url_for("phone.show", token=token)),
        )
    except Refusal as refusal:
        if subject is None or isinstance(refusal, (*_DEAD_LINK, Conflict)):
            return _dead(refusal)
        return _form(token, subject, form, refusal)


def _record(unit: Session, token: str, phone: str, added: FollowUp) -> Recorded:
    services = current_services()
    link = services.handovers.use(unit, token, phone)
    return services.feedback.follow_up(unit, link.press_key, added, source=PressSource.PHONE)


def _subject(token: str) -> Subject:
    services = current_services()
    with services.db.read() as records:
        link = services.handovers.look(records, token, screen_id())
        recorded = services.feedback.find(records, link.press_key)
        if recorded is None:
            raise UnknownLink(msg("The rating of this link is not known."), msg("Rate again at the kiosk."))
        press = services.feedback.get(records, recorded.id)
        survey = services.surveys.version(records, press.survey, press.version)
    return Subject(link, press, survey, recorded)


def _follow_up(form: "MultiDict[str, str]") -> FollowUp:
    """What the form says. Raises WrongFeedback where the parts do not fit together."""
    comment = form.get("comment", "").strip()
    kind = form.get("kind", "")
    contact = ContactData(
        name=form.get("contact.name", "").strip(), phone=form.get("contact.phone", "").strip(), email=form.get("contact.email", "").strip()
    )
    left = contact != ContactData()
    complaint = None
    if kind in ("complaint", "suggestion"):
        if left and not form.get("consent"):
            raise WrongFeedback.of("consent", "", msg("Please agree to how your contact is used, or leave it out."))
        complaint = Complaint(
            kind=cast(Literal["complaint", "suggestion"], kind),
            content=comment,
            contact=contact if left else None,
            consent_version=form.get("consent", "") if left else "",
        )
    elif left:
        raise WrongFeedback.of("kind", kind, msg("Choose complaint or suggestion, so that you can be answered."))
    return FollowUp(reasons=tuple(form.getlist("reason")), comment=comment or None, complaint=complaint, language=language())


def _form(token: str, subject: Subject, form: "MultiDict[str, str]", error: Refusal | None) -> ResponseReturnValue:
    settings = current_services().settings
    html = render_template(
        "shopper/phone.html",
        token=token,
        subject=subject,
        form=form,
        error=error,
        kinds=[(value, translate(text)) for value, text in KINDS],
        consent=consent(settings.privacy, language()),
        comment_max=settings.feedback.comment_max_length,
    )
    return html, status_of(error) if error else 200


def _dead(refusal: Refusal) -> ResponseReturnValue:
    return render_template("shopper/over.html", error=refusal), status_of(refusal)
