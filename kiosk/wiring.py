"""Builds every service of a station from its settings: the one place that knows which needs which.

`kiosk.station` adds what starts and stops; tests build the same services over a database and a clock of their own.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import select

from kiosk.channels import build_channels
from kiosk.clock import Clock
from kiosk.config import Settings, did_you_mean
from kiosk.db import Database
from kiosk.desk.agenda import Agenda
from kiosk.desk.alerts import AlertService
from kiosk.desk.alerts.compose import Origin
from kiosk.desk.alerts.devices import WAKES as DEVICE_EVENTS
from kiosk.desk.alerts.devices import DeviceWatch
from kiosk.desk.alerts.dispatcher import Dispatcher
from kiosk.desk.alerts.outbox import Outbox
from kiosk.desk.appliances import ApplianceService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags import BagService
from kiosk.desk.button_presses import ButtonPresses
from kiosk.desk.cases import CaseService
from kiosk.desk.contacts import ContactVault
from kiosk.desk.contacts.privacy import PrivacyService
from kiosk.desk.contacts.retention import RetentionRule
from kiosk.desk.feedback import FeedbackService, SurveyService, persons
from kiosk.desk.feedback import words as urgent_words
from kiosk.desk.feedback.handover import HandoverService
from kiosk.desk.feedback.prompts import PROMPTS
from kiosk.desk.hours import BusinessHours
from kiosk.desk.pickups import PickupService
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.importing.folder import DropFolder
from kiosk.desk.receipts.live import LiveSources
from kiosk.desk.repairs import RepairService
from kiosk.desk.returns import ReturnService
from kiosk.desk.returns.exports import RefundExporter, RefundQueue
from kiosk.desk.returns.models import GoodsReturn
from kiosk.desk.returns.policy import PolicyService
from kiosk.desk.scans import ActiveScreens, ScannedKind, ScanRouter
from kiosk.desk.staff import StaffService, TokenService
from kiosk.desk.staff.pins import PinHasher
from kiosk.devices.audio_service import Prompt
from kiosk.devices.hub import DeviceHub
from kiosk.devices.queue import JobQueue
from kiosk.devices.registry import BuildContext, DeviceConfig
from kiosk.devices.scanner import Scan
from kiosk.errors import ConfigError
from kiosk.events import EventBus
from kiosk.i18n import Speaker, msg
from kiosk.pos import build_sources
from kiosk.pos.refunds import build_refund_sink
from kiosk.web.context import Services
from kiosk.web.idempotency import forget_answers
from kiosk.web.metrics import Metrics
from kiosk.web.streams import EventStreams
from kiosk.web.viewfinder import Viewfinder


def build_services(
    settings: Settings,
    devices: Sequence[DeviceConfig],
    *,
    db: Database,
    bus: EventBus,
    clock: Clock,
    device_context: Callable[[str], BuildContext] | None = None,
    hasher: PinHasher | None = None,
) -> Services:
    """Build the services; nothing starts. *device_context* and *hasher* stand in for the station's own in tests.

    Raises ConfigError when the settings leave open which device does what.
    """
    state_dir = Path(settings.station.state_dir)
    jobs = JobQueue(settings.station.name, clock, settings.printing.stale_after_s)
    audit = AuditTrail(settings.station.name, clock)
    ticket_printer = _ticket_printer(settings, devices)
    bags = BagService(settings, clock, jobs, audit, lambda: ticket_printer)
    screens = ActiveScreens(clock, idle_s=settings.security.idle_logout_min * 60)
    receipts = ReceiptService(settings, clock, db, audit, LiveSources(build_sources(settings, clock), clock, settings.receipts.sources))
    goods_printer = settings.returns.printer or ticket_printer
    policy = PolicyService(settings, clock, audit)
    returns = ReturnService(settings, clock, jobs, audit, receipts, policy, lambda: goods_printer)
    pickups = PickupService(settings, clock, jobs, audit, lambda: goods_printer)
    returns.on_change(pickups.take_over)
    bags.reconciliations.close_only_without(pickups.unsigned)
    appliances = ApplianceService(settings, clock, jobs, audit, lambda: goods_printer)
    returns.look_tests_up(appliances.get)
    scans = ScanRouter(settings.scans, db, clock, bus, screens, ticket=bags.deposit_for_code, receipt_number=receipts.number_of)
    hours = BusinessHours(settings.hours, settings.store.zone)
    alerts = AlertService(settings, clock, audit)
    contacts = ContactVault(settings, clock, audit, contact_key_file(settings))
    returns.keep_photos(contacts)
    slip_printer = settings.cases.printer or ticket_printer
    cases = CaseService(settings, clock, jobs, audit, alerts, contacts, hours, lambda: slip_printer)
    repairs = RepairService(settings, clock, jobs, audit, alerts, contacts, hours, lambda: goods_printer)
    surveys = SurveyService(settings, clock, audit)
    feedback = FeedbackService(settings, clock, audit, alerts, cases, surveys, hours)
    contacts.register(
        RetentionRule("feedback-comment", settings.privacy.comment_days, feedback.purge_comments, msg("Comments of the feedback kiosk"))
    )
    contacts.register(RetentionRule("receipt", settings.receipts.keep_days, receipts.purge, msg("Receipts without a return")))
    receipts.keep_those(select(GoodsReturn.receipt_id).where(GoodsReturn.receipt_id.is_not(None)))
    signature_days = settings.returns.photo_days
    contacts.register(RetentionRule("pickup-signature", signature_days, pickups.purge, msg("Signatures for returned goods")))
    contacts.register(RetentionRule("test-signature", signature_days, appliances.purge, msg("Customers' signatures under appliance tests")))
    contacts.register_person_data("feedback", persons.export, persons.delete)
    contacts.register_copies(forget_answers)
    cases.judge_by(lambda session, text: urgent_words.found(text, feedback.words(session)))
    agenda = Agenda(db, clock, bus)
    agenda.register("cases", cases.next_alarm, cases.run_alarms, wakes=frozenset({"case.changed"}))
    agenda.register("repairs", repairs.next_alarm, repairs.run_alarms, wakes=frozenset({"repair.changed"}))
    privacy = PrivacyService(settings, clock, audit, contacts)
    privacy.purger.schedule(agenda)  # after every service that registers a rule
    button_presses = ButtonPresses(db, feedback, surveys, clock, settings.station.name)

    def scanned(scan: Scan) -> None:
        routed = scans.handle(scan)
        hub.answer_scan(routed.screen is not None and routed.kind is not ScannedKind.UNKNOWN)

    if settings.scans.beeper:
        _audio_device("scans.beeper", settings.scans.beeper, devices)
    hub = DeviceHub(
        devices,
        device_context or (lambda name: BuildContext(name, clock, state_dir / "cache")),
        settings=settings,
        db=db,
        bus=bus,
        clock=clock,
        jobs=jobs,
        scan_sink=scanned,
        press_sink=button_presses.take,
        speaker=_speaker(settings, devices),
        prompts=[Prompt(text[language], language) for text in PROMPTS.values() for language in settings.store.languages],
    )
    required = {name for name, device in settings.devices.items() if device.required}
    watch = DeviceWatch(alerts, clock, settings.station.name, required, hub.statuses)
    agenda.register("devices", watch.next_due, watch.run_due, wakes=DEVICE_EVENTS)
    return Services(
        settings=settings,
        clock=clock,
        db=db,
        bus=bus,
        jobs=jobs,
        bags=bags,
        staff=StaffService(settings.security, clock, audit, hasher),
        tokens=TokenService(clock, audit),
        audit=audit,
        hours=hours,
        alerts=alerts,
        contacts=contacts,
        privacy=privacy,
        cases=cases,
        surveys=surveys,
        feedback=feedback,
        button_presses=button_presses,
        handovers=HandoverService(settings, clock),
        agenda=agenda,
        receipts=receipts,
        drop_folder=DropFolder(settings, clock, db, receipts, audit, alerts),
        policy=policy,
        returns=returns,
        pickups=pickups,
        appliances=appliances,
        repairs=repairs,
        devices=hub,
        scans=scans,
        screens=screens,
        streams=EventStreams(bus, clock, max_streams=settings.web.max_event_streams),
        viewfinder=Viewfinder(clock),
        metrics=Metrics(),
    )


def build_dispatcher(settings: Settings, *, db: Database, bus: EventBus, clock: Clock) -> Dispatcher:
    """What sends the station's messages to people. Raises ConfigError for a channel that could never send."""
    store, station = settings.store, settings.station.name
    return Dispatcher(
        build_channels(settings, clock),
        Outbox(station, clock, timeout_s=settings.alerts.timeout_s),
        db=db,
        bus=bus,
        clock=clock,
        origin=Origin(store.code, store.name, store.name_en, station, settings.alerts.base_url),
        say=Speaker(store.zone).say,
    )


