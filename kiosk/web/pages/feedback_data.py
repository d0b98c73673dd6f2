"""What the kiosk's page is made of: the live survey, stories, texts of the store, and who may hear which event."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.desk.cases.views import Story
from kiosk.desk.feedback.views import RatingRequest, Survey
from kiosk.events import Event
from kiosk.web.context import Services
from kiosk.web.streams import Audience

# Stories on the attract screen; more would not be read before somebody taps.
_STORIES = 6
# Characters of a complaint: nobody types more on a screen in the hall.
_CONTENT_LENGTH = 2000
# Reasons shown for one rating.
MAX_REASONS = 6
# Events that change what every kiosk shows; they hold no personal data.
_FOR_EVERY_SCREEN = frozenset({"survey.changed", "stories.changed"})


@dataclass(frozen=True, slots=True)
class KioskAudience(Audience):
    """A shopper's screen: it hears what changes its picture, and what is meant for it alone."""

    counter: str = ""

    def may_see(self, event: Event) -> bool:
        """Whether *event* is for this screen: changes of what it shows, its counter's rating, its station's buttons and phones."""
        if event.screen is not None:
            return event.screen == self.screen
        if event.name == "rating.requested":
            return bool(self.counter) and event.data.get("counter") == self.counter
        return event.name in _FOR_EVERY_SCREEN


def kiosk_screen(settings: Settings) -> str:
    """The name under which events for this station's kiosk screens alone are sent."""
    return f"kiosk:{settings.station.name}"


class Picture(msgspec.Struct, frozen=True):
    """All that the page shows, as its script reads it."""

    version: str  # of the page's own files: another one makes an idle page load itself anew
    station: str
    counter: str
    unknown: str  # the counter that was asked for when the configuration has none of that name
    store: Mapping[str, str]  # language -> the store's name
    languages: list[str]  # the first is what every shopper starts with
    survey: Mapping[str, object] | None  # None: closed now
    stories: list[Mapping[str, object]]
    consent: Mapping[str, str]  # version, and the store's own text by language ("": the product's)
    idle: tuple[int, int]  # seconds without a touch until the question, seconds of the question
    comment_length: int
    content_length: int  # of a complaint
    audio: bool
    phone: bool
    case_url: str  # where a case's code shows its state; "": not told
    request: Mapping[str, object] | None = None  # the rating that staff ask for now at this counter
    preview: bool = False  # a manager looks at it: nothing is recorded


def picture(services: Services, session: Session, *, counter: str, version: str) -> Picture:
    """What the screen of *counter* ("": the kiosk) shows now."""
    settings = services.settings
    unknown = counter if counter and counter not in settings.feedback.counters else ""
    live = None if unknown else services.surveys.current(session, station=settings.station.name, counter=bool(counter))
    asked = services.feedback.open_request(session, counter) if counter and not unknown else None
    known: list[str] = list(settings.store.languages)
    languages = [one for one in known if live is None or one in live.survey.languages] or known
    public_url = settings.feedback.public_url.rstrip("/")
    return Picture(
        version=version,
        station=settings.station.name,
        counter="" if unknown else counter,
        unknown=unknown,
        store={"zh": settings.store.name, "en": settings.store.name_en or settings.store.name},
        languages=languages,
        survey=_survey(live.survey, live.version) if live is not None else None,
        stories=[] if counter else [_story(story) for story in services.cases.stories(session, limit=_STORIES)],
        consent={
            "version": settings.privacy.consent_version,
            "zh": settings.privacy.consent_zh,
            "en": settings.privacy.consent_en,
        },
        idle=(settings.feedback.idle_warning_s, settings.feedback.idle_wipe_s),
        comment_length=settings.feedback.comment_max_length,
        content_length=min(_CONTENT_LENGTH, settings.cases.content_max_length),
        audio=any(device.kind == "audio" for device in settings.devices.values()),
        phone=bool(public_url) and not counter,
        case_url=f"{public_url}/feedback/case" if public_url else "",
        request=None if asked is None or asked.answered else _request(asked),
    )


def preview_of(services: Services, session: Session, survey: Survey, *, version: str) -> Picture:
    """What a screen would show with *survey*, which is not saved; presses go nowhere."""
    shown = picture(services, session, counter="", version=version)
    known: list[str] = list(services.settings.store.languages)
    languages = [one for one in known if one in survey.languages] or known
    return msgspec.structs.replace(shown, survey=_survey(survey, 0), languages=languages, audio=False, phone=False, preview=True)


def _survey(survey: Survey, version: int) -> Mapping[str, object]:
    return {
        "id": f"{survey.slug}@{version}",
        "question": survey.question,
        "thanks": survey.thanks,
        "scale": survey.scale.value,
        "reasons": [{"id": reason.id, "text": reason.text, "ratings": reason.ratings} for reason in survey.reasons],
        "comment": survey.comment,
        "complaint": survey.complaint,
    }


def _request(asked: RatingRequest) -> Mapping[str, object]:
    # As the event `rating.requested` tells it.
    return {"id": asked.id, "survey": asked.survey, "version": asked.version, "expires_at": asked.expires_at}


def _story(story: Story) -> Mapping[str, object]:
    return {"said": story.said, "did": story.did}
