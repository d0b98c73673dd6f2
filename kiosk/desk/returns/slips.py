"""Prints return slips: the first with the record, copies when somebody asks for one."""

from functools import partial

from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.returns import look
from kiosk.desk.returns.context import Context, locked, subject
from kiosk.desk.returns.documents import SlipText, slip
from kiosk.desk.returns.errors import NoSlipPrinter
from kiosk.desk.returns.models import GoodsReturn
from kiosk.desk.returns.views import ReturnView
from kiosk.i18n import Message, Speaker, msg


def print_slip(context: Context, session: Session, row: GoodsReturn) -> None:
    """Queue the slip in this write unit, and note its job; without a printer nothing is queued."""
    returned = look.get(session, row.id)
    text = SlipText(
        returned=returned,
        at=context.local(row.recorded_at),
        copy=row.copies,
        deductions=[(_in_all_languages(context, words), fen) for words, fen in returned.deductions],
    )
    job = context.print(session, slip(context.settings, text), row.id)
    if job is not None:
        row.job_id = job.id
        session.flush()


def reprint(context: Context, session: Session, actor: Actor, return_id: int) -> ReturnView:
    """Print the slip once more, marked as a copy. The code stays: it opens the record, and nothing is paid on it."""
    actor.require("returns:write")
    row = locked(session, return_id)
    if not context.printer_name():
        raise NoSlipPrinter(
            msg("No printer is configured for slips."),
            msg("Ask the technician to add a printer to kiosk.toml, or to name it at returns.printer; write the number down meanwhile."),
        )
    row.copies += 1
    print_slip(context, session, row)
    context.audit.append(session, actor, "return.slip", subject(row.id), {"copy": row.copies, "job": row.job_id})
    return look.get(session, return_id)


def _in_all_languages(context: Context, words: Message) -> str:
    """*words* as papers say them: in each language of the store, Chinese first."""
    store = context.settings.store
    say = partial(Speaker(store.zone).say, words)
    return " ".join(say(language) for language in sorted(set(store.languages), key=lambda language: (language != "zh", language)))