def build_refund_exporter(settings: Settings, *, db: Database, bus: EventBus, clock: Clock) -> RefundExporter:
    """What tells the point of sale of refunds. Raises ConfigError for a way that could never tell anything."""
    sink = build_refund_sink(settings, clock)
    queue = RefundQueue(settings.station.name, clock, sink.timeout_s if sink is not None else 0.0)
    return RefundExporter(sink, queue, db=db, bus=bus, clock=clock)


def contact_key_file(settings: Settings) -> Path:
    """Where the keys of contact data are."""
    return Path(settings.privacy.key_file or Path(settings.station.state_dir) / "contact.keys")


def _ticket_printer(settings: Settings, devices: Sequence[DeviceConfig]) -> str:
    """The device that prints tickets: the one named in the configuration, else the only printer."""
    if settings.bags.printer:
        return settings.bags.printer
    printers = [device.name for device in devices if device.kind == "printer"]
    if len(printers) > 1:
        raise ConfigError(f"bags.printer: there are several printers ({', '.join(printers)}); name the one that prints tickets")
    return printers[0] if printers else ""


def _speaker(settings: Settings, devices: Sequence[DeviceConfig]) -> str:
    """The device that says the kiosk's prompts: the one named in the configuration, else the only audio device; "": none."""
    if settings.feedback.speaker:
        return _audio_device("feedback.speaker", settings.feedback.speaker, devices)
    outputs = [device.name for device in devices if device.kind == "audio"]
    if len(outputs) > 1:
        raise ConfigError(f"feedback.speaker: there are several audio devices ({', '.join(outputs)}); name the one that speaks to shoppers")
    return outputs[0] if outputs else ""


def _audio_device(key: str, name: str, devices: Sequence[DeviceConfig]) -> str:
    """*name*, which *key* of the configuration gives, if it is an audio device."""
    outputs = [device.name for device in devices if device.kind == "audio"]
    if name not in outputs:
        raise ConfigError(f"{key}: no device {name!r} of kind audio{did_you_mean(name, outputs)}")
    return name
