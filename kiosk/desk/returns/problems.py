"""Why a return cannot be recorded as asked: each problem with its kind, which decides who may do what about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from kiosk.desk.returns.errors import NotEligible, OverReturn, WrongReturn
from kiosk.errors import FieldError, Refusal
from kiosk.i18n import Message, msg


class ProblemKind(Enum):
    """What stands in the way."""

    INPUT = auto()  # what was asked makes no sense
    OVER = auto()  # less remains
    BLOCKED = auto()  # nobody may do it: the receipt itself does not allow it
    NEED = auto()  # something must be there first: a test, a serial number, a photo
    APPROVAL = auto()  # a second person may allow it


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason. *field* names what it is about as requests do (``lines[2].quantity``); *piece* is its place in the lines."""

    kind: ProblemKind
    message: Message
    field: str = ""
    piece: int | None = None
    line: int | None = None
    remaining: Decimal | None = None


def refusal(problems: Sequence[Problem], needs_supervisor: bool) -> Refusal:
    """The answer to somebody who wants to record a return with *problems* (at least one)."""
    wrong = [problem for problem in problems if problem.kind is ProblemKind.INPUT]
    fields = [FieldError(problem.field, None, problem.message) for problem in problems if problem.field]
    if wrong:
        return WrongReturn(
            wrong[0].message,
            msg("Correct this and try again; nothing was changed."),
            fields=[FieldError(problem.field, None, problem.message) for problem in wrong],
        )
    over = [problem for problem in problems if problem.kind is ProblemKind.OVER]
    if over:
        return OverReturn(
            over[0].message,
            msg("Look what came back before, and take back what remains."),
            fields=fields,
            lines=[{"line": problem.line, "remaining": str(problem.remaining)} for problem in over],
        )
    hard = [problem for problem in problems if problem.kind is not ProblemKind.APPROVAL]
    first = (hard or problems)[0]
    remedy = (
        msg("Ask a second person with that permission, who approves it with a reason.")
        if needs_supervisor
        else msg("Tell the customer why; nothing was changed.")
    )
    if any(problem.kind is ProblemKind.NEED for problem in hard) and not any(problem.kind is ProblemKind.BLOCKED for problem in hard):
        remedy = msg("Add what is missing and try again; nothing was changed.")
    return NotEligible(
        first.message,
        remedy,
        fields=fields,
        needs_supervisor=needs_supervisor,
    )
