"""The refusals of the complaint desk, each with its stable name and what the reader can do."""

from kiosk.errors import Conflict, FieldError, Invalid, NotFound, Throttled, Unavailable
from kiosk.i18n import N_, Message, msg


class WrongCase(Invalid):
    """A field is wrong; its message says what is expected."""

    slug = "case-input"
    title = N_("Please check the input")

    @classmethod
    def of(cls, field: str, message: Message) -> "WrongCase":
        """One wrong field. What was typed is not repeated: it may be personal, and an answer may be kept under its key."""
        return cls(message, msg("Correct this and try again; nothing was changed."), fields=[FieldError(field, None, message)])


class UnknownCase(NotFound):
    """No case has this id."""

    slug = "case-unknown"
    title = N_("No such case")


class UnknownCaseCode(NotFound):
    """It is no case's code, or mistyped."""

    slug = "case-code-unknown"
    title = N_("No case has this code")


class TooManyCaseCodes(Throttled):
    """Somebody tries codes."""

    slug = "case-codes-throttled"
    title = N_("Too many wrong codes")


class NotNow(Conflict):
    """The case's state does not allow this; the answer says who did what last, and when."""

    slug = "case-state"
    title = N_("Not possible in this state")


class AlreadyDone(Conflict):
    """Somebody did this before; the answer says who and when."""

    slug = "case-already-done"
    title = N_("Somebody has done this already")


class ReplyMissing(Conflict):
    """A written complaint cannot be closed before its written reply was sent."""

    slug = "case-reply-missing"
    title = N_("The written reply was not sent")


class NoReply(NotFound):
    """No letter was written yet."""

    slug = "case-no-reply"
    title = N_("There is no written reply")


class UnknownPhoto(NotFound):
    """The case has no such photo (any more)."""

    slug = "case-photo-unknown"
    title = N_("No such photo")


class TooManyPhotos(Conflict):
    """The case has as many photos as the configuration allows."""

    slug = "case-photos-full"
    title = N_("No more photos")


class NotPrinted(Unavailable):
    """No printer is configured for slips."""

    slug = "case-no-printer"
    title = N_("No printer")


class NoLetterFont(Unavailable):
    """This station has no font with Chinese characters."""

    slug = "case-no-font"
    title = N_("Letters cannot be printed")
