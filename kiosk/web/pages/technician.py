"""The technician's page: every device with its state, reason, next try and counters; tests; versions."""

import platform
from dataclasses import dataclass
from importlib.metadata import version

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk import __version__
from kiosk.devices.audio_service import AudioStats
from kiosk.devices.button_service import ButtonStats
from kiosk.devices.printer import Evidence, PrinterStatus
from kiosk.devices.scanner_service import ScannerStats
from kiosk.devices.state import DeviceStatus
from kiosk.devices.supervisor import DeviceCounts
from kiosk.web.auth import page_requires
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages import words
from kiosk.web.pages.bags import is_fragment
from kiosk.web.pages.chrome import page

blueprint = Blueprint("technician", __name__, url_prefix="/technician")

_LIBRARIES = ("Flask", "SQLAlchemy", "python-escpos", "pyserial", "waitress")


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """One device as the technician sees it."""

    status: DeviceStatus
    words: words.Words
    counts: DeviceCounts
    printer: PrinterStatus | None
    evidence: Evidence | None
    scanner: ScannerStats | None
    buttons: ButtonStats | None
    audio: AudioStats | None
    camera: bool


@blueprint.get("")
@page_requires("devices:write")
def devices() -> ResponseReturnValue:
    """All devices."""
    hub = current_services().devices
    counts = hub.device_counts()
    cards = []
    for status in hub.statuses():
        printer = hub.printer_status(status.name)
        cards.append(
            DeviceCard(
                status,
                words.device_words(status, printer),
                counts.get(status.name, DeviceCounts()),
                printer,
                hub.printer_evidence(status.name),
                hub.scanner_stats(status.name),
                hub.button_stats(status.name),
                hub.audio_stats(status.name),
                status.name in hub.cameras,
            )
        )
    if is_fragment():
        return render_template("technician/cards.html", cards=cards, states=words.STATE_NAMES)
    settings = current_services().settings
    versions = [("kiosk", __version__), ("Python", platform.python_version()), *((name, version(name)) for name in _LIBRARIES)]
    return page(
        "technician/devices.html", "technician", cards=cards, states=words.STATE_NAMES, versions=versions, station=settings.station.name
    )


@blueprint.post("/devices/<name>/test")
@page_requires("devices:write")
def test(name: str) -> ResponseReturnValue:
    """Start the self-test: a printer prints a slip, lamps light in turn, a loudspeaker plays a tone."""
    hub = current_services().devices
    response = command(lambda session: hub.test(session, name), lambda _report: redirect_answer(url_for("technician.devices")))
    flash(_("The test of %(name)s was started.", name=name), "good")
    return response


@blueprint.post("/devices/<name>/wake")
@page_requires("devices:write")
def wake(name: str) -> ResponseReturnValue:
    """Try an offline device now instead of waiting."""
    current_services().devices.wake(name)
    flash(_("%(name)s is tried now.", name=name), "good")
    return redirect(url_for("technician.devices"), 303)
