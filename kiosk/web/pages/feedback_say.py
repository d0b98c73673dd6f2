"""``POST /feedback/say``: the kiosk's screen has one of the fixed prompts spoken, where there is a sound device."""

from typing import Literal

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue

from kiosk.desk.feedback.prompts import PROMPTS
from kiosk.errors import Denied, FieldError, Invalid
from kiosk.i18n import N_, msg
from kiosk.web import sessions
from kiosk.web.auth import passive, public_json
from kiosk.web.context import current_services
from kiosk.web.decoding import decode

blueprint = Blueprint("feedback_say", __name__)


class NotThisScreen(Denied):
    """Only the browsers that stand beside the loudspeaker may use it."""

    slug = "not-this-screen"
    title = N_("Not from this screen")


class UnknownPrompt(Invalid):
    """No prompt has this name."""

    slug = "unknown-prompt"


class Say(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The name of a prompt, never a text: nobody can make the kiosk say something else."""

    prompt: str
    language: Literal["zh", "en"] = "zh"


@blueprint.post("/feedback/say")
@passive
@public_json
def say() -> ResponseReturnValue:
    """202: it is spoken, instead of what was spoken before; 204: nothing speaks at this station now."""
    services = current_services()
    if not sessions.at_desk():
        raise NotThisScreen(
            msg("This browser does not stand at this station."), msg("Name its address under station.screens in kiosk.toml.")
        )
    wanted = decode(Say)
    texts = PROMPTS.get(wanted.prompt)
    if texts is None or wanted.language not in texts:
        names = ", ".join(PROMPTS)
        field = FieldError("prompt", wanted.prompt[:64], msg("must be one of: %(values)s", values=names))
        raise UnknownPrompt(msg("There is no such prompt."), msg("Prompts: %(names)s.", names=names), fields=[field])
    return "", 202 if services.devices.say(texts[wanted.language], wanted.language) else 204
