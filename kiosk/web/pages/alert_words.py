"""What states and reasons of messages to people are in a person's words: what is wrong, and what to do about it."""

from kiosk.desk.alerts.models import DeliveryState
from kiosk.i18n import N_, Message
from kiosk.web.pages.words import ASK, BAD, GOOD, IDLE

STATE_NAMES: dict[DeliveryState, str] = {
    DeliveryState.QUEUED: N_("waits"),
    DeliveryState.SENT: N_("is being sent"),
    DeliveryState.CONFIRMED: N_("delivered"),
    DeliveryState.UNCERTAIN: N_("Did it arrive?"),
    DeliveryState.FAILED: N_("not delivered"),
    DeliveryState.DROPPED: N_("dropped"),
}
_TONES = {
    DeliveryState.CONFIRMED: GOOD,
    DeliveryState.UNCERTAIN: ASK,
    DeliveryState.FAILED: BAD,
}
KIND_NAMES = {
    "wecom": N_("WeCom robot"),
    "dingtalk": N_("DingTalk robot"),
    "feishu": N_("Feishu robot"),
    "email": N_("E-mail"),
    "webhook": N_("Webhook"),
}

_LOOK = N_("Look into the chat or mailbox whether it is there.")
_BY_ITSELF = N_("It is tried again by itself.")
_TECHNICIAN = N_("Call the technician; the configuration of the channel is wrong.")
_DECIDE = N_("Decide whether somebody still has to know it.")

# By the stable code of the reason (`Outcome.reason`, `kiosk.desk.alerts.outbox`): what it is, and what a person does.
REASONS: dict[str, tuple[str, str]] = {
    # nothing left
    "refused": (N_("Connection refused"), _BY_ITSELF),
    "unreachable": (N_("Not reachable"), _BY_ITSELF),
    "unknown-host": (N_("Address not found"), N_("Check the internet connection; it is tried again by itself.")),
    "certificate": (N_("Certificate not trusted"), N_("Check the station's clock and the address of the channel.")),
    # nobody knows
    "timeout": (N_("No answer in time"), _LOOK),
    "reset": (N_("The connection broke"), _LOOK),
    "network": (N_("The connection broke"), _LOOK),
    "gateway": (N_("No answer in time"), _LOOK),
    "garbled": (N_("The answer could not be understood"), _LOOK),
    "restart": (N_("The station was restarted while sending"), _LOOK),
    "lost": (N_("The station that was sending it is gone"), _LOOK),
    "internal": (N_("Internal fault"), _LOOK),
    # the receiver said no
    "rate-limited": (N_("Too many messages"), _BY_ITSELF),
    "busy": (N_("The receiver is busy"), _BY_ITSELF),
    "server-error": (N_("The receiver has a fault"), _BY_ITSELF),
    "robot-error": (N_("The robot refused it for now"), _BY_ITSELF),
    "rejected": (N_("The receiver refused it"), _TECHNICIAN),
    "redirected": (N_("The address has moved"), _TECHNICIAN),
    "login": (N_("The mail server refused the log-in"), _TECHNICIAN),
    "no-tls": (N_("The mail server offers no encryption"), _TECHNICIAN),
    "partly": (N_("Some recipients were refused"), _TECHNICIAN),
    # this station
    "gave-up": (N_("Waited too long"), _DECIDE),
    "no-channel": (N_("The channel is not configured any more"), _DECIDE),
    "not-composable": (N_("Cannot be sent"), N_("Call the technician; the log has the details.")),
}

# Reasons for which nothing is tried again; a dead letter of any other was tried until its time was over.
_FINAL = frozenset({"rejected", "redirected", "login", "no-tls", "gave-up", "no-channel", "not-composable"})


def state_name(state: DeliveryState) -> Message:
    """How the message stands, in a word or two."""
    return Message(STATE_NAMES[state])


def state_tone(state: DeliveryState) -> str:
    """The tone of the state."""
    return _TONES.get(state, IDLE)


def reason_words(code: str, state: DeliveryState) -> tuple[Message, Message]:
    """What the reason *code* is, and what to do about a message that is in *state* for it."""
    text, remedy = REASONS.get(code, (N_("Not delivered"), ""))
    if state is DeliveryState.FAILED and code not in _FINAL:
        remedy = _DECIDE
    return Message(text), Message(remedy)
