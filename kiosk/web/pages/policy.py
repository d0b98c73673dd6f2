"""The manager's return policy: the decision table edited and tried out in the browser, saved as a new version, its history.

Each press sends the table along and shows it anew; nothing counts before it is saved. What was changed and not saved is
also held for the screen, so that leaving the page costs nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec
from flask import Blueprint, current_app, flash, render_template, request, url_for
from flask.sansio.app import App
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.desk.receipts.views import ReceiptKind
from kiosk.desk.returns.policy.changes import Differences, differences
from kiosk.desk.returns.policy.errors import ExamplesTurned, WrongPolicy
from kiosk.desk.returns.policy.examples import outcome_of
from kiosk.desk.returns.policy.views import Outcome, Policy, PolicyExample, PolicyRow, PolicyVersion, Verdict
from kiosk.errors import Refusal
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages import policy_forms, policy_words
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.pages.forms import whole
from kiosk.web.pages.held import Held
from kiosk.web.problems import status_of
from kiosk.web.sessions import screen_id

blueprint = Blueprint("policy", __name__, url_prefix="/manage/returns")

_EXTENSION = "kiosk_policy_drafts"
# Seconds for which a table that was not saved is offered again, and screens that may have one.
_KEEP_DRAFT_S = 4 * 3600.0
_MOST_DRAFTS = 20
# Versions that the history shows.
_VERSIONS = 30
_NEW_ROW = PolicyRow(Outcome.REFUSE, {})


@dataclass(frozen=True, slots=True)
class _Held:
    """A table that was changed and not saved, of the person *actor*."""

    actor: str
    policy: Policy
    based_on: int


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the editor shows. *form* are its fields as they were typed; *focus* is the row that was just touched."""

    policy: Policy
    based_on: int
    form: Mapping[str, str] = field(default_factory=dict)
    focus: int | None = None
    verdict: Verdict | None = None
    key: str = ""


def set_up_policy_pages(app: App) -> None:
    """Give *app* its memory of tables that are not saved, and the words of the templates."""
    app.extensions[_EXTENSION] = Held[_Held](_KEEP_DRAFT_S, _MOST_DRAFTS)
    app.jinja_env.globals["policy_words"] = policy_words


@blueprint.get("")
@page_requires("returns:approve")
def overview() -> ResponseReturnValue:
    """The table that counts, or the one that this person was changing."""
    actor = require_actor()
    newest = _newest()
    if not actor.may("returns:manage"):
        return _table(_Shown(newest.policy, newest.version), newest)
    form = entered(url_for("policy.change"))
    if form.fields:
        try:
            return _answered(form.fields, newest, form.key)
        except Refusal as refusal:
            return _refused(form.fields, newest, refusal)
    held = _memory().get(screen_id(), screen_id(), current_services().clock.monotonic())
    if held is not None and held.actor == actor.label and held.policy != newest.policy:
        return _table(_Shown(held.policy, held.based_on), newest)
    return _table(_Shown(newest.policy, newest.version), newest)


@blueprint.post("")
@keeps(*policy_forms.FIELDS, longest=policy_forms.LONGEST)
@page_requires("returns:manage")
def change() -> ResponseReturnValue:
    """Do to the table what the button says."""
    form, newest = request.form.to_dict(), _newest()
    try:
        if form.get("do") in ("save", "save-all"):
            return _save(form)
        if form.get("do") == "discard":
            _memory().forget(screen_id())
            return _table(_Shown(newest.policy, newest.version), newest)
        return _answered(form, newest)
    except Refusal as refusal:
        return _refused(form, newest, refusal)


@blueprint.post("/try")
@page_requires("returns:approve")
def try_out() -> ResponseReturnValue:
    """What the table as it stands in the form says about goods; with ``?part=verdict`` the answer alone."""
    form, newest = request.form.to_dict(), _newest()
    alone = request.args.get("part") == "verdict"
    try:
        policy = policy_forms.with_terms(policy_forms.draft_of(form), form)
        verdict = current_services().policy.judge(policy, policy_forms.facts_of(form))
    except Refusal as refusal:
        if alone:
            return render_template("policy/verdict.html", verdict=None, error=refusal), status_of(refusal)
        return _refused(form, newest, refusal)
    if alone:
        return render_template("policy/verdict.html", verdict=verdict, error=None)
    return _table(_Shown(policy, whole(form.get("based_on"), newest.version), form, verdict.row, verdict), newest)


