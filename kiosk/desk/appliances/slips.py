"""The slip of a test: what was tried, what came out, and the customer's signature. It names staff, and no customer."""

from kiosk.config import Settings
from kiosk.desk import signatures
from kiosk.desk.appliances.views import ApplianceTestView, TestResult
from kiosk.desk.paper import Paper, minute
from kiosk.devices.document import Columns, Cut, Document, Element, Feed, Rule, Text

_TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "家电检测单",
        "time": "检测时间",
        "serial": "序列号",
        "passed": "合格",
        "failed": "不合格",
        "result": "检测结果",
        TestResult.FAULTY.value: "确认有故障",
        TestResult.NO_FAULT.value: "未发现故障",
        TestResult.DAMAGED.value: "使用造成的损坏",
        "fault": "故障现象:{text}",
        "tester": "检测人",
        "customer": "顾客签名",
        "unsigned": "顾客未签名",
    },
    "en": {
        "title": "Test of an appliance",
        "time": "Tested",
        "serial": "Serial no.",
        "passed": "OK",
        "failed": "NOT OK",
        "result": "Result",
        TestResult.FAULTY.value: "Fault confirmed",
        TestResult.NO_FAULT.value: "No fault found",
        TestResult.DAMAGED.value: "Damaged in use",
        "fault": "Fault: {text}",
        "tester": "Tested by",
        "customer": "Customer's signature",
        "unsigned": "Not signed by the customer",
    },
}


def slip(settings: Settings, test: ApplianceTestView) -> Document:
    """The paper for the customer."""
    paper = Paper(settings, _TEXTS)
    elements: list[Element] = [
        *paper.head(),
        *paper.lines("title", bold=True, align_center=True),
        Text(test.number, align="center", bold=True, width=2, height=2),
        Columns(paper.label("time"), minute(test.tested_at.astimezone(settings.store.zone))),
        Text(test.name or test.product),
        Columns(paper.label("serial"), test.serial),
        Rule(),
    ]
    for item in test.items:
        elements.append(Columns(item.text, paper.label("passed" if item.passed else "failed"), bold=not item.passed))
        if item.note:
            elements.append(Text(f"  {item.note}"))
    elements += [Rule(), Text(paper.label("result"), align="center"), Text(paper.label(test.result.value), align="center", bold=True)]
    if test.fault:
        elements += paper.lines("fault", text=test.fault)
    elements.append(Columns(paper.label("tester"), test.tested_by))
    if test.signature is not None:
        elements += [Text(paper.label("customer")), signatures.drawing(test.signature)]
    else:
        elements.append(Text(paper.label("unsigned")))
    return Document((*elements, Feed(1), Cut()))
