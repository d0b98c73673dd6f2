"""What device states, job states and their reasons are in a person's words: what is wrong, and what to do about it."""

from dataclasses import dataclass

from kiosk.devices.jobs import JobState
from kiosk.devices.printer import PrinterStatus
from kiosk.devices.queue import JobView
from kiosk.devices.state import DeviceState, DeviceStatus
from kiosk.i18n import N_, Message, msg

NOTHING = Message("")
GOOD, IDLE, ASK, BAD = "good", "idle", "ask", "bad"


@dataclass(frozen=True, slots=True)
class Words:
    """A state for people: *tone* is good, idle, ask (somebody may do something) or bad (somebody must)."""

    tone: str
    icon: str
    text: Message
    remedy: Message = NOTHING


KIND_NAMES = {
    "printer": N_("Printer"),
    "scanner": N_("Scanner"),
    "input": N_("Rating buttons"),
    "audio": N_("Loudspeaker"),
}
KIND_ICONS = {"printer": "printer", "scanner": "upc-scan", "input": "emoji-smile", "audio": "volume-up"}

STATE_NAMES: dict[DeviceState, str] = {
    DeviceState.STARTING: N_("starting"),
    DeviceState.READY: N_("ready"),
    DeviceState.DEGRADED: N_("works with limits"),
    DeviceState.OFFLINE: N_("not connected"),
    DeviceState.DISABLED: N_("switched off"),
}

_POWER_CYCLE = N_("Switch the device off and on, and check its cable.")
_CHECK_CABLE = N_("Check the cable and that the device is switched on.")
_LOOK_AT_PAPER = N_("Look whether the paper came out.")
_UNPLUG_CAMERA = N_("Unplug the camera, wait a moment and plug it in again; it goes on by itself.")
_TECHNICIAN = N_("Call the technician; the devices page has the details.")

# By the stable code of the reason (PrinterFault, DeviceError.code): what it is, and what a person at the desk does.
REASONS: dict[str, tuple[str, str]] = {
    # the printer says so itself
    "paper-out": (N_("Paper is out"), N_("Put in a new roll and close the cover; printing goes on by itself.")),
    "paper-near-end": (N_("Paper is running low"), N_("Have a new roll at hand.")),
    "cover-open": (N_("Cover is open"), N_("Close the printer's cover; printing goes on by itself.")),
    "cutter-fault": (N_("Cutter is jammed"), N_("Switch the printer off, take out the jammed paper, switch it on again.")),
    "overheated": (N_("Print head is too hot"), N_("Wait some minutes; printing goes on by itself.")),
    "feed-button": (N_("Feed button is held"), N_("Let go of the printer's feed button.")),
    "printer-offline": (N_("Printer is paused"), N_("Press the printer's online button, or switch it off and on.")),
    "printer-error": (N_("Printer has a fault"), N_("Switch the printer off and on; if that does not help, call the technician.")),
    # nobody answers
    "no-answer": (N_("No answer"), _POWER_CYCLE),
    "connect-timeout": (N_("No answer"), _POWER_CYCLE),
    "write-stalled": (N_("Takes nothing more"), N_("Check paper and cover, then switch the printer off and on.")),
    # the connection
    "refused": (N_("Connection refused"), N_("Check that the device is switched on; if it is, switch it off and on.")),
    "unreachable": (N_("Not reachable"), N_("Check the network cable and that the device is switched on.")),
    "network-error": (N_("Not reachable"), N_("Check the network cable and that the device is switched on.")),
    "unknown-host": (N_("Not reachable"), _TECHNICIAN),
    "peer-closed": (N_("Connection was closed"), N_("Check that the device is switched on; it is tried again by itself.")),
    "not-open": (N_("Connection was closed"), N_("Check that the device is switched on; it is tried again by itself.")),
    "closed": (N_("Connection was closed"), N_("Check that the device is switched on; it is tried again by itself.")),
    "unplugged": (N_("Unplugged"), N_("Plug the cable in again; it goes on by itself.")),
    "not-found": (N_("Not found"), _CHECK_CABLE),
    "cannot-open": (N_("Cannot be opened"), _CHECK_CABLE),
    "noise": (N_("Reads noise"), _TECHNICIAN),
    # keyboard scanners and cameras
    "ambiguous": (N_("Several scanners fit"), _TECHNICIAN),
    "not-a-keyboard": (N_("Wrong port"), _TECHNICIAN),
    "no-evdev": (N_("Software is missing"), _TECHNICIAN),
    "no-opencv": (N_("Software is missing"), _TECHNICIAN),
    "no-picamera2": (N_("Software is missing"), _TECHNICIAN),
    "no-frames": (N_("No picture"), _UNPLUG_CAMERA),
    "frozen": (N_("The picture stands still"), _UNPLUG_CAMERA),
    "camera-hangs": (N_("The camera does not answer"), _UNPLUG_CAMERA),
    "camera-error": (N_("Out of order"), _UNPLUG_CAMERA),
    "not-a-picture": (N_("Cannot be opened"), _TECHNICIAN),
    # this machine
    "no-permission": (N_("No permission"), _TECHNICIAN),
    "taken": (N_("Taken by another program"), _TECHNICIAN),
    "not-a-serial-port": (N_("Wrong port"), _TECHNICIAN),
    "no-printer": (N_("Wrong port"), _TECHNICIAN),
    "no-libusb": (N_("Software is missing"), _TECHNICIAN),
    "unsupported": (N_("Not supported"), _TECHNICIAN),
    "internal": (N_("Internal fault"), _TECHNICIAN),
    "stopped": (N_("Stopped"), _TECHNICIAN),
    "storage": (N_("The database does not answer"), _TECHNICIAN),
    # rating buttons
    "button-stuck": (N_("A button is stuck"), N_("Free the button; if nothing holds it, call the technician.")),
    "pin-twice": (N_("Two wires for one pin"), _TECHNICIAN),
    "no-such-pin": (N_("Wrong pin"), _TECHNICIAN),
    "no-pi": (N_("Not supported"), _TECHNICIAN),
    "no-pin-factory": (N_("Software is missing"), _TECHNICIAN),
    "no-pin-library": (N_("Software is missing"), _TECHNICIAN),
    "gpio-error": (N_("Pins do not answer"), _TECHNICIAN),
    # the loudspeaker
    "no-sound-card": (N_("No sound card"), N_("Plug the loudspeaker in again; it goes on by itself.")),
    "no-portaudio": (N_("Software is missing"), _TECHNICIAN),
    "no-speech": (N_("Cannot speak: software is missing"), _TECHNICIAN),
    "speech-timeout": (N_("Cannot speak"), _TECHNICIAN),
    "speech-failed": (N_("Cannot speak"), _TECHNICIAN),
    "not-speakable": (N_("Cannot speak"), _TECHNICIAN),
    "cannot-play": (N_("Cannot play"), _TECHNICIAN),
    "cannot-write": (N_("Cannot play"), _TECHNICIAN),
    # a print job
    "restart": (N_("The station was restarted while printing"), _LOOK_AT_PAPER),
    "interrupted": (N_("Printing was interrupted"), _LOOK_AT_PAPER),
    "no-evidence": (N_("The printer cannot tell whether it printed"), _LOOK_AT_PAPER),
    "stale": (N_("Waited too long"), N_("Decide whether it is still wanted.")),
    "not-printable": (N_("Cannot be printed"), _TECHNICIAN),
}
_UNKNOWN = (N_("Out of order"), N_("Check cable and power; if that does not help, call the technician."))

