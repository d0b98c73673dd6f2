"""The refusals of the feedback kiosk, each with its stable name and what the reader can do."""

from kiosk.errors import Conflict, FieldError, Invalid, NotFound
from kiosk.i18n import N_, Message, msg


class WrongFeedback(Invalid):
    """A field is wrong; its message says what is expected."""

    slug = "feedback-input"
    title = N_("Please check the input")

    @classmethod
    def of(cls, field: str, value: object, message: Message) -> "WrongFeedback":
        """One wrong field, whose message is the whole answer."""
        return cls(message, msg("Correct this and try again; nothing was changed."), fields=[FieldError(field, value, message)])


class WrongSurvey(Invalid):
    """A survey that no screen could ask."""

    slug = "survey-input"
    title = N_("The survey cannot be used like this")


class UnknownSurvey(NotFound):
    """No survey, or no version of it, has this name."""

    slug = "survey-unknown"
    title = N_("No such survey")


class SurveyEnded(Conflict):
    """It was ended before."""

    slug = "survey-ended"
    title = N_("The survey has ended")


class SurveyTaken(Conflict):
    """A survey of this name is there already."""

    slug = "survey-taken"
    title = N_("The name is taken")


class SurveyMoved(Conflict):
    """Somebody saved another version while this one was being edited."""

    slug = "survey-moved"
    title = N_("Somebody else has changed this survey")


class UnknownPress(NotFound):
    """No press has this id or key."""

    slug = "press-unknown"
    title = N_("No such press")


class FollowUpOver(Conflict):
    """The time for adding to a press is over."""

    slug = "follow-up-over"
    title = N_("Too late to add to this")


class AlreadyFlagged(Conflict):
    """Somebody has flagged the press by hand, and that flag still stands."""

    slug = "press-flagged"
    title = N_("Already flagged")


class UnknownFlag(NotFound):
    """No flag has this id."""

    slug = "flag-unknown"
    title = N_("No such flag")


class FlagLifted(Conflict):
    """The flag was lifted before."""

    slug = "flag-lifted"
    title = N_("Already lifted")


class UnknownCounter(NotFound):
    """The configuration names no such counter."""

    slug = "counter-unknown"
    title = N_("No such counter")


class NothingToAsk(Conflict):
    """There is no survey for counters now."""

    slug = "no-counter-survey"
    title = N_("No survey for counters")
