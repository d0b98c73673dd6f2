"""What kinds, states, severities and clocks of cases are called in messages."""

from kiosk.desk.actors import SHOPPER, SYSTEM
from kiosk.desk.cases.terms import ClockKind
from kiosk.desk.cases.views import CaseKind, CaseState, Severity
from kiosk.i18n import N_

KIND_NAMES: dict[CaseKind, str] = {
    CaseKind.COMPLAINT: N_("Complaint"),
    CaseKind.SUGGESTION: N_("Suggestion"),
    CaseKind.ENQUIRY: N_("Enquiry"),
    CaseKind.PRAISE: N_("Praise"),
}
STATE_NAMES: dict[CaseState, str] = {
    CaseState.NEW: N_("new"),
    CaseState.ACKNOWLEDGED: N_("acknowledged"),
    CaseState.IN_PROGRESS: N_("in progress"),
    CaseState.WAITING: N_("waiting"),
    CaseState.RESOLVED: N_("resolved"),
    CaseState.CLOSED: N_("case closed"),
}
SEVERITY_NAMES: dict[Severity, str] = {
    Severity.LOW: N_("low"),
    Severity.NORMAL: N_("normal"),
    Severity.HIGH: N_("high"),
    Severity.CRITICAL: N_("critical"),
}
CLOCK_NAMES: dict[ClockKind, str] = {
    ClockKind.FIRST_ANSWER: N_("first answer"),
    ClockKind.SOLUTION: N_("solution"),
    ClockKind.CALL_BACK: N_("call-back"),
    ClockKind.REPLY: N_("written reply"),
    ClockKind.ACCEPT: N_("12315: accept or refuse"),
    ClockKind.MEDIATION: N_("12315: mediation"),
}
# Those of whom a history knows no name.
NAMELESS: dict[str, str] = {SHOPPER.name: N_("the customer"), SYSTEM.name: N_("the station")}
# Whom a step of the ladder tells.
AUDIENCES: dict[str, str] = {
    "owner": N_("its owner"),
    "desk": N_("everybody at the desk"),
    "supervisor": N_("the floor supervisors"),
    "manager": N_("the manager"),
}