@blueprint.get("/history")
@page_requires("returns:approve")
def history() -> ResponseReturnValue:
    """Every version with what it changed, the newest first."""
    services = current_services()
    with services.db.read() as session:
        versions = services.policy.versions(session, _VERSIONS + 1)
    earlier = [*versions[1:], None]
    told = [(version, _between(before, version)) for version, before in zip(versions, earlier, strict=True)]
    return page("policy/history.html", "manage", told=told[:_VERSIONS], may_change=require_actor().may("returns:manage"))


def _answered(form: Mapping[str, str], newest: PolicyVersion, key: str = "") -> ResponseReturnValue:
    """Show the table, or one of its rows, after the press that *form* stands for. Raises WrongPolicy, UnknownPolicy."""
    do, _colon, argument = form.get("do", "").partition(":")
    if do == "take":
        with current_services().db.read() as session:
            taken = current_services().policy.version(session, whole(argument))
        return _table(_hold(_Shown(taken.policy, newest.version, {"note": _("Version %(number)s again", number=taken.version)})), newest)
    policy = policy_forms.draft_of(form)
    based_on = whole(form.get("based_on"), newest.version)
    if do == "apply":
        return _row_changed(form, policy, based_on, newest)
    policy = policy_forms.with_terms(policy, form)
    place = whole(argument, -1)
    if do == "example":
        return _example_noted(form, policy, based_on, newest)
    if do == "forget":
        kept = [example for number, example in enumerate(policy.examples) if number != place]
        return _table(_hold(_Shown(msgspec.structs.replace(policy, examples=kept), based_on, form)), newest)
    if do == "add":
        return _row_page(policy, based_on, form, None, policy_forms.row_form(_NEW_ROW), newest)
    if not 0 <= place < len(policy.rows):
        # Nothing to do with a row: the table as it stands, also after the key Enter in one of its fields or a late save.
        return _table(_hold(_Shown(policy, based_on, form, key=key)), newest)
    if do == "edit":
        return _row_page(policy, based_on, form, place, policy_forms.row_form(policy.rows[place]), newest)
    changed, focus = _ROW_STEPS.get(do, _as_it_is)(policy.rows, place)
    return _table(_hold(_Shown(msgspec.structs.replace(policy, rows=changed), based_on, form, focus)), newest)


_Rows = list[PolicyRow]


def _as_it_is(rows: _Rows, place: int) -> tuple[_Rows, int]:
    return rows, place


def _up(rows: _Rows, place: int) -> tuple[_Rows, int]:
    return policy_forms.moved(rows, place, -1), max(place - 1, 0)


def _down(rows: _Rows, place: int) -> tuple[_Rows, int]:
    return policy_forms.moved(rows, place, 1), min(place + 1, len(rows) - 1)


def _copy(rows: _Rows, place: int) -> tuple[_Rows, int]:
    return [*rows[: place + 1], *rows[place:]], place + 1


def _remove(rows: _Rows, place: int) -> tuple[_Rows, int]:
    return [*rows[:place], *rows[place + 1 :]], max(place - 1, 0)


# What a button of the table does to the row at a place: the rows then, and which of them was touched.
_ROW_STEPS: dict[str, Callable[[_Rows, int], tuple[_Rows, int]]] = {"up": _up, "down": _down, "copy": _copy, "remove": _remove}


def _row_changed(form: Mapping[str, str], policy: Policy, based_on: int, newest: PolicyVersion) -> ResponseReturnValue:
    """Put the row of the row's form into the table; a row that makes no sense is shown again with what is wrong."""
    place = whole(form.get("row"), -1)
    known = place if 0 <= place < len(policy.rows) else None
    try:
        row = policy_forms.row_of(form)
        (row,) = current_services().policy.checked(Policy(rows=[row])).rows
    except WrongPolicy as refusal:
        return _row_page(policy, based_on, form, known, form, newest, refusal)
    rows = [*policy.rows, row] if known is None else [*policy.rows[:known], row, *policy.rows[known + 1 :]]
    focus = len(rows) - 1 if known is None else known
    return _table(_hold(_Shown(msgspec.structs.replace(policy, rows=rows), based_on, _beside(form), focus)), newest)


