"""The refusals about contact data and a person's rights."""

from kiosk.errors import Conflict, FieldError, Invalid, NotFound
from kiosk.i18n import N_, Message, msg


class WrongContact(Invalid):
    """A field of the contact, the phone number searched for, or a reason is wrong."""

    slug = "contact-input"
    title = N_("Please check the input")

    @classmethod
    def of(cls, *wrong: tuple[str, Message]) -> "WrongContact":
        """Wrong fields with what is expected of each. What was typed is not repeated: it may be a person's."""
        fields = [FieldError(field, None, message) for field, message in wrong]
        return cls(wrong[0][1], msg("Correct this and try again; nothing was changed."), fields=fields)


class UnknownContact(NotFound):
    """No contact has this id: it never was, or its time is over."""

    slug = "contact-unknown"
    title = N_("No contact data")


class UnknownPerson(NotFound):
    """No data is kept under this phone number."""

    slug = "person-unknown"
    title = N_("Nothing is kept")


class UnknownCertificate(NotFound):
    """No certificate has this number."""

    slug = "certificate-unknown"
    title = N_("No such certificate")


class NotConfirmed(Conflict):
    """What cannot be undone needs its second confirmation."""

    slug = "deletion-not-confirmed"
    title = N_("Please confirm the deletion")
