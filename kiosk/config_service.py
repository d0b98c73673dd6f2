"""Sections of kiosk.toml about what shoppers say and who answers: hours, feedback, cases, alerts, privacy."""

from datetime import date, time
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

# Marks a key whose value no message repeats.
SECRET = {"secret": True}

# "08:00-18:00", or past midnight "18:00-02:00"; 24:00 may stand at the end.
Span = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
ClockTime = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Severity = Literal["low", "normal", "high", "critical"]


def _every_day() -> list[str]:
    return ["08:00-22:00"]


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the service desk is open, in store time. Due times, reminders and surveys run in these hours."""

    mon: Annotated[list[Span], Meta(max_length=6, description="Spans of Monday, e.g. 08:00-12:00; empty: closed.")] = msgspec.field(
        default_factory=_every_day
    )
    tue: Annotated[list[Span], Meta(max_length=6, description="Spans of Tuesday.")] = msgspec.field(default_factory=_every_day)
    wed: Annotated[list[Span], Meta(max_length=6, description="Spans of Wednesday.")] = msgspec.field(default_factory=_every_day)
    thu: Annotated[list[Span], Meta(max_length=6, description="Spans of Thursday.")] = msgspec.field(default_factory=_every_day)
    fri: Annotated[list[Span], Meta(max_length=6, description="Spans of Friday.")] = msgspec.field(default_factory=_every_day)
    sat: Annotated[list[Span], Meta(max_length=6, description="Spans of Saturday.")] = msgspec.field(default_factory=_every_day)
    sun: Annotated[list[Span], Meta(max_length=6, description="Spans of Sunday.")] = msgspec.field(default_factory=_every_day)
    closed: Annotated[list[Day], Meta(description="Days on which the desk stays closed, 2026-12-31.")] = msgspec.field(default_factory=list)
    special: Annotated[dict[Day, list[Span]], Meta(description="Other hours of single days: [hours.special] 2026-12-31 = [...].")] = (
        msgspec.field(default_factory=dict)
    )
    public_holidays: Annotated[list[Day], Meta(description="Days that are no working days by law, for statutory terms.")] = msgspec.field(
        default_factory=list
    )
    makeup_workdays: Annotated[list[Day], Meta(description="Weekend days that are working days by law, for statutory terms.")] = (
        msgspec.field(default_factory=list)
    )
    shift_changes: Annotated[
        list[ClockTime], Meta(max_length=6, description="When shifts change, HH:MM; the first shift begins with the day.")
    ] = msgspec.field(default_factory=lambda: ["15:00"])

    def __post_init__(self) -> None:
        for day in (*self.closed, *self.special, *self.public_holidays, *self.makeup_workdays):
            try:
                date.fromisoformat(day)
            except ValueError as error:
                raise ValueError(f"{day} is no day of the calendar") from error
        for spans in (*self.week, *self.special.values()):
            for span in spans:
                begin, _, end = span.partition("-")
                if begin == end:
                    raise ValueError(f"{span} begins when it ends; the whole day is 00:00-24:00")

    @property
    def week(self) -> tuple[list[str], ...]:
        """The spans of Monday to Sunday."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)

    @property
    def changes(self) -> list[time]:
        """The shift changes in order."""
        return sorted(time.fromisoformat(change) for change in self.shift_changes)


