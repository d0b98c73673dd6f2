"""The manager's surveys: edit, look at what a shopper would see, save as a new version; and the urgent words."""

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.feedback.errors import SurveyMoved, SurveyTaken
from kiosk.desk.feedback.survey_rules import checked
from kiosk.desk.feedback.views import Scale, Survey, SurveyVersion
from kiosk.errors import Refusal
from kiosk.i18n import N_, msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.pages.feedback import page_version, render_picture
from kiosk.web.pages.feedback_data import preview_of
from kiosk.web.pages.forms import whole
from kiosk.web.pages.survey_forms import NEW_ROWS, survey_of
from kiosk.web.problems import status_of

blueprint = Blueprint("surveys", __name__, url_prefix="/manage/surveys")

SCALES = (
    (Scale.FACES_5.value, N_("Five faces")),
    (Scale.FACES_4.value, N_("Four faces")),
    (Scale.NUMBERS_5.value, N_("Numbers 1 to 5")),
    (Scale.NUMBERS_10.value, N_("Numbers 1 to 10")),
)


@blueprint.get("")
@page_requires("feedback:write")
def overview() -> ResponseReturnValue:
    """Every survey, in its newest version."""
    services = current_services()
    with services.db.read() as session:
        surveys = services.surveys.list(session)
    return page("manage/surveys.html", "manage", surveys=surveys)


@blueprint.route("/new", methods=["GET", "POST"])
@page_requires("feedback:write")
def new() -> ResponseReturnValue:
    """A survey that does not exist yet."""
    if request.method == "POST":
        return _save(request.form.get("slug", "").strip(), url_for("surveys.new"))
    return _editor(Survey(slug="", question={}), None, url_for("surveys.new"))


@blueprint.route("/<slug>", methods=["GET", "POST"])
@page_requires("feedback:write")
def edit(slug: str) -> ResponseReturnValue:
    """The newest version, to be changed; with ``?version=2`` that one is put into the form, to be saved anew."""
    action = url_for("surveys.edit", slug=slug)
    if request.method == "POST":
        return _save(slug, action)
    services = current_services()
    with services.db.read() as session:
        newest = services.surveys.version(session, slug)
        shown = services.surveys.version(session, slug, whole(request.args["version"])) if "version" in request.args else newest
    return _editor(shown.survey, newest, action)


@blueprint.post("/preview")
@page_requires("feedback:write")
def preview() -> ResponseReturnValue:
    """The shopper's page with the survey as it stands in the form; nothing is saved or recorded."""
    services = current_services()
    survey = checked(survey_of(request.form, request.form.get("slug", "").strip() or "sample"))
    with services.db.read() as session:
        return render_picture(preview_of(services, session, survey, version=page_version()))


@blueprint.post("/<slug>/end")
@page_requires("feedback:write")
def end(slug: str) -> ResponseReturnValue:
    """No screen asks it any more; what was answered stays."""
    services, actor = current_services(), require_actor()
    return command(
        lambda session: services.surveys.end(session, actor, slug),
        lambda _ended: redirect_answer(url_for("surveys.overview")),
    )


@blueprint.get("/words")
@page_requires("feedback:write")
def words() -> ResponseReturnValue:
    """The urgent words."""
    services = current_services()
    with services.db.read() as session:
        kept = services.feedback.words(session)
    form = entered(url_for("surveys.save_words"))
    return page("manage/words.html", "manage", text=form["words"] or "\n".join(kept), form=form, error=None)


@blueprint.post("/words")
@keeps("words")
@page_requires("feedback:write")
def save_words() -> ResponseReturnValue:
    """Another list of urgent words."""
    services, actor = current_services(), require_actor()
    text = request.form.get("words", "")
    try:
        answer = command(
            lambda session: services.feedback.set_words(session, actor, [line.strip() for line in text.splitlines() if line.strip()]),
            lambda _kept: redirect_answer(url_for("surveys.words")),
        )
    except Refusal as refusal:
        form = entered(url_for("surveys.save_words"))
        return page("manage/words.html", "manage", status_of(refusal), text=text, form=form, error=refusal)
    flash(_("The words are saved and watched from now on."), "good")
    return answer


def _save(slug: str, action: str) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    survey = Survey(slug=slug, question={})
    try:
        survey = survey_of(request.form, slug)
        answer = command(
            lambda session: _saved(session, actor, survey, action),
            lambda saved: redirect_answer(url_for("surveys.edit", slug=saved.survey.slug)),
        )
    except Refusal as refusal:
        with services.db.read() as session:
            newest = next((kept for kept in services.surveys.list(session) if kept.survey.slug == slug), None)
        return _editor(survey, newest if action != url_for("surveys.new") else None, action, refusal)
    flash(_("Saved: screens ask the new version from now on."), "good")
    return answer


def _saved(session: Session, actor: Actor, survey: Survey, action: str) -> SurveyVersion:
    """Save *survey* unless that would replace what its editor has not seen. Raises SurveyTaken, SurveyMoved, as `save` does."""
    surveys = current_services().surveys
    newest = next((kept for kept in surveys.list(session) if kept.survey.slug == survey.slug), None)
    if newest is not None and newest.survey != checked(survey):
        if action == url_for("surveys.new"):
            raise SurveyTaken(msg("There is a survey %(name)s.", name=survey.slug), msg("Choose another name, or edit that survey."))
        seen = request.form.get("version", "")
        if seen and seen != str(newest.version):
            raise SurveyMoved(
                msg("Version %(number)s was saved by %(name)s meanwhile.", number=newest.version, name=newest.saved_by),
                msg("Look at it below under earlier versions; save again to replace it with yours."),
            )
    return surveys.save(session, actor, survey)


def _editor(survey: Survey, newest: SurveyVersion | None, action: str, error: Refusal | None = None) -> ResponseReturnValue:
    services = current_services()
    versions: list[SurveyVersion] = []
    if newest is not None:
        with services.db.read() as session:
            versions = services.surveys.versions(session, newest.survey.slug)
    return page(
        "manage/survey.html",
        "manage",
        status_of(error) if error else 200,
        survey=survey,
        version=newest.version if newest else 0,
        ended=newest.ended if newest else False,
        versions=versions,
        scales=SCALES,
        new_rows=NEW_ROWS,
        action=action,
        error=error,
    )
