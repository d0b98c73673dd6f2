"""Surveys as data, and what the feedback service takes and answers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from kiosk.config_service import Span
from kiosk.desk.cases.views import CaseReceipt
from kiosk.desk.contacts import ContactData

Language = Literal["zh", "en"]
# language -> text, such as {"zh": "...", "en": "..."}
Texts = dict[Language, Annotated[str, Meta(max_length=120)]]


class Scale(StrEnum):
    """How a survey asks; the rating counts from 1, the worst, upwards."""

    FACES_5 = "faces-5"
    FACES_4 = "faces-4"
    NUMBERS_5 = "numbers-5"
    NUMBERS_10 = "numbers-10"

    @property
    def steps(self) -> int:
        """The best rating."""
        return int(self.value.rpartition("-")[2])

    @property
    def negative_up_to(self) -> int:
        """The best rating that still counts as negative: 2 of 4 or 5, 4 of 10."""
        return 2 if self.steps < 10 else 4


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason that a shopper may tap; *id* stays when the text is corrected."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    text: Texts
    ratings: list[int]  # the ratings that offer it


class Survey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a manager edits; every saved change is a new version, so that old presses keep their question."""

    slug: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    question: Texts
    thanks: Texts = msgspec.field(default_factory=dict)
    scale: Scale = Scale.FACES_5
    reasons: Annotated[list[Reason], Meta(max_length=40)] = msgspec.field(default_factory=list)
    hours: Annotated[list[Span], Meta(max_length=6)] = msgspec.field(default_factory=list)  # empty: whenever the station runs
    languages: list[Language] = msgspec.field(default_factory=lambda: ["zh", "en"])
    stations: list[str] = msgspec.field(default_factory=list)  # names of stations; empty: all
    counters: bool = False  # asked at counters after a transaction, not at the kiosk
    comment: bool = True  # whether a comment is asked
    complaint: bool = True  # whether "this is a complaint" is offered


class SurveyVersion(msgspec.Struct, frozen=True):
    """One saved version. At most six reasons are shown for a rating."""

    id: int
    version: int
    survey: Survey
    saved_at: datetime
    saved_by: str
    live: bool  # the version that presses get now
    ended: bool


class PressSource(StrEnum):
    """How it was pressed."""

    KIOSK = "kiosk"
    BUTTON = "button"
    COUNTER = "counter"
    PHONE = "phone"
    API = "api"


class NewPress(msgspec.Struct, frozen=True):
    """One press. *key* is made by whoever pressed (128 random bits) and makes it one, whatever is sent again.

    *survey* is a slug, or "slug@3" for the version that the screen showed.
    """

    key: str
    survey: str
    rating: int
    source: PressSource
    reasons: tuple[str, ...] = ()
    comment: str = ""
    language: str = "zh"
    pressed_at: datetime | None = None
    rating_request: int | None = None


class Complaint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ "This is a complaint", with a contact or none."""

    kind: Literal["complaint", "suggestion"] = "complaint"
    content: str = ""  # "": the comment
    contact: ContactData | None = None
    consent_version: str = ""  # of the text that the shopper agreed to; needed with a contact


class FollowUp(msgspec.Struct, frozen=True):
    """What a shopper adds to a press; None: unchanged. Reasons replace the ones before, words are added to them."""

    reasons: tuple[str, ...] | None = None
    comment: str | None = None
    complaint: Complaint | None = None
    language: str | None = None
    said_at: datetime | None = None  # by the clock that said pressed_at; None: now


class PressFlag(msgspec.Struct, frozen=True):
    """Why a press is not counted. Reversible; the press itself stays."""

    id: int
    reason: str  # interval, run, shift-burst, clock, ended, request, manual
    at: datetime
    by: str
    lifted_at: datetime | None
    lifted_by: str
    lift_reason: str
    text: str = ""  # of a flag set by hand


class PressView(msgspec.Struct, frozen=True):
    """One press as staff see it; without its key, with which the shopper alone adds to it."""

    id: int
    survey: str
    version: int
    rating: int
    station: str
    source: PressSource
    pressed_at: datetime
    received_at: datetime
    language: str
    reasons: list[str]
    comment: str
    counted: bool
    flags: list[PressFlag]
    case_id: int | None
    steps: int = 5  # the best rating of the scale
    counter: str = ""
    at: datetime | None = None  # pressed_at, or received_at where the screen's clock is not believed
    urgent: list[str] = msgspec.field(default_factory=list)  # urgent words found in what was said


class Recorded(msgspec.Struct, frozen=True):
    """What a press or a follow-up is answered: it is on disk."""

    id: int
    key: str
    survey: str
    version: int
    rating: int
    recorded_at: datetime
    counted: bool
    case: CaseReceipt | None = None


class RatingRequest(msgspec.Struct, frozen=True):
    """ "Please rate this service", as a counter's screen asks it."""

    id: int
    counter: str
    survey: str
    version: int
    asked_at: datetime
    expires_at: datetime
    answered: bool


class OwnRatings(msgspec.Struct, frozen=True):
    """What a person may know about their own ratings at the counter. Figures are None until *needed* are in."""

    received: int
    needed: int
    over: int | None  # the figures are over this many, the oldest; they move on in whole steps, so that no single one shows
    index: float | None
    negative_share: float | None
    by_rating: list["RatingCount"] | None


class RatingCount(msgspec.Struct, frozen=True):
    """How often one value of a scale of *steps* was pressed."""

    steps: int
    rating: int
    raw: int
    counted: int


class Totals(msgspec.Struct, frozen=True):
    """Numbers of a span: *raw* is every press, *counted* those without a standing flag.

    *index* is 0 when all counted presses are the worst and 100 when all are the best; *negative_share* runs from 0 to 1.
    Both are None when nothing is counted.
    """

    raw: int
    counted: int
    flagged: int
    index: float | None
    negative_share: float | None
    by_rating: list[RatingCount]


class ReportRow(msgspec.Struct, frozen=True):
    """One line of a report; *key* is a day (2026-03-10), an hour (14), a reason's id, or a station's name."""

    key: str
    label: Texts  # language -> text, for reasons; else empty
    raw: int
    counted: int
    flagged: int
    index: float | None
    negative_share: float | None


ReportBy = Literal["day", "hour", "reason", "station"]


class Report(msgspec.Struct, frozen=True):
    """Presses of a span by something. A press with two reasons is in both their rows."""

    by: ReportBy
    since: datetime
    until: datetime
    rows: list[ReportRow]
