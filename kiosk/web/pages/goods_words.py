"""The words and pictures of returned goods, tests and repairs that their templates are built from. None of it queries."""

from decimal import Decimal

from flask.sansio.app import App
from flask_babel import gettext as _

from kiosk.desk.appliances.views import TestResult
from kiosk.desk.pickups.views import Holder, PickupItem, PickupState
from kiosk.desk.repairs.views import RUNNING, RepairState, RepairView
from kiosk.desk.repairs.words import STATE_NAMES
from kiosk.desk.signatures import path_data
from kiosk.i18n import N_

PICKUP_STATES: dict[PickupState, tuple[str, str]] = {
    PickupState.OPEN: ("ask", N_("gathered")),
    PickupState.CHECKING: ("ask", N_("being checked")),
    PickupState.SIGNED: ("good", N_("signed")),
    PickupState.DISSOLVED: ("idle", N_("dissolved")),
}
HOLDERS: dict[str, str] = {
    Holder.DESK: N_("the service desk"),
    Holder.CUSTOMER: N_("given back to the customer"),
    Holder.MISSING: N_("not found"),
}
ACTIONS: dict[str, str] = {
    "taken-back": N_("Taken back at the desk"),
    "gathered": N_("Gathered for the department"),
    "checked": N_("Compared by hand"),
    "scanned": N_("One piece scanned"),
    "signed": N_("Signed for"),
    "dissolved": N_("List dissolved, goods at the desk"),
    "withdrawn": N_("Return voided, goods given back"),
}
TEST_RESULTS: dict[TestResult, tuple[str, str]] = {
    TestResult.FAULTY: ("ask", N_("Fault confirmed")),
    TestResult.NO_FAULT: ("good", N_("No fault found")),
    TestResult.DAMAGED: ("bad", N_("Damaged in use")),
}
# What a step is called on its button.
REPAIR_STEPS: dict[RepairState, tuple[str, str]] = {
    RepairState.SENT: ("box-arrow-right", N_("Sent to the vendor")),
    RepairState.BACK: ("check-circle", N_("Came back repaired")),
    RepairState.REPLACED: ("arrow-left-right", N_("Vendor sent a new one")),
    RepairState.UNREPAIRABLE: ("x-circle", N_("Vendor cannot repair it")),
    RepairState.HANDED_BACK: ("person-check", N_("Handed to the customer")),
    RepairState.CANCELLED: ("x-lg", N_("Cancel the repair")),
}
_REPAIR_TONES: dict[RepairState, str] = {
    RepairState.RECEIVED: "ask",
    RepairState.SENT: "ask",
    RepairState.BACK: "good",
    RepairState.REPLACED: "good",
    RepairState.UNREPAIRABLE: "bad",
}


def set_up_goods_templates(app: App) -> None:
    """Give the templates what this module knows."""
    app.jinja_env.filters["stroke_path"] = path_data
    app.jinja_env.filters["count"] = count
    app.jinja_env.globals.update(
        pickup_state=lambda state: (PICKUP_STATES[state][0], _(PICKUP_STATES[state][1])),
        goods_holder=holder_name,
        goods_action=lambda action: _(ACTIONS[action]),
        goods_tone=tone_of,
        test_result=lambda result: (TEST_RESULTS[result][0], _(TEST_RESULTS[result][1])),
        test_results=lambda: [(result.value, _(name)) for result, (_tone, name) in TEST_RESULTS.items()],
        repair_state=repair_state,
        repair_state_name=lambda state: _(STATE_NAMES[state]),
    )


def count(quantity: Decimal | int) -> str:
    """A quantity as people write it: ``2``, ``1.25``."""
    return f"{Decimal(quantity):f}"


def holder_name(item: PickupItem) -> str:
    """Who keeps *item*, in words."""
    return _(HOLDERS[item.holder_label]) if item.holder_label in HOLDERS else item.holder


def tone_of(item: PickupItem) -> str:
    """How far *item* is checked: "" not yet, good all there, bad with a difference."""
    if not item.counted:
        return ""
    return "good" if item.found == item.quantity else "bad"


def repair_state(repair: RepairView) -> tuple[str, str]:
    """Tone and words of a repair's state."""
    tone = "bad" if repair.overdue and repair.state in RUNNING else _REPAIR_TONES.get(repair.state, "idle")
    return tone, _(STATE_NAMES[repair.state])