def _example_noted(form: Mapping[str, str], policy: Policy, based_on: int, newest: PolicyVersion) -> ResponseReturnValue:
    """Note the goods that are tried out, with what the table says about them now."""
    facts = policy_forms.facts_of(form)
    verdict = current_services().policy.judge(policy, facts)
    others = [example for example in policy.examples if example.facts != facts]
    noted = msgspec.structs.replace(policy, examples=[*others, PolicyExample(facts, outcome_of(verdict))])
    return _table(_hold(_Shown(noted, based_on, form, verdict=verdict)), newest)


def _save(form: Mapping[str, str]) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    policy = policy_forms.with_terms(policy_forms.draft_of(form), form)
    based_on, note = whole(form.get("based_on")), form.get("note", "")
    answer = command(
        lambda session: services.policy.save(session, actor, policy, based_on=based_on, note=note, turn_examples=form["do"] == "save-all"),
        lambda _saved: redirect_answer(url_for("policy.overview")),
    )
    _memory().forget(screen_id())
    flash(_("Saved: from now on returns are judged by this table."), "good")
    return answer


def _refused(form: Mapping[str, str], newest: PolicyVersion, refusal: Refusal) -> ResponseReturnValue:
    """The table as it was sent, with what is wrong; after another's save this one is based on theirs, which is said."""
    try:
        policy = policy_forms.draft_of(form)
    except WrongPolicy:
        return _table(_Shown(newest.policy, newest.version), newest, refusal)
    return _table(_hold(_Shown(policy, newest.version, form)), newest, refusal, seen=whole(form.get("based_on")))


def _table(shown: _Shown, newest: PolicyVersion, error: Refusal | None = None, seen: int = 0) -> ResponseReturnValue:
    services = current_services()
    theirs = None
    if error is not None and seen and seen != newest.version:
        with services.db.read() as session:
            theirs = _between(services.policy.version(session, seen), newest)
    fields = policy_forms.terms_form(shown.policy) | {name: text for name, text in shown.form.items() if name != "draft"}
    return page(
        "policy/table.html",
        "manage",
        status_of(error) if error else 200,
        policy=shown.policy,
        draft=policy_forms.packed(shown.policy),
        based_on=shown.based_on,
        newest=newest,
        changed=differences(newest.policy, shown.policy),
        theirs=theirs,
        form=fields,
        focus=shown.focus,
        verdict=shown.verdict,
        key=shown.key,
        receipt_kinds=list(ReceiptKind),
        may_change=require_actor().may("returns:manage"),
        wrong_rows=_wrong_rows(error),
        may_turn=isinstance(error, ExamplesTurned) or (error is not None and error.slug == ExamplesTurned.slug),
        error=error,
    )


def _row_page(
    policy: Policy,
    based_on: int,
    form: Mapping[str, str],
    place: int | None,
    fields: Mapping[str, str],
    newest: PolicyVersion,
    error: Refusal | None = None,
) -> ResponseReturnValue:
    _hold(_Shown(policy, based_on))
    return page(
        "policy/row.html",
        "manage",
        status_of(error) if error else 200,
        draft=policy_forms.packed(policy),
        based_on=based_on,
        note=form.get("note", ""),
        place=place,
        form=fields,
        newest=newest,
        languages=current_services().settings.store.languages,
        error=error,
    )


def _hold(shown: _Shown) -> _Shown:
    """Hold the table for this screen, should its person leave the page."""
    held = _Held(require_actor().label, shown.policy, shown.based_on)
    _memory().put(screen_id(), held, screen_id(), current_services().clock.monotonic())
    return shown


def _beside(form: Mapping[str, str]) -> dict[str, str]:
    """What a row's form carries along for the table."""
    return {"note": form.get("note", "")}


def _wrong_rows(error: Refusal | None) -> set[int]:
    """Rows that *error* names, from 0."""
    fields = error.fields if error is not None else ()
    places = (wrong.field.removeprefix("rows[").partition("]")[0] for wrong in fields if wrong.field.startswith("rows["))
    return {whole(place) for place in places}


def _between(before: PolicyVersion | None, after: PolicyVersion) -> "_Told | None":
    return None if before is None else _Told(differences(before.policy, after.policy), before.policy, after.policy)


@dataclass(frozen=True, slots=True)
class _Told:
    """What differs between two versions, with both."""

    differences: Differences
    before: Policy
    after: Policy


def _newest() -> PolicyVersion:
    services = current_services()
    with services.db.read() as session:
        return services.policy.current(session)


def _memory() -> Held[_Held]:
    memory = current_app.extensions[_EXTENSION]
    assert isinstance(memory, Held)
    return memory