class Feedback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The feedback kiosk."""

    counters: Annotated[
        list[Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]],
        Meta(max_length=50, description="Counters with a customer's screen of their own, /feedback?counter=NAME."),
    ] = msgspec.field(default_factory=list)
    public_url: Annotated[str, Meta(description="Address under which shoppers' phones reach this station, https://...; empty: none.")] = ""
    speaker: Annotated[str, Meta(description="Audio device that says the kiosk's prompts; empty: the only one, if any.")] = ""
    handover_min: Annotated[int, Meta(ge=1, le=120, description="Minutes for which a link to go on by phone is good.")] = 15
    follow_up_min: Annotated[int, Meta(ge=1, le=1440, description="Minutes in which reasons and a comment may follow a press.")] = 30
    comment_max_length: Annotated[int, Meta(ge=50, le=5000, description="Characters that a comment may have.")] = 1000
    idle_warning_s: Annotated[int, Meta(ge=5, le=600, description="Seconds without a touch until the kiosk asks for more time.")] = 30
    idle_wipe_s: Annotated[int, Meta(ge=5, le=120, description="Seconds of that question until everything is wiped.")] = 15
    press_interval_s: Annotated[float, Meta(ge=0, le=600, description="Presses of one station nearer than this are flagged.")] = 5.0
    run_length: Annotated[int, Meta(ge=3, le=100, description="Presses of one value in a row from which on they are flagged.")] = 10
    burst_window_min: Annotated[int, Meta(ge=1, le=60, description="Minutes around a shift change that are watched for bursts.")] = 10
    burst_presses: Annotated[int, Meta(ge=3, le=1000, description="Presses in that window from which on they are flagged.")] = 12
    clock_tolerance_s: Annotated[int, Meta(ge=1, le=3600, description="Seconds by which a screen's clock may be ahead.")] = 120
    alert_share: Annotated[float, Meta(gt=0, le=1, description="Share of negative presses in the window that raises an alert.")] = 0.5
    alert_window_min: Annotated[int, Meta(ge=1, le=1440, description="Minutes of that window.")] = 15
    alert_min_presses: Annotated[int, Meta(ge=1, le=1000, description="Presses that the window needs before it can raise an alert.")] = 4
    hidden_below: Annotated[int, Meta(ge=2, le=1000, description="Counter ratings that must be in before the person rated sees them.")] = 10
    rating_request_s: Annotated[int, Meta(ge=10, le=600, description="Seconds for which a counter's screen asks for a rating.")] = 60


class LadderStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of the escalation ladder."""

    after_min: Annotated[int, Meta(ge=1, le=60000, description="Minutes of opening hours past the due time.")]
    to: Annotated[Literal["owner", "desk", "supervisor", "manager"], Meta(description="Who is told: the owner, or everybody of a role.")]


