"""The staff's pages: HTML rendered here, rules elsewhere. One blueprint a counter."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from kiosk.web.pages import (
    bags,
    case_state,
    closing,
    feedback,
    feedback_say,
    home,
    jobs,
    login,
    lost,
    manage,
    manage_feedback,
    phone,
    ratings,
    scans,
    shelves,
    staff,
    surveys,
    technician,
)
from kiosk.web.pages.entries import set_up_entries
from kiosk.web.pages.held import set_up_held_codes
from kiosk.web.pages.tools import note_newest_event, set_up_templates


def page_blueprints() -> list[Blueprint]:
    """Every counter of the product; the first also brings what the templates of all of them use."""
    frame = Blueprint("frame", __name__)
    frame.record_once(_set_up)
    frame.before_app_request(note_newest_event)
    return [
        frame,
        *(
            module.blueprint
            for module in (
                home,
                login,
                bags,
                lost,
                closing,
                shelves,
                scans,
                jobs,
                technician,
                staff,
                manage,
                manage_feedback,
                surveys,
                feedback,
                feedback_say,
                phone,
                case_state,
                ratings,
            )
        ),
    ]


def _set_up(state: BlueprintSetupState) -> None:
    set_up_templates(state.app)
    set_up_held_codes(state.app)
    set_up_entries(state.app)
