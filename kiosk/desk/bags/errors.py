"""The refusals of the bag check, each with its stable name and what the reader can do."""

from datetime import datetime

from kiosk.errors import Conflict, FieldError, Invalid, NotFound, Throttled, Unavailable
from kiosk.i18n import N_, Message, msg


class WrongInput(Invalid):
    """A field is wrong; its message says what is expected."""

    slug = "bag-input"
    title = N_("Please check the input")

    @classmethod
    def of(cls, field: str, value: object, message: Message) -> "WrongInput":
        """One wrong field, whose message is the whole answer."""
        return cls(message, msg("Correct this and try again; nothing was changed."), fields=[FieldError(field, value, message)])


class MalformedCode(Invalid):
    """The text cannot be a ticket code at all."""

    slug = "bag-code-malformed"
    title = N_("Not a ticket code")


class UnknownCode(NotFound):
    """It has the form of a ticket code, but no ticket has it."""

    slug = "bag-code-unknown"
    title = N_("Unknown ticket")


class UnknownDeposit(NotFound):
    """No deposit has this id, or no live one this number."""

    slug = "bag-unknown"
    title = N_("No such bag")


class TooManyWrongCodes(Throttled):
    """Somebody is guessing codes, or a scanner reads the wrong labels."""

    slug = "bag-codes-throttled"
    title = N_("Too many wrong codes")


class AlreadyReleased(Conflict):
    """It was given back before; the extra members say who did it and when."""

    slug = "bag-already-released"
    title = N_("Already given back")

    def __init__(self, number: int, released_by: str, released_at: datetime) -> None:
        super().__init__(
            msg("Number %(number)s was already given back by %(name)s, %(time)s.", number=number, name=released_by, time=released_at),
            msg("Compare the time with the customer; nothing is left to hand out."),
            number=number,
            released_by=released_by,
            released_at=released_at.isoformat(),
        )


class DepositCancelled(Conflict):
    """The take-in was withdrawn before a ticket came out."""

    slug = "bag-cancelled"
    title = N_("Was cancelled")


class TicketNotLive(Conflict):
    """There is no evidence yet that this ticket came out of the printer."""

    slug = "ticket-not-live"
    title = N_("Ticket is not live yet")


class TicketVoid(Conflict):
    """The code was replaced, or its bag given back without it."""

    slug = "ticket-void"
    title = N_("Ticket is void")


class OtherTicket(Conflict):
    """The scanned ticket belongs to other bags than those on the screen."""

    slug = "ticket-of-other-bag"
    title = N_("Ticket of another bag")


class ReportedLost(Conflict):
    """The ticket was reported lost and that claim is still open."""

    slug = "ticket-reported-lost"
    title = N_("Ticket was reported lost")


class ShelvesFull(Conflict):
    """No enabled slot is free."""

    slug = "shelves-full"
    title = N_("Shelves are full")


class NumbersUsedUp(Conflict):
    """Every number has a live deposit."""

    slug = "numbers-used-up"
    title = N_("No number is free")


class SlotTaken(Conflict):
    """The slot chosen by hand holds bags or is out of use."""

    slug = "slot-taken"
    title = N_("Slot is not free")


class TicketStillPrinting(Conflict):
    """The printer has the job; what it will do is not known yet."""

    slug = "ticket-still-printing"
    title = N_("Ticket is being printed")


class NotCancellable(Conflict):
    """The bags are in the slot: only a release ends this deposit."""

    slug = "bag-not-cancellable"
    title = N_("Cannot be cancelled")


class ClaimStepMissing(Conflict):
    """A step of the lost-ticket procedure has to be done first; the extra member *missing* names it."""

    slug = "lost-ticket-step-missing"
    title = N_("A step is missing")


class ClaimExists(Conflict):
    """There is an open claim for this deposit."""

    slug = "lost-ticket-claim-open"
    title = N_("Already being handled")


class ClaimEnded(Conflict):
    """The claim was finished or withdrawn."""

    slug = "lost-ticket-claim-ended"
    title = N_("Already finished")


class UnknownClaim(NotFound):
    """No lost-ticket claim has this id."""

    slug = "lost-ticket-claim-unknown"
    title = N_("No such claim")


class SamePerson(Conflict):
    """The second person must be a second person."""

    slug = "second-person-needed"
    title = N_("A second person is needed")


class DifferencesUnexplained(Conflict):
    """A reconciliation cannot be finished while a difference has no reason; *lines* lists them."""

    slug = "reconciliation-differences"
    title = N_("Differences need a reason")


class NewBags(Conflict):
    """Bags were taken in after a closing began, and are not compared yet; *numbers* lists them."""

    slug = "reconciliation-new-bags"
    title = N_("Bags were taken in since")


class ClosingTooEarly(Conflict):
    """It is not evening yet: bags whose tickets promise the closing time would become overdue. *begins_at* says when."""

    slug = "closing-too-early"
    title = N_("It is too early to close the day")


class GoodsUnsigned(Conflict):
    """Something else of the trading day is open that a closing would leave behind, such as goods that nobody signed for."""

    slug = "closing-goods-unsigned"
    title = N_("The day cannot be closed yet")


class ReconciliationFinished(Conflict):
    """A finished reconciliation is a record and is not changed."""

    slug = "reconciliation-finished"
    title = N_("Already finished")


class FormStillPrinting(Conflict):
    """The form is on its way; what became of it is not known yet."""

    slug = "lost-ticket-form-printing"
    title = N_("Form is being printed")


class UnknownReconciliation(NotFound):
    """No reconciliation, or no line of it, has this id."""

    slug = "reconciliation-unknown"
    title = N_("No such reconciliation")


class NoPrinter(Unavailable):
    """No device is configured to print tickets."""

    slug = "no-ticket-printer"
    title = N_("No ticket printer")