PURPOSES = {
    "bag-ticket": N_("Bag ticket"),
    "bag-lost-form": N_("Lost-ticket form"),
    "case-slip": N_("Case slip"),
    "self-test": N_("Test print"),
}

JOB_STATE_NAMES: dict[JobState, str] = {
    JobState.QUEUED: N_("waits"),
    JobState.SENT: N_("is printing"),
    JobState.CONFIRMED: N_("printed"),
    JobState.UNCERTAIN: N_("Did it come out?"),
    JobState.FAILED: N_("not printed"),
    JobState.CANCELLED: N_("cancelled"),
}
HELD = N_("Print it now?")


def reason_words(code: str | None) -> tuple[Message, Message]:
    """What the reason *code* is, and what to do."""
    text, remedy = REASONS.get(code or "", _UNKNOWN)
    return Message(text), Message(remedy)


def device_words(status: DeviceStatus, printer: PrinterStatus | None = None) -> Words:
    """How a device is, for the status strip; *printer* is what a printer last said of itself."""
    kind = KIND_NAMES.get(status.kind, status.name)
    icon = KIND_ICONS.get(status.kind, "hdd-network")
    state = Message(STATE_NAMES[status.state])
    if status.state is DeviceState.READY:
        if printer is not None and printer.paper_near_end:
            return _with_reason(ASK, icon, kind, "paper-near-end")
        return Words(GOOD, icon, msg("%(device)s: %(state)s", device=Message(kind), state=state))
    if status.state is DeviceState.STARTING:
        return Words(IDLE, icon, msg("%(device)s: %(state)s", device=Message(kind), state=state))
    if status.state is DeviceState.DISABLED:
        remedy = msg("Call the technician: %(detail)s", detail=status.reason.detail if status.reason else status.name)
        return Words(BAD, icon, msg("%(device)s: %(state)s", device=Message(kind), state=state), remedy)
    code = status.reason.code if status.reason else None
    return _with_reason(ASK if code == "paper-near-end" else BAD, icon, kind, code)


def _with_reason(tone: str, icon: str, kind: str, code: str | None) -> Words:
    text, remedy = reason_words(code)
    return Words(tone, icon, msg("%(device)s: %(state)s", device=Message(kind), state=text), remedy)


def job_name(job: JobView) -> Message:
    """How the job stands, in two or three words."""
    return Message(HELD if job.held else JOB_STATE_NAMES[job.state])


def job_tone(job: JobView) -> str:
    """The tone of a job's state."""
    if job.needs_decision:
        return ASK
    if job.state is JobState.FAILED or (job.state is JobState.QUEUED and job.reason):
        return BAD
    return GOOD if job.state is JobState.CONFIRMED else IDLE
