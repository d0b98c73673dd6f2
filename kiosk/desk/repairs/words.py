"""What states of repairs are called."""

from kiosk.desk.repairs.views import RepairState
from kiosk.i18n import N_

STATE_NAMES: dict[RepairState, str] = {
    RepairState.RECEIVED: N_("taken in for repair"),
    RepairState.SENT: N_("at the vendor"),
    RepairState.BACK: N_("repaired, waits for the customer"),
    RepairState.REPLACED: N_("replaced by the vendor, waits for the customer"),
    RepairState.UNREPAIRABLE: N_("cannot be repaired, waits for the customer"),
    RepairState.HANDED_BACK: N_("with the customer"),
    RepairState.CANCELLED: N_("repair cancelled"),
}
