"""What stands beside the list of cases: call-backs that are due, and the stories "you said, we did" for the attract screen."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk.cases.views import CaseState, Story
from kiosk.errors import Refusal
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.bags import is_fragment
from kiosk.web.pages.case_words import end_of
from kiosk.web.pages.cases import case_of
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import Entered, entered, keeps
from kiosk.web.pages.tools import LANGUAGE_NAMES
from kiosk.web.problems import status_of

blueprint = Blueprint("case_board", __name__, url_prefix="/desk/cases")

_MOST = 500
_LAST_CLOSED = 20


@blueprint.get("/call-backs")
@page_requires("cases:read")
def call_backs() -> ResponseReturnValue:
    """Whom to call: overdue first, then today's, then later ones."""
    services = current_services()
    with services.db.read() as session:
        cases = services.cases.call_backs(session, limit=_MOST)
    now = services.clock.now()
    today = end_of(now.astimezone(services.settings.store.zone).date())
    waiting = [(case.call_back_at, case) for case in cases if case.call_back_at]
    groups = {
        "overdue": [case for at, case in waiting if at < now],
        "today": [case for at, case in waiting if now <= at <= today],
        "later": [case for at, case in waiting if at > today],
    }
    if is_fragment():
        return render_template("cases/calls.html", groups=groups)
    return page("cases/call_backs.html", "cases", groups=groups)


@blueprint.get("/stories")
@page_requires("cases:manage")
def stories() -> ResponseReturnValue:
    """What the attract screen tells, and the closed cases that it could tell."""
    services = current_services()
    with services.db.read() as session:
        told = services.cases.stories(session, limit=_MOST)
        closed = services.cases.list(session, states={CaseState.CLOSED}, limit=_LAST_CLOSED)
    candidates = [case for case in closed if not case.story_released]
    return page("cases/stories.html", "cases", stories=told, candidates=candidates)


@blueprint.route("/<id:case_id>/story", methods=["GET", "POST"])
@keeps("said_zh", "said_en", "did_zh", "did_en")
@page_requires("cases:manage")
def story(case_id: int) -> ResponseReturnValue:
    """Write down, in each of the store's languages, what was said and what was done; without any person in it."""
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        told = next((known for known in services.cases.stories(session, limit=_MOST) if known.id == case_id), None)
    languages: list[tuple[str, str]] = [(code, LANGUAGE_NAMES[code]) for code in services.settings.store.languages]
    error: Refusal | None = None
    if request.method == "POST":
        said = {code: request.form.get(f"said_{code}", "").strip() for code, _name in languages}
        did = {code: request.form.get(f"did_{code}", "").strip() for code, _name in languages}
        try:
            return command(
                lambda session: services.cases.release_story(session, actor, case_id, said, did),
                lambda _story: redirect_answer(url_for("case_board.stories")),
            )
        except Refusal as refusal:
            error = refusal
    typed = entered(url_for("case_board.story", case_id=case_id))
    return page(
        "cases/story.html",
        "cases",
        status_of(error) if error else 200,
        case=case_of(case_id),
        languages=languages,
        form=typed if typed.fields or told is None else _as_entered(told),
        error=error,
    )


@blueprint.post("/<id:case_id>/story/withdraw")
@page_requires("cases:manage")
def withdraw(case_id: int) -> ResponseReturnValue:
    """Take a story off the attract screen."""
    services, actor = current_services(), require_actor()
    return command(
        lambda session: services.cases.withdraw_story(session, actor, case_id),
        lambda _story: redirect_answer(url_for("case_board.stories")),
    )


def _as_entered(story: Story) -> Entered:
    """What a story says, as its form's fields hold it."""
    texts = {"said": story.said, "did": story.did}
    return Entered({f"{name}_{code}": text for name, by_language in texts.items() for code, text in by_language.items()})
