"""What the slip of a case does at this moment, in words: the honest state, and what a person does about it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from kiosk.desk.cases.views import CaseView
from kiosk.devices.jobs import JobState
from kiosk.devices.queue import JobView
from kiosk.i18n import msg
from kiosk.web.context import current_services
from kiosk.web.pages import words
from kiosk.web.pages.progress import Progress, printer_trouble


@dataclass(frozen=True, slots=True)
class Slip:
    """The newest slip of a case: its *job* (None: none was asked for) and how that stands."""

    job: JobView | None
    state: Progress


def slip_of(session: Session, case: CaseView) -> Slip:
    """How the slip of *case* stands."""
    jobs = current_services().jobs.list(session, subject=f"case:{case.id}", limit=1)
    return Slip(jobs[0], progress_of_slip(jobs[0])) if jobs else Slip(None, Progress("idle", "printer", msg("No slip was printed")))


def progress_of_slip(job: JobView) -> Progress:
    """How the slip that *job* prints stands."""
    waits = msg("The slip waits")
    if job.held:
        return Progress("ask", "question-circle", msg("Still print this slip?"), msg("It has waited long; the customer may be gone."))
    if job.state is JobState.UNCERTAIN:
        text, _ = words.reason_words(job.reason)
        return Progress("ask", "question-circle", msg("Did the slip come out?"), text)
    if job.state is JobState.CONFIRMED:
        return Progress("good", "check-circle", msg("The slip is out"))
    if job.state in (JobState.FAILED, JobState.CANCELLED):
        return Progress("bad", "x-circle", msg("There is no slip"), msg("It was not printed. Print it again if the customer wants it."))
    if job.reason:
        text, remedy = words.reason_words(job.reason)
        return Progress("bad", "exclamation-triangle", waits, text, remedy)
    if job.state is JobState.QUEUED and (trouble := printer_trouble(job.device, waits)):
        return trouble
    return Progress("busy", "printer", msg("Printing…"))
