"""The devices for programs: how they are, and their self-tests."""

from datetime import datetime

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue

from kiosk.devices.hub import SelfTestReport
from kiosk.devices.state import DeviceState, DeviceStatus
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.auth import requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services

blueprint = Blueprint("api_devices", __name__, url_prefix=f"{PREFIX}/devices")


class DeviceReason(msgspec.Struct, frozen=True):
    """Why a device is not simply ready."""

    code: str
    detail: str


class DeviceView(msgspec.Struct, frozen=True):
    """One device as it is now."""

    name: str
    kind: str
    driver: str
    state: DeviceState
    reason: DeviceReason | None
    since: datetime | None
    next_try_at: datetime | None
    required: bool
    paper_near_end: bool | None  # printers that can tell


class DeviceList(msgspec.Struct, frozen=True):
    """Devices in the order of the configuration."""

    devices: list[DeviceView]


@blueprint.get("")
@describe("List the devices and their states", answers={200: DeviceList})
@requires("devices:read")
def list_devices() -> ResponseReturnValue:
    return json_response(DeviceList([_view(status) for status in current_services().devices.statuses()]))


@blueprint.get("/<name>")
@describe("Look at one device", answers={200: DeviceView}, problems=(404,))
@requires("devices:read")
def get_device(name: str) -> ResponseReturnValue:
    return json_response(_view(current_services().devices.status(name)))


@blueprint.post("/<name>/test")
@describe("Start the self-test of a device", answers={200: SelfTestReport}, problems=(404, 409, 503))
@requires("devices:write")
def test_device(name: str) -> ResponseReturnValue:
    devices = current_services().devices
    return command(lambda session: devices.test(session, name), json_answer)


@blueprint.post("/<name>/wake")
@describe("Try a device that is offline again now, instead of waiting", answers={200: DeviceView}, problems=(404,))
@requires("devices:write")
def wake_device(name: str) -> ResponseReturnValue:
    devices = current_services().devices
    devices.wake(name)
    return json_response(_view(devices.status(name)))


def _view(status: DeviceStatus) -> DeviceView:
    devices = current_services().devices
    printer = devices.printer_status(status.name)
    return DeviceView(
        status.name,
        status.kind,
        status.driver,
        status.state,
        DeviceReason(status.reason.code, status.reason.detail) if status.reason else None,
        status.since,
        status.next_try_at,
        status.name in devices.required,
        printer.paper_near_end if printer else None,
    )
