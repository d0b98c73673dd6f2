"""The slip for the shopper: the case's number, a code that shows its state alone, and where to look. It names nobody."""

from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.bags.codes import grouped
from kiosk.desk.cases.context import Context, locked
from kiosk.desk.cases.errors import NotPrinted
from kiosk.desk.cases.models import Case
from kiosk.desk.paper import Paper, minute
from kiosk.devices.document import Barcode, Columns, Cut, Document, Element, Feed, Qr, Rule, Text
from kiosk.i18n import msg

# "K2611250007" has 11 characters: 2 x 11 fill 22 of the 32 columns of 58 mm paper.
_NUMBER_SCALE = 2
_QR_MM = 24.0

_TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "意见受理单",
        "received": "受理时间",
        "code": "查询码",
        "reprint": "补打",
        "kiosk": "在评价机上输入查询码,或在服务台出示本单,可查询处理进度。",
        "phone": "也可用手机扫描二维码查询处理进度。",
        "state_only": "查询码只显示处理进度,不显示任何个人信息。",
        "keep": "请妥善保管本单。",
        "telephone": "电话",
    },
    "en": {
        "title": "We have taken note",
        "received": "Received",
        "code": "Code",
        "reprint": "REPRINT",
        "kiosk": "To see how it stands, type the code at the feedback kiosk, or show this slip at the service desk.",
        "phone": "Or scan the QR code with your phone.",
        "state_only": "The code shows the state alone and nothing about you.",
        "keep": "Please keep this slip.",
        "telephone": "Telephone",
    },
}


def slip(settings: Settings, *, number: str, code: str, received: str, copy: bool) -> Document:
    """The paper. *received* is the time of intake as papers write it; *copy* says that it is not the first one."""
    paper = Paper(settings, _TEXTS)
    elements: list[Element] = [*paper.head(), *paper.lines("title", align_center=True)]
    if copy:
        elements += paper.lines("reprint", bold=True, align_center=True)
    elements += [
        Text(number, align="center", bold=True, width=_NUMBER_SCALE, height=_NUMBER_SCALE),
        Columns(paper.label("received"), received),
        Rule(),
        Text(paper.label("code"), align="center"),
        Barcode(code, caption=False),
        Text(grouped(code), align="center", bold=True),  # in groups, for whoever types it
        *paper.lines("kiosk"),
    ]
    if settings.feedback.public_url:
        elements += [Qr(state_address(settings, code), _QR_MM), *paper.lines("phone")]
    elements += [*paper.lines("state_only"), *paper.lines("keep")]
    if settings.store.phone:
        elements.append(Columns(paper.label("telephone"), settings.store.phone))
    return Document((*elements, Feed(1), Cut()))


def state_address(settings: Settings, code: str) -> str:
    """Where a phone sees the state of the case with *code*."""
    return f"{settings.feedback.public_url.rstrip('/')}/feedback/case?code={code}"


def print_slip(context: Context, session: Session, case: Case, *, copy: int) -> int | None:
    """Queue the slip; return the job's number, None when there is no printer."""
    document = slip(
        context.settings,
        number=case.number,
        code=f"{case.code:012d}",
        received=minute(context.local(case.opened_at)),
        copy=bool(copy),
    )
    job = context.print(session, document, case.id)
    return job.id if job else None


def reprint(context: Context, session: Session, actor: Actor, case_id: int) -> None:
    """Print the slip once more; it says so. The code stays: it opens nothing, it shows a state."""
    actor.require("cases:write")
    case = locked(session, case_id)
    job = print_slip(context, session, case, copy=1)
    if job is None:
        raise NotPrinted(
            msg("No printer is configured for slips."),
            msg("Ask the technician to add a printer to kiosk.toml, or to name it at cases.printer; write the code down meanwhile."),
        )
    context.changed(session, actor, case, "slip", detail={"job": job})
