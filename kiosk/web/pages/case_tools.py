"""What the templates of the case pages are built from: names, tones, options of their lists. None of it queries."""

from collections.abc import Iterable

from flask.sansio.app import App

from kiosk.desk.bags.codes import grouped
from kiosk.desk.cases.terms import ClockKind
from kiosk.desk.cases.views import CaseEntry, CaseKind, CaseState, Severity
from kiosk.desk.cases.words import KIND_NAMES, NAMELESS, SEVERITY_NAMES, STATE_NAMES
from kiosk.desk.staff import StaffView
from kiosk.i18n import N_
from kiosk.web.i18n import translate
from kiosk.web.pages import case_words as words
from kiosk.web.pages.case_papers import WAYS
from kiosk.web.pages.case_steps import CALL_BACKS

# What the lines of a history say was done.
ACTION_NAMES = {
    "opened": N_("taken in"),
    "acknowledged": N_("acknowledged"),
    "assigned": N_("assigned"),
    "severity": N_("severity changed"),
    "started": N_("work begun"),
    "waits": N_("waits"),
    "note": N_("note"),
    "answered": N_("first answer"),
    "resolved": N_("resolved"),
    "closed": N_("case closed"),
    "reopened": N_("opened again"),
    "changed": N_("details corrected"),
    "slip": N_("slip printed again"),
    "photo-added": N_("photo added"),
    "photo-removed": N_("photo removed"),
    "reply-written": N_("reply written"),
    "reply-sent": N_("reply sent"),
    "reminded": N_("reminded"),
    "escalated": N_("passed on: nobody acknowledged it"),
    "warned": N_("warned of a legal term"),
    "story-released": N_("story released"),
    "story-withdrawn": N_("story taken off"),
    "erased": N_("personal data deleted"),
}


def set_up_case_templates(app: App) -> None:
    """Give *app*'s templates the functions and filters of the case pages."""
    app.jinja_env.globals.update(
        due_of=words.due_of,
        ago=words.ago,
        case_states=tuple(state for state in CaseState),
        severities=tuple(Severity),
        case_kind_name=lambda kind: translate(KIND_NAMES[kind]),
        case_state_name=lambda state: translate(STATE_NAMES[state]),
        case_state_tone=lambda state: words.STATE_TONES.get(state, "idle"),
        case_source_name=lambda source: translate(words.SOURCE_NAMES[source]),
        case_action_name=lambda action: translate(str(ACTION_NAMES.get(action, action))),
        case_entry_detail=entry_detail,
        case_entry_actor=lambda name: translate(NAMELESS[name]) if name in NAMELESS else name,
        severity_name=lambda severity: translate(SEVERITY_NAMES[severity]),
        severity_tone=lambda severity: words.SEVERITY_TONES.get(severity, "idle"),
        case_kinds=lambda: [(kind.value, translate(KIND_NAMES[kind])) for kind in CaseKind],
        severity_options=lambda: [(severity.value, translate(SEVERITY_NAMES[severity])) for severity in Severity],
        people_options=people_options,
        plain_options=lambda names: [(name, name) for name in names],
        translated=translated,
        call_back_words=call_back_words,
        way_words=lambda how: dict(translated(WAYS)).get(how, how),
    )
    app.jinja_env.filters.update(grouped=grouped)


def entry_detail(entry: CaseEntry) -> str:
    """What a line of the history adds to its words: which clock, which severity."""
    detail = entry.detail
    if entry.action == "severity":
        return " → ".join(translate(SEVERITY_NAMES[Severity(detail[end])]) for end in ("from", "to"))
    if "clock" in detail:
        return translate(words.CLOCK_NAMES[ClockKind(detail["clock"])])
    return ""


def people_options(people: Iterable[StaffView]) -> list[tuple[int, str]]:
    """People to choose from."""
    return [(person.id, person.name) for person in people]


def translated(options: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Choices with their words in the reader's language."""
    return [(value, translate(text)) for value, text in options]


def call_back_words(said: str) -> str:
    """How a customer was told, in the reader's language; the note after it stands as it was written."""
    known, colon, note = said.partition(": ")
    return dict(translated(CALL_BACKS)).get(known, known) + colon + note
