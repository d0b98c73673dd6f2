"""What the web app is given: every service of the station, built elsewhere."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import Database
from kiosk.events import EventBus

if TYPE_CHECKING:
    from kiosk.desk.agenda import Agenda
    from kiosk.desk.alerts import AlertService
    from kiosk.desk.appliances import ApplianceService
    from kiosk.desk.audit import AuditTrail
    from kiosk.desk.bags import BagService
    from kiosk.desk.button_presses import ButtonPresses
    from kiosk.desk.cases import CaseService
    from kiosk.desk.contacts import ContactVault
    from kiosk.desk.contacts.privacy import PrivacyService
    from kiosk.desk.feedback import FeedbackService, SurveyService
    from kiosk.desk.feedback.handover import HandoverService
    from kiosk.desk.hours import BusinessHours
    from kiosk.desk.pickups import PickupService
    from kiosk.desk.receipts import ReceiptService
    from kiosk.desk.receipts.importing.folder import DropFolder
    from kiosk.desk.repairs import RepairService
    from kiosk.desk.returns import ReturnService
    from kiosk.desk.returns.policy import PolicyService
    from kiosk.desk.scans import ActiveScreens, ScanRouter
    from kiosk.desk.staff import StaffService, TokenService
    from kiosk.devices.hub import DeviceHub
    from kiosk.devices.queue import JobQueue
    from kiosk.web.metrics import Metrics
    from kiosk.web.streams import EventStreams
    from kiosk.web.viewfinder import Viewfinder

EXTENSION = "kiosk"


@dataclass(slots=True)
class Services:
    """The station as the web app sees it."""

    settings: Settings
    clock: Clock
    db: Database
    bus: EventBus
    jobs: "JobQueue"
    bags: "BagService"
    staff: "StaffService"
    tokens: "TokenService"
    audit: "AuditTrail"
    hours: "BusinessHours"
    alerts: "AlertService"
    contacts: "ContactVault"
    privacy: "PrivacyService"
    cases: "CaseService"
    surveys: "SurveyService"
    feedback: "FeedbackService"
    button_presses: "ButtonPresses"
    handovers: "HandoverService"
    agenda: "Agenda"
    receipts: "ReceiptService"
    drop_folder: "DropFolder"
    policy: "PolicyService"
    returns: "ReturnService"
    pickups: "PickupService"
    appliances: "ApplianceService"
    repairs: "RepairService"
    devices: "DeviceHub"
    scans: "ScanRouter"
    screens: "ActiveScreens"
    streams: "EventStreams"
    viewfinder: "Viewfinder"
    metrics: "Metrics"


def current_services() -> Services:
    """The services of the app that handles this request."""
    return cast(Services, current_app.extensions[EXTENSION])
