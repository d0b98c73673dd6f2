"""What the slip of a return does at this moment, in words: the honest state, and what a person does about it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from kiosk.desk.returns.views import ReturnView
from kiosk.devices.queue import JobView
from kiosk.i18n import msg
from kiosk.web.context import current_services
from kiosk.web.pages.case_slip import progress_of_slip
from kiosk.web.pages.progress import Progress


@dataclass(frozen=True, slots=True)
class ReturnSlip:
    """The newest slip of a return: its *job* (None: there is no printer) and how that stands."""

    job: JobView | None
    state: Progress


def return_slip_of(session: Session, view: ReturnView) -> ReturnSlip:
    """How the slip of *view* stands."""
    if view.job is None:
        return ReturnSlip(None, Progress("idle", "printer", msg("No slip was printed")))
    job = current_services().jobs.get(session, view.job)
    return ReturnSlip(job, progress_of_slip(job))
