"""The customer's slip of a repair: what was left, for how long, and a code that finds it again. It names no customer."""

from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.desk.paper import Paper, minute
from kiosk.desk.repairs.context import Context, subject
from kiosk.desk.repairs.models import Repair
from kiosk.desk.returns.codes import grouped
from kiosk.devices.document import Barcode, Columns, Cut, Document, Element, Feed, Rule, Text

SLIP_PURPOSE = "repair-slip"

_TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "送修单",
        "copy": "补打",
        "received": "接收时间",
        "due": "预计返回",
        "serial": "序列号",
        "vendor": "维修方",
        "fault": "故障:{text}",
        "keep": "取机时请出示本单。",
        "telephone": "电话",
    },
    "en": {
        "title": "Left for repair",
        "copy": "REPRINT",
        "received": "Received",
        "due": "Expected back",
        "serial": "Serial no.",
        "vendor": "Repaired by",
        "fault": "Fault: {text}",
        "keep": "Please show this slip when you fetch it.",
        "telephone": "Telephone",
    },
}


def slip(settings: Settings, repair: Repair, *, copy: bool) -> Document:
    """The paper; *copy* says that it is not the first one."""
    paper, zone = Paper(settings, _TEXTS), settings.store.zone
    code = f"{repair.code:016d}"
    elements: list[Element] = [*paper.head(), *paper.lines("title", bold=True, align_center=True)]
    if copy:
        elements += paper.lines("copy", bold=True, align_center=True)
    elements += [
        Text(repair.number, align="center", bold=True, width=2, height=2),
        Columns(paper.label("received"), minute(repair.opened_at.astimezone(zone))),
    ]
    if repair.due_at is not None:
        elements.append(Columns(paper.label("due"), f"{repair.due_at.astimezone(zone):%Y-%m-%d}"))
    elements += [Rule(), Text(repair.name)]
    if repair.serial:
        elements.append(Columns(paper.label("serial"), repair.serial))
    elements.append(Columns(paper.label("vendor"), repair.vendor))
    elements += paper.lines("fault", text=repair.fault)
    elements += [Rule(), Barcode(code, caption=False), Text(grouped(code), align="center", bold=True), *paper.lines("keep")]
    if settings.store.phone:
        elements.append(Columns(paper.label("telephone"), settings.store.phone))
    return Document((*elements, Feed(1), Cut()))


def print_slip(context: Context, session: Session, repair: Repair, *, copy: bool) -> int | None:
    """Queue the slip; return the job's number, None when there is no printer."""
    device = context.printer_name()
    if not device:
        return None
    document = slip(context.settings, repair, copy=copy)
    return context.jobs.enqueue(session, device=device, document=document, purpose=SLIP_PURPOSE, subject=subject(repair.id)).id
