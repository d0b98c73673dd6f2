"""What `kiosk device probe` finds out about a printer: its answers, and by a printed slip how it takes Chinese."""

from dataclasses import dataclass

from kiosk.devices.errors import DeviceError
from kiosk.devices.printer import Evidence, ProbeReport
from kiosk.drivers.escpos import protocol
from kiosk.drivers.escpos.conversation import Conversation
from kiosk.drivers.escpos.options import PrinterOptions
from kiosk.drivers.escpos.text import EncodingName
from kiosk.drivers.escpos.transport import WriteLimits

# The same characters in simplified and traditional writing, so that every encoding has them.
_SAMPLE = "中文正常 38"
_RARE_SAMPLE = "㐀㐁"  # GB18030 in four bytes
_CONFIRMATIONS = {
    Evidence.PROCESS_ID: "process-id",
    Evidence.PROCESSED: "processed",
    Evidence.HEALTH: "health",
    Evidence.NONE: "ask",
}


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to send Chinese, and what kiosk.toml says for it."""

    encoding: EncodingName
    before: bytes
    option: str


MODES = (
    Mode("gb18030", protocol.FS_HAN_ON, 'encoding = "gb18030"'),
    Mode("gb18030", b"", 'encoding = "gb18030"\nselect_encoding = false'),
    Mode("big5", protocol.FS_HAN_ON, 'encoding = "big5"'),
    Mode("big5", b"", 'encoding = "big5"\nselect_encoding = false'),
    Mode("utf-8", protocol.FS_UTF8, 'encoding = "utf-8"'),
    Mode("utf-8", b"", 'encoding = "utf-8"\nselect_encoding = false'),
)


def encoding_slip() -> bytes:
    """The same Chinese line in every encoding and mode, numbered, each below what it means for kiosk.toml."""
    slip = bytearray(protocol.ESC_INITIALISE + b"Which Chinese line is right?\n" + _reads(_SAMPLE) + b"\n")
    for number, mode in enumerate(MODES, start=1):
        slip += _entry(f"{number}. {mode.option}", mode.before, _SAMPLE.encode(mode.encoding))
    number = len(MODES) + 1
    slip += _entry(
        f"{number}. If 1 is right and two more Han follow:\nfour_byte_codes = true", protocol.FS_HAN_ON, _RARE_SAMPLE.encode("gb18030")
    )
    return bytes(slip + protocol.GS_CUT_AFTER_FEED)


def probe(talk: Conversation, options: PrinterOptions, questions: tuple[int, ...], *, print_slip: bool) -> ProbeReport:
    """Ask everything that the drivers can use, and print the slip."""
    named, processed = talk.buffered_answers()
    ranking = ((named, Evidence.PROCESS_ID), (processed, Evidence.PROCESSED), (bool(questions), Evidence.HEALTH))
    evidence = next((evidence for found, evidence in ranking if found), Evidence.NONE)
    automatic = _answers_automatic_status(talk, options)
    suggestions: dict[str, object] = {"confirmation": _CONFIRMATIONS[evidence]}
    if automatic and not questions:
        suggestions["automatic_status"] = True
    return ProbeReport(
        capabilities={
            "real-time status (DLE EOT)": ", ".join(str(n) for n in questions) or "no",
            "names completed jobs (GS ( H)": _yes(named),
            "answers when commands are executed (GS r)": _yes(processed),
            "reports faults by itself (GS a)": _yes(automatic),
            "strongest evidence that a job was printed": evidence.value,
        },
        suggestions=suggestions,
        slip_printed=print_slip and _print_slip(talk, options),
    )


def _entry(title: str, before: bytes, sample: bytes) -> bytes:
    # ESC @ puts the printer into the mode of its own switches. Two spaces: in a wrong encoding the last byte may be taken
    # for half a character, which then eats the next byte; it must not be a line feed or a command.
    after = protocol.FS_HAN_OFF if before == protocol.FS_HAN_ON else b""
    return protocol.ESC_INITIALISE + title.encode("ascii") + b"\n" + before + b"   " + sample + b"  " + after + b"\n\n"


def _reads(sample: str) -> bytes:
    """What the line should look like, for a person who compares: ``U+4E2D U+6587 ...``."""
    return " ".join(f"U+{ord(char):04X}" for char in sample if not char.isascii()).encode("ascii") + b"\n"


def _answers_automatic_status(talk: Conversation, options: PrinterOptions) -> bool:
    limits = WriteLimits(options.reply_timeout_s, options.reply_timeout_s)
    talk.auto_status = None
    talk.transport.write(protocol.ESC_INITIALISE + protocol.GS_AUTO_STATUS, limits)
    answered = talk.wait_for_auto_status()
    talk.transport.write((b"" if options.automatic_status else protocol.GS_AUTO_STATUS_OFF) + protocol.ESC_INITIALISE, limits)
    talk.drain()
    talk.auto_status = None
    return answered


def _print_slip(talk: Conversation, options: PrinterOptions) -> bool:
    slip = encoding_slip()
    limits = WriteLimits(options.write_timeout_s, options.write_timeout_s + 3 * talk.transport.wire_seconds(len(slip)))
    talk.transport.write(slip, limits)
    try:
        return talk.transport.drain(limits)
    except DeviceError:
        return False  # what was found out before is still worth telling


def _yes(found: bool) -> str:
    return "yes" if found else "no"
