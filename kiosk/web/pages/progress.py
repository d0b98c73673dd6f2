"""What a deposit and its ticket do at this moment, in words: the honest state, and what a person does about it."""

from dataclasses import dataclass

from kiosk.desk.bags.models import DepositState
from kiosk.desk.bags.views import Deposit
from kiosk.devices.jobs import JobState
from kiosk.devices.state import DeviceState
from kiosk.i18n import Message, msg
from kiosk.web.context import current_services
from kiosk.web.pages import words
from kiosk.web.pages.words import NOTHING

# Seconds after the take-in in which its page is about putting the bags away; later it is about fetching them.
FRESH_S = 180.0


@dataclass(frozen=True, slots=True)
class Progress:
    """*tone* is good, busy, ask or bad. *fresh*: the customer has just come, the next one is next."""

    tone: str
    icon: str
    title: Message
    text: Message = NOTHING
    remedy: Message = NOTHING
    fresh: bool = False


def progress_of(deposit: Deposit) -> Progress:
    """How *deposit* stands."""
    if deposit.state is DepositState.RELEASED:
        return Progress("good", "bag-check", msg("Given back"))
    if deposit.state is DepositState.CANCELLED:
        return Progress("good", "x-circle", msg("Cancelled"), msg("No bags are kept under this number."))
    if deposit.lost_claim is not None:
        return Progress("ask", "ticket-perforated", msg("The ticket was reported lost"), msg("Go on with the lost-ticket steps."))
    if deposit.state is DepositState.STORED:
        return _stored(deposit)
    return _printing(deposit)


def _stored(deposit: Deposit) -> Progress:
    if deposit.overdue:
        fee = f"¥{deposit.fee_fen / 100:.2f}"
        return Progress("ask", "clock-history", msg("Overdue"), msg("Fee so far: %(fee)s", fee=fee))
    if deposit.waited_s > FRESH_S:
        return Progress("good", "bag", msg("In slot %(slot)s", slot=deposit.slot))
    text = msg("Tie a tag to each piece and put them into slot %(slot)s.", slot=deposit.slot)
    return Progress("good", "check-circle", msg("The ticket is out"), text, fresh=True)


def _printing(deposit: Deposit) -> Progress:
    if deposit.question == "came-out":
        text, _ = words.reason_words(deposit.job_reason)
        return Progress("ask", "question-circle", msg("Did the ticket come out?"), text)
    if deposit.question == "print-now":
        return Progress(
            "ask", "question-circle", msg("Still print this ticket?"), msg("It has waited so long that the customer may be gone.")
        )
    if deposit.question == "no-ticket" and deposit.job_state is JobState.CONFIRMED:
        text = msg("The paper came out, but was not noted as valid. Take it back, then print a new one or cancel.")
        return Progress("bad", "x-circle", msg("The ticket is not valid"), text)
    if deposit.question == "no-ticket":
        return Progress("bad", "x-circle", msg("There is no ticket"), msg("It was not printed. Print a new one, or cancel."))
    if deposit.job_reason:
        text, remedy = words.reason_words(deposit.job_reason)
        return Progress("bad", "exclamation-triangle", msg("The ticket waits"), text, remedy)
    if deposit.job_state is JobState.QUEUED and (
        trouble := printer_trouble(current_services().settings.bags.printer, msg("The ticket waits"))
    ):
        return trouble
    return Progress("busy", "printer", msg("Printing…"))


def printer_trouble(name: str, title: Message) -> Progress | None:
    """What keeps the printer *name* ("" for the only one) from printing, under *title*; None when nothing does."""
    services = current_services()
    printers = [status for status in services.devices.statuses() if status.kind == "printer" and name in ("", status.name)]
    if not printers or printers[0].state in (DeviceState.READY, DeviceState.STARTING):
        return None
    said = words.device_words(printers[0])
    if said.tone != words.BAD:
        return None
    return Progress("bad", "exclamation-triangle", title, said.text, said.remedy)
