"""Surveys as data, and what the feedback service takes and answers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from kiosk.config_service import Span
from kiosk.desk.cases.views import CaseReceipt
from kiosk.desk.contacts import ContactData

# language -> text, such as {"zh": "...", "en": "..."}
Texts = dict[Literal["zh", "en"], Annotated[str, Meta(max_length=120)]]


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
    languages: list[Literal["zh", "en"]] = msgspec.field(default_factory=lambda: ["zh", "en"])
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
    """What a shopper adds to a press; None: unchanged."""

    reasons: tuple[str, ...] | None = None
    comment: str | None = None
    complaint: Complaint | None = None
    language: str | None = None


class PressFlag(msgspec.Struct, frozen=True):
    """Why a press is not counted. Reversible; the press itself stays."""

    id: int
    reason: str  # interval, run, shift-burst, clock, ended, manual
    at: datetime
    by: str
    lifted_at: datetime | None
    lifted_by: str
    lift_reason: str


class PressView(msgspec.Struct, frozen=True):
    """One press as staff see it."""

    id: int
    key: str
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