class Cases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Complaints and suggestions."""

    departments: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=32)]], Meta(min_length=1, max_length=50, description="Departments.")
    ] = msgspec.field(
        default_factory=lambda: ["客服 Service desk", "生鲜 Fresh", "食品 Grocery", "百货 General goods", "收银 Checkout", "防损 Security"]
    )
    printer: Annotated[str, Meta(description="Device that prints the shopper's slips; empty: the ticket printer.")] = ""
    first_answer_h: Annotated[dict[Severity, float], Meta(description="Opening hours until the first answer, by severity.")] = (
        msgspec.field(default_factory=lambda: {"low": 16.0, "normal": 8.0, "high": 4.0, "critical": 1.0})
    )
    solution_h: Annotated[dict[Severity, float], Meta(description="Opening hours until the solution, by severity.")] = msgspec.field(
        default_factory=lambda: {"low": 70.0, "normal": 42.0, "high": 28.0, "critical": 14.0}
    )
    remind_before_min: Annotated[
        int, Meta(ge=0, le=6000, description="Minutes of opening hours before a due time that the owner is reminded.")
    ] = 60
    ladder: Annotated[list[LadderStep], Meta(max_length=8, description="Who is told when nobody acknowledges, step by step.")] = (
        msgspec.field(default_factory=lambda: [LadderStep(30, "owner"), LadderStep(60, "supervisor"), LadderStep(120, "manager")])
    )
    written_answer_days: Annotated[
        int, Meta(ge=1, le=60, description="Working days in which a written complaint is answered in writing.")
    ] = 5
    accept_days: Annotated[int, Meta(ge=1, le=60, description="Working days in which a 12315 case is accepted or refused.")] = 7
    mediation_days: Annotated[int, Meta(ge=1, le=365, description="Days of mediation of a 12315 case.")] = 45
    content_max_length: Annotated[int, Meta(ge=100, le=20000, description="Characters that the content of a case may have.")] = 4000
    photos_max: Annotated[int, Meta(ge=0, le=20, description="Photos that a case may have.")] = 6
    photo_max_mb: Annotated[int, Meta(ge=1, le=20, description="Megabytes that a photo may have when it is sent.")] = 8

    def __post_init__(self) -> None:
        for name, hours in (("first_answer_h", self.first_answer_h), ("solution_h", self.solution_h)):
            for severity in ("low", "normal", "high", "critical"):
                if not 0 < hours.get(severity, 0) <= 10_000:
                    raise ValueError(f"{name}: {severity} must be given, above 0 and at most 10000 hours")
        steps = [step.after_min for step in self.ladder]
        if steps != sorted(set(steps)):
            raise ValueError("ladder: each step must be later than the one before")


class Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to reach people: a group robot, e-mail, or a signed webhook."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="Name of the channel.")]
    kind: Annotated[Literal["wecom", "dingtalk", "feishu", "email", "webhook"], Meta(description="Kind of the channel.")]
    url: Annotated[
        str, Meta(description="Address of the robot or webhook; smtp://HOST:PORT or smtps://HOST:PORT for e-mail.", extra=SECRET)
    ]
    secret: Annotated[str, Meta(description="Signing secret of robot or webhook; password for e-mail.", extra=SECRET)] = ""
    user: Annotated[str, Meta(description="User name for e-mail; empty: none.")] = ""
    sender: Annotated[str, Meta(description="Sender's address for e-mail.")] = ""
    recipients: Annotated[list[str], Meta(max_length=50, description="Recipients' addresses for e-mail.")] = msgspec.field(
        default_factory=list
    )
    topics: Annotated[list[str], Meta(description="Topics that it carries, such as case.* ; empty: all.")] = msgspec.field(
        default_factory=list
    )
    min_severity: Annotated[Severity, Meta(description="Least severity that it carries.")] = "low"
    language: Annotated[Literal["zh", "en"], Meta(description="Language of its messages.")] = "zh"
    per_minute: Annotated[int, Meta(ge=0, le=1000, description="Messages a minute at most; 0: the kind's own limit.")] = 0


class Alerts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Messages to people outside the desk."""

    channels: Annotated[list[Channel], Meta(max_length=20, description="Channels, [[alerts.channels]].")] = msgspec.field(
        default_factory=list
    )
    timeout_s: Annotated[float, Meta(gt=0, le=60, description="Seconds for one try to send.")] = 10.0
    give_up_h: Annotated[float, Meta(gt=0, le=168, description="Hours of tries until a message is put aside as undeliverable.")] = 12.0
    keep_days: Annotated[int, Meta(ge=1, le=3650, description="Days that delivered messages are kept.")] = 90
    base_url: Annotated[str, Meta(description="Address of this station for links in messages; empty: messages have no link.")] = ""

    def __post_init__(self) -> None:
        names = [channel.name for channel in self.channels]
        if len(set(names)) != len(names):
            raise ValueError("channels: two channels have the same name")


class Privacy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Personal data."""

    key_file: Annotated[str, Meta(description="File with the keys for contact data; empty: contact.keys in station.state_dir.")] = ""
    consent_version: Annotated[str, Meta(min_length=1, max_length=32, description="Version of the consent text.")] = "2026-1"
    consent_zh: Annotated[str, Meta(max_length=500, description="Consent text in Chinese; empty: the product's own.")] = ""
    consent_en: Annotated[str, Meta(max_length=500, description="Consent text in English; empty: the product's own.")] = ""
    contact_days: Annotated[int, Meta(ge=1, le=3650, description="Days after closing that a case's contact data is kept.")] = 90
    case_days: Annotated[int, Meta(ge=1, le=3650, description="Days after closing that a case's content and photos are kept.")] = 1095
    comment_days: Annotated[int, Meta(ge=1, le=3650, description="Days that comments of the feedback kiosk are kept.")] = 365
