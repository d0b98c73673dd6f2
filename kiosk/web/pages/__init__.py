"""The staff's pages: HTML rendered here, rules elsewhere. One blueprint a counter."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from kiosk.web.pages import (
    alerts,
    appliances,
    bags,
    cameras,
    case_board,
    case_papers,
    case_state,
    case_work,
    cases,
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
    pickups,
    policy,
    privacy,
    ratings,
    receipts,
    refunds,
    repairs,
    return_flags,
    return_form,
    returns,
    scans,
    shelves,
    staff,
    surveys,
    technician,
)
from kiosk.web.pages.case_tools import set_up_case_templates
from kiosk.web.pages.entries import set_up_entries
from kiosk.web.pages.goods_words import set_up_goods_templates
from kiosk.web.pages.held import set_up_held_codes
from kiosk.web.pages.policy import set_up_policy_pages
from kiosk.web.pages.return_drafts import set_up_return_drafts
from kiosk.web.pages.return_words import set_up_return_templates
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
                cases,
                case_work,
                case_papers,
                case_board,
                jobs,
                technician,
                cameras,
                staff,
                manage,
                manage_feedback,
                surveys,
                feedback,
                feedback_say,
                phone,
                policy,
                privacy,
                alerts,
                case_state,
                ratings,
                receipts,
                return_flags,
                return_form,
                returns,
                refunds,
                pickups,
                appliances,
                repairs,
            )
        ),
    ]


def _set_up(state: BlueprintSetupState) -> None:
    set_up_templates(state.app)
    set_up_held_codes(state.app)
    set_up_entries(state.app)
    set_up_case_templates(state.app)
    set_up_policy_pages(state.app)
    set_up_return_templates(state.app)
    set_up_return_drafts(state.app)
    set_up_goods_templates(state.app)
